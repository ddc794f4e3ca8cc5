package class

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/scratch"
)

// The files in a folder of results.
const (
	resultsName = "results.jsonl" // a Record a line; of one submission the last line counts
	aboutName   = "class.json"
	lockName    = "lock"
)

// Schema names the JSON form of class.json.
const Schema = "tcplab/class/v1"

// Record is the result of one submission.
type Record struct {
	ID string `json:"id"` // of the student
	// Entry is the name of the submission in the folder of the class.
	Entry     string       `json:"entry"`
	Submitted time.Time    `json:"submitted"` // as the name says, or else when the entry was last changed
	Sources   string       `json:"sources"`   // SHA-256 of what was graded, in hexadecimal digits
	Tests     string       `json:"tests"`     // SHA-256 of what judged it: grade.TestsSum
	Graded    time.Time    `json:"graded"`    // when
	Result    grade.Result `json:"result"`
}

func (r Record) key() string { return strings.TrimSuffix(r.Entry, endingOf(r.Entry)) }

// about is what all results of a folder have in common.
type about struct {
	Schema string `json:"schema"`
	Seed   uint64 `json:"seed"`
	Shard  Shard  `json:"shard"`
	// Exercises are those that are graded, as they stand in the result of somebody who has handed in nothing.
	Exercises []grade.ExerciseResult `json:"exercises"`
	// Submissions are the keys of all that this shard has to grade.
	Submissions []string `json:"submissions"`
}

// folder is a folder of results.
type folder struct {
	dir     string
	about   about
	roster  roster
	records map[string]Record // by key
}

// load reads a folder of results. whole is how many bytes of its results are complete lines: a last line that was cut off does
// not count.
func load(dir string) (f folder, whole int64, err error) {
	f = folder{dir: dir, records: map[string]Record{}}
	text, err := os.ReadFile(filepath.Join(dir, aboutName))
	if err != nil {
		return f, 0, fmt.Errorf("%s holds no results of a class: %w; grade -class DIR -out %[1]s makes them", dir, err)
	}
	if err := json.Unmarshal(text, &f.about); err != nil {
		return f, 0, fmt.Errorf("%s is broken (%w): grade into another folder", filepath.Join(dir, aboutName), err)
	}
	if f.about.Schema != Schema {
		return f, 0, fmt.Errorf("%s is of the schema %q, and not of %s: grade into another folder", filepath.Join(dir, aboutName), f.about.Schema, Schema)
	}
	if f.roster, err = readRoster(dir); err != nil {
		return f, 0, err
	}
	file := filepath.Join(dir, resultsName)
	lines, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, 0, fmt.Errorf("the results cannot be read: %w", err)
	}
	whole = int64(bytes.LastIndexByte(lines, '\n') + 1)
	number := 0
	for line := range bytes.Lines(lines[:whole]) {
		number++
		var record Record
		if err := json.Unmarshal(line, &record); err != nil {
			return f, 0, fmt.Errorf("%s:%d is damaged: %w; remove the line, and what it stood for is graded again", file, number, err)
		}
		f.records[record.key()] = record
	}
	return f, whole, nil
}

// store is a folder of results that this process alone writes to.
type store struct {
	folder
	file    *os.File
	release func()
}

// lockPatience is how long a folder of results may be in use by another grader before that is said.
const lockPatience = time.Second

// open makes or continues a folder of results. want says what is to be graded; without a seed, it takes that of the folder.
func open(dir string, want about, r roster) (*store, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("no folder for the results: %w; name another with -out", err)
	}
	// A grader that was killed a moment ago may hold the lock for a moment more: what it was about to start had a copy of it.
	release, err := scratch.TryLock(filepath.Join(dir, lockName))
	for until := time.Now().Add(lockPatience); errors.Is(err, scratch.ErrLocked) && time.Now().Before(until); {
		<-time.After(lockPatience / 20) // nobody tells when it is free
		release, err = scratch.TryLock(filepath.Join(dir, lockName))
	}
	if errors.Is(err, scratch.ErrLocked) {
		return nil, fmt.Errorf("another grader is at work on %s: wait for it, or name another folder with -out", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("the results cannot be locked: %w", err)
	}
	s := &store{release: release}
	if err := s.begin(dir, want, r); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *store) begin(dir string, want about, r roster) error {
	s.folder = folder{dir: dir, about: want, records: map[string]Record{}}
	whole := int64(0)
	if _, err := os.Stat(filepath.Join(dir, aboutName)); err == nil {
		if s.folder, whole, err = load(dir); err != nil {
			return err
		}
		if err := s.about.differs(want); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		want.Seed = s.about.Seed
	}
	s.about, s.roster = want, r
	if err := s.writeAbout(); err != nil {
		return err
	}
	var err error
	if s.file, err = os.OpenFile(filepath.Join(dir, resultsName), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return fmt.Errorf("the results cannot be written: %w", err)
	}
	if err := s.file.Truncate(whole); err != nil {
		return fmt.Errorf("the results cannot be written: %w", err)
	}
	_, err = s.file.Seek(whole, io.SeekStart)
	return err
}

