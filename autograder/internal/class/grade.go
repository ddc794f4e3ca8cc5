package class

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
)

// programsPerCPU is how many new programs a batch has for every processor, or a few more. In calls of the go command of this
// size, what a call costs by itself is a hundredth of what it compiles; larger ones would only make results come later.
const programsPerCPU = 12

// Options say which class to grade and how.
type Options struct {
	// Grade says how: its Submission, Run and Progress are not used. A Seed of 0 is that of the results, or a new one.
	Grade grade.Options
	Dir   string // of the submissions
	Out   string // of the results
	Shard Shard
	// Regrade are ids of students, or names of submissions, that are graded again.
	Regrade []string
	// Changed says that what was changed since it was graded, or is judged by other tests now, is graded again.
	Changed bool
	// NewSeed makes a seed where there is none.
	NewSeed func() uint64
	// Tell is called with lines for whoever grades. They are safe to print.
	Tell func(line string)
	// Progress is called with how many of the submissions that are graded now have their results.
	Progress func(done, of int)
}

// Outcome says what came of it.
type Outcome struct {
	Graded int // now
	Kept   int // from before
	// Incomplete are names of submissions that could not be judged altogether.
	Incomplete []string
	// Skipped is how many things in the folder are no submissions.
	Skipped int
}

// run is the grading of a class.
type run struct {
	options         Options
	exercises       []exercise.Exercise // all of the lab's
	selected        []exercise.Exercise
	tests           string // their sum
	grader          *grade.Grader
	store           *store
	claimed         map[string]bool // fingerprints of programs that a batch has
	shared          map[string]grade.ExerciseResult
	graded, toGrade int
}

// Grade grades what of a class has no result yet. When ctx is done, what is finished has its result, and another call goes on.
func Grade(ctx context.Context, options Options) (outcome Outcome, err error) {
	r := &run{options: options, claimed: map[string]bool{}, shared: map[string]grade.ExerciseResult{}}
	entries, skipped, err := List(options.Dir)
	if err != nil {
		return outcome, err
	}
	if err := apart(options.Dir, options.Out); err != nil {
		return outcome, err
	}
	who, err := readRoster(options.Dir)
	if err != nil {
		return outcome, err
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return !options.Shard.has(e.ID) })
	if err := r.prepare(entries, who); err != nil {
		return outcome, err
	}
	defer r.store.close()
	r.tell(entries, who, skipped)
	r.options.Grade.Seed = r.store.about.Seed
	r.options.Grade.Submission = options.Dir
	r.options.Grade.Progress = nil
	if r.grader, err = grade.New(ctx, r.options.Grade); err != nil {
		return outcome, err
	}
	defer func() { err = errors.Join(err, r.grader.Close()) }()
	if err := r.grader.Allows(ctx); err != nil {
		return outcome, err
	}
	pending, err := r.pending(entries)
	if err != nil {
		return outcome, err
	}
	r.toGrade = len(pending)
	outcome = Outcome{Kept: len(entries) - len(pending), Skipped: len(skipped)}
	err = r.all(ctx, pending)
	outcome.Graded = r.graded
	for _, e := range entries {
		if record, ok := r.store.records[e.key]; ok && !record.Result.Complete {
			outcome.Incomplete = append(outcome.Incomplete, e.key)
		}
	}
	return outcome, err
}

// apart refuses results among the submissions, where the next run would take them for one.
func apart(dir, out string) error {
	inside, err := filepath.Abs(out)
	outside, dirErr := filepath.Abs(dir)
	if err = errors.Join(err, dirErr); err != nil {
		return err
	}
	if relative, err := filepath.Rel(outside, inside); err == nil && filepath.IsLocal(relative) {
		return fmt.Errorf("the results %s would lie among the submissions %s: name another folder with -out", out, dir)
	}
	return nil
}

// prepare reads the lab and opens the results.
func (r *run) prepare(entries []Entry, who roster) error {
	var err error
	if r.exercises, err = exercise.All(filepath.Join(r.options.Grade.Root, "exercises")); err != nil {
		return err
	}
	if r.selected, err = grade.Select(r.exercises, r.options.Grade); err != nil {
		return err
	}
	if r.tests, err = grade.TestsSum(r.options.Grade.Root, r.selected); err != nil {
		return err
	}
	want := about{Schema: Schema, Seed: r.options.Grade.Seed, Shard: r.options.Shard, Submissions: []string{}}
	for _, ex := range r.selected {
		want.Exercises = append(want.Exercises, grade.ExerciseResult{ID: ex.ID, Title: ex.Title, Status: grade.NotSubmitted,
			MaxScore: ex.Points(), Message: "nothing was handed in", Tests: []grade.TestResult{}})
	}
	for _, e := range entries {
		want.Submissions = append(want.Submissions, e.key)
	}
	if r.store, err = open(r.options.Out, want, who); err != nil {
		return err
	}
	if r.store.about.Seed == 0 {
		r.store.about.Seed = r.seed()
		if err := r.store.writeAbout(); err != nil {
			r.store.close()
			return err
		}
	}
	return nil
}

// seed is a new one. Shards have no way to agree on one but to derive it from what they have in common.
func (r *run) seed() uint64 {
	if r.options.Shard.Of <= 1 {
		return r.options.NewSeed()
	}
	seed, _ := strconv.ParseUint(r.tests[:8], 16, 32) // hexadecimal digits
	return seed + 1
}

