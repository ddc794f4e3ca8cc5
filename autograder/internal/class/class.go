// Package class grades the submissions of a class and keeps their results in a folder: one line for each, written when it is
// made, so that a grader that was killed loses nothing that it has finished. Shards of a class are graded apart and merged.
package class

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/transcript"
)

// rosterName is the file that says who belongs to the class, in the folder of the submissions and in that of the results.
const rosterName = "roster.csv"

// stampLayout is how a submission's name says when it was made: ISO 8601's basic format, in UTC, behind an @.
const stampLayout = "20060102T150405Z"

// endings are those of archives.
var endings = []string{".tar.gz", ".tgz", ".tar", ".zip"}

// Entry is one submission in the folder of a class.
type Entry struct {
	Name      string // of the folder or file
	key       string // the name without an archive's ending, which no other entry has
	ID        string // the student's
	Submitted time.Time
}

// List reads the folder of a class, in the order of the keys. skipped says of each thing that is no submission what it is.
func List(dir string) (entries []Entry, skipped []string, err error) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("the class %s cannot be read: %w; it has to be a folder that holds a submission of each student", dir, err)
	}
	byKey := map[string]Entry{}
	for _, f := range found {
		name := f.Name()
		if strings.HasPrefix(name, ".") || name == rosterName {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, nil, fmt.Errorf("the class cannot be read: %w", err)
		}
		ending := endingOf(name)
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			skipped = append(skipped, shown(name)+" is a symbolic link and was skipped: put the submission itself in its place")
			continue
		case info.IsDir(): // an unpacked archive may still be named as one, and Record.key knows nothing but the name
		case !info.Mode().IsRegular() || ending == "":
			skipped = append(skipped, shown(name)+" is no folder and no "+strings.Join(endings, ", ")+" file, so it was skipped")
			continue
		}
		e := Entry{Name: name, key: strings.TrimSuffix(name, ending), Submitted: info.ModTime().UTC().Truncate(time.Second)}
		e.ID = e.key
		if at := strings.LastIndex(e.key, "@"); at > 0 {
			if stamp, err := time.Parse(stampLayout, e.key[at+1:]); err == nil {
				e.ID, e.Submitted = e.key[:at], stamp
			}
		}
		if other, ok := byKey[e.key]; ok {
			return nil, nil, fmt.Errorf("%s and %s are one submission by their names: remove one, or name them as %s@20261101T100000Z, by when they were made",
				shown(other.Name), shown(name), shown(e.ID))
		}
		byKey[e.key] = e
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.key, b.key) })
	return entries, skipped, nil
}

func endingOf(name string) string {
	for _, ending := range endings {
		if strings.HasSuffix(strings.ToLower(name), ending) && len(name) > len(ending) {
			return name[len(name)-len(ending):]
		}
	}
	return ""
}

// shown makes a name that comes from outside fit to be printed.
func shown(name string) string { return transcript.Line(name, 100) }

// roster is who belongs to a class, in the file's order.
type roster struct {
	text     []byte
	students []report.Student
}

func (r roster) has(id string) bool {
	return slices.ContainsFunc(r.students, func(s report.Student) bool { return s.ID == id })
}

// readRoster reads the roster of a folder; without one it is empty.
func readRoster(dir string) (roster, error) {
	file := filepath.Join(dir, rosterName)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return roster{}, nil
	}
	if err != nil {
		return roster{}, fmt.Errorf("the roster cannot be read: %w", err)
	}
	students, err := parseRoster(text)
	if err != nil {
		return roster{}, fmt.Errorf("%s: %w", file, err)
	}
	return roster{text: text, students: students}, nil
}

// parseRoster reads comma-separated values (RFC 4180), with or without the byte order mark that spreadsheets write. The first
// row names the columns.
func parseRoster(text []byte) ([]report.Student, error) {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: save it as comma-separated values", err)
	}
	if len(rows) == 0 {
		return nil, errors.New("it is empty: its first line names the columns, such as id,name,email,section")
	}
	header := rows[0]
	columns := make([]string, len(header))
	for i, name := range header {
		columns[i] = strings.ToLower(strings.TrimSpace(name))
		if columns[i] == "e-mail" {
			columns[i] = "email"
		}
		if slices.Contains(columns[:i], columns[i]) {
			return nil, fmt.Errorf("two columns are called %s: rename one", shown(name))
		}
	}
	if !slices.Contains(columns, "id") {
		return nil, fmt.Errorf("no column is called id, by which students are known; the columns are %s", shown(strings.Join(header, ", ")))
	}
	var students []report.Student
	lines := map[string]int{}
	for i, row := range rows[1:] {
		var student report.Student
		for k, value := range row {
			value = strings.TrimSpace(value)
			switch columns[k] {
			case "id":
				student.ID = value
			case "name":
				student.Name = value
			case "email":
				student.Email = value
			case "section":
				student.Section = value
			default:
				student.More = append(student.More, report.Column{Name: strings.TrimSpace(header[k]), Value: value})
			}
		}
		if student.ID == "" {
			return nil, fmt.Errorf("student %d has no id: fill it in, or remove the row", i+1)
		}
		if before, ok := lines[student.ID]; ok {
			return nil, fmt.Errorf("students %d and %d both have the id %s: remove one", before, i+1, shown(student.ID))
		}
		lines[student.ID] = i + 1
		students = append(students, student)
	}
	return students, nil
}