// differs says what of a continued run is not as it was begun.
func (a about) differs(want about) error {
	ids := func(of about) (list []string) {
		for _, ex := range of.Exercises {
			list = append(list, ex.ID)
		}
		return list
	}
	switch {
	case want.Seed != 0 && want.Seed != a.Seed:
		return fmt.Errorf("the results were begun with -seed %d: leave -seed out, or name another folder with -out", a.Seed)
	case want.Shard != a.Shard:
		return fmt.Errorf("the results are those of %v, and this is %v: name another folder with -out", a.Shard, want.Shard)
	case !slices.Equal(ids(a), ids(want)):
		return fmt.Errorf("the results are those of the exercises %s: choose the same with -ex, or name another folder with -out", strings.Join(ids(a), ", "))
	}
	return nil
}

func (f folder) writeAbout() error {
	if f.roster.text == nil {
		if err := os.Remove(filepath.Join(f.dir, rosterName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	} else if err := report.ToFile(filepath.Join(f.dir, rosterName), func(w io.Writer) error {
		_, err := w.Write(f.roster.text)
		return err
	}); err != nil {
		return err
	}
	return report.ToFile(filepath.Join(f.dir, aboutName), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(f.about)
	})
}

// add writes a record to the disk before it returns.
func (s *store) add(record Record) error {
	line, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write the result of %s: %w", shown(record.Entry), err)
	}
	if _, err = s.file.Write(append(line, '\n')); err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("the results cannot be written: %w; what is finished is kept, and the same command goes on", err)
	}
	s.records[record.key()] = record
	return nil
}

func (s *store) close() {
	if s.file != nil {
		_ = s.file.Close() // every line has been synced
	}
	s.release()
}

// all are the records in the order of their keys.
func (f folder) all() []Record {
	var records []Record
	for _, key := range slices.Sorted(maps.Keys(f.records)) {
		records = append(records, f.records[key])
	}
	return records
}

// missing are the keys that have no record yet.
func (f folder) missing() []string {
	return slices.DeleteFunc(slices.Clone(f.about.Submissions), func(key string) bool {
		_, ok := f.records[key]
		return ok
	})
}

// Submissions reads the results of all submissions in a folder of results, in the order of their names.
func Submissions(dir string) ([]Record, error) {
	f, _, err := load(dir)
	return f.all(), err
}

// Class is a class with its results.
type Class struct {
	Students []report.Student // by their ids
	// Strangers are the ids of those with a submission who are not in the roster, where there is one.
	Strangers []string
	// Missing are names of submissions that are not graded yet.
	Missing []string
}

// Read reads a folder of results. choose is called for each student with all submissions of theirs; for those of the roster
// who have handed in nothing, with a submission of nothing.
func Read(dir string, choose func(submissions []Record) (grade.Result, error)) (Class, error) {
	f, _, err := load(dir)
	if err != nil {
		return Class{}, err
	}
	class := Class{Missing: f.missing()}
	students := map[string]report.Student{}
	for _, student := range f.roster.students {
		if f.about.Shard.has(student.ID) {
			// the policy says what exercises are worth to the absent, too: the class has one sum of full marks
			nothing := Record{Entry: student.ID, ID: student.ID, Result: grade.NewResult(student.ID, f.about.Seed, f.about.Exercises)}
			if student.Result, err = choose([]Record{nothing}); err != nil {
				return Class{}, fmt.Errorf("what %s has not handed in: %w", shown(student.ID), err)
			}
			students[student.ID] = student
		}
	}
	byID := map[string][]Record{}
	for _, record := range f.all() {
		byID[record.ID] = append(byID[record.ID], record)
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		if f.roster.text != nil && !f.roster.has(id) {
			class.Strangers = append(class.Strangers, id)
		}
		student := students[id]
		student.ID = id
		if student.Result, err = choose(byID[id]); err != nil {
			return Class{}, fmt.Errorf("the submissions of %s: %w", shown(id), err)
		}
		students[id] = student
	}
	for _, id := range slices.Sorted(maps.Keys(students)) {
		class.Students = append(class.Students, students[id])
	}
	return class, nil
}