// tell says what about the class is not as one might think.
func (r *run) tell(entries []Entry, who roster, skipped []string) {
	for _, line := range skipped {
		r.options.Tell(line)
	}
	known := map[string]bool{}
	for _, e := range entries {
		if who.text != nil && !who.has(e.ID) && !known[e.ID] {
			r.options.Tell(shown(e.ID) + " is not in the roster and is graded all the same")
		}
		known[e.ID] = true
	}
	without := 0
	for _, student := range who.students {
		if !known[student.ID] && r.options.Shard.has(student.ID) {
			without++
		}
	}
	if without > 0 {
		r.options.Tell(fmt.Sprintf("handed in nothing, by the roster: %d", without))
	}
	other, gone := 0, len(r.store.records)
	for _, e := range entries {
		if record, done := r.store.records[e.key]; done {
			gone--
			if record.Tests != r.tests {
				other++
			}
		}
	}
	if gone > 0 {
		r.options.Tell(fmt.Sprintf("%d results are of submissions that are not in %s any more: they are kept as they are", gone, r.options.Dir))
	}
	if other > 0 && !r.options.Changed {
		r.options.Tell(fmt.Sprintf("%d results were made with other tests than there are now: -changed makes them anew", other))
	}
}

// handedIn is a submission that has been read.
type handedIn struct {
	entry   Entry
	sources []grade.Source
	sum     string // of the sources
	fault   error  // it cannot be read
}

func (r *run) read(e Entry) handedIn {
	h := handedIn{entry: e}
	h.sources, h.fault = r.grader.Read(filepath.Join(r.options.Dir, e.Name), r.exercises, r.selected)
	sum := sha256.New()
	if h.fault != nil {
		// where the class lies is nothing that a result depends on
		h.fault = errors.New(strings.ReplaceAll(h.fault.Error(), r.options.Dir+string(filepath.Separator), ""))
		fmt.Fprintln(sum, h.fault)
	}
	for _, source := range h.sources {
		fmt.Fprintln(sum, source.Fingerprint())
	}
	h.sum = hex.EncodeToString(sum.Sum(nil))
	return h
}

// pending are the entries to grade.
func (r *run) pending(entries []Entry) ([]Entry, error) {
	named := map[string]bool{}
	var pending []Entry
	for _, e := range entries {
		record, done := r.store.records[e.key]
		again := false
		for _, name := range []string{e.ID, e.key, e.Name} {
			if slices.Contains(r.options.Regrade, name) {
				named[name], again = true, true
			}
		}
		if done && !again && r.options.Changed {
			again = record.Tests != r.tests || record.Sources != r.read(e).sum
		}
		if !done || again {
			pending = append(pending, e)
		}
	}
	for _, name := range r.options.Regrade {
		if !named[name] && r.options.Shard.Of <= 1 { // another shard has it
			return nil, fmt.Errorf("-regrade %s: there is no such student or submission in %s", shown(name), r.options.Dir)
		}
	}
	return pending, nil
}

// batch is a number of submissions whose new programs are built together.
type batch struct {
	submissions []handedIn
	programs    []grade.Source // those that no other batch has
	built       *grade.Batch
	err         error
}

// all grades the entries in their order. While a batch is tested, the next one is built.
func (r *run) all(ctx context.Context, entries []Entry) error {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan *batch)
	go func() {
		defer close(batches)
		for len(entries) > 0 && ctx.Err() == nil {
			var b *batch
			b, entries = r.next(entries)
			b.built, b.err = r.grader.Build(ctx, b.programs)
			batches <- b
		}
	}()
	var err error
	for b := range batches {
		if err == nil {
			err = b.err
		}
		if err == nil {
			err = r.test(ctx, b)
		}
		if err != nil {
			cancel() // and take what is on its way
		}
		if b.built != nil {
			b.built.Close()
			b.built.Forget()
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	cancel()
	return err
}

// next reads submissions until they make a batch, and returns the entries that are left.
func (r *run) next(entries []Entry) (*batch, []Entry) {
	b := &batch{}
	for len(entries) > 0 && len(b.programs) < programsPerCPU*runtime.NumCPU() {
		h := r.read(entries[0])
		entries = entries[1:]
		b.submissions = append(b.submissions, h)
		for _, source := range h.sources {
			if print := source.Fingerprint(); !r.claimed[print] {
				r.claimed[print] = true
				b.programs = append(b.programs, source)
			}
		}
	}
	return b, entries
}

// test grades a batch that has been built, and writes down the results.
func (r *run) test(ctx context.Context, b *batch) error {
	results, err := b.built.Test(ctx)
	if err != nil {
		return err
	}
	for i, source := range b.programs {
		r.shared[source.Fingerprint()] = results[i]
	}
	for _, h := range b.submissions {
		record := Record{ID: h.entry.ID, Entry: h.entry.Name, Submitted: h.entry.Submitted, Sources: h.sum, Tests: r.tests,
			Graded: time.Now().UTC().Truncate(time.Second), Result: r.result(h)}
		if err := r.store.add(record); err != nil {
			return err
		}
		r.graded++
		r.options.Progress(r.graded, r.toGrade)
	}
	return nil
}

// result puts together what the programs of a submission got.
func (r *run) result(h handedIn) grade.Result {
	var graded []grade.ExerciseResult
	for _, source := range h.sources {
		graded = append(graded, r.shared[source.Fingerprint()])
	}
	if h.fault != nil {
		for _, ex := range r.store.about.Exercises {
			ex.Status, ex.Message = grade.Errored, h.fault.Error()
			graded = append(graded, ex)
		}
	}
	return grade.NewResult(h.entry.Name, r.store.about.Seed, graded)
}
