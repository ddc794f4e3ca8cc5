package grade

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tcplab/autograder/internal/archive"
	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/sandbox"
)

// Submission grades a submission. An error means that nothing was graded, and says what to do about it.
func Submission(ctx context.Context, options Options) (Result, error) {
	root, err := filepath.Abs(options.Root)
	if err != nil {
		return Result{}, err
	}
	options.Root = root
	exercises, err := exercise.All(filepath.Join(options.Root, "exercises"))
	if err != nil {
		return Result{}, err
	}
	for _, ex := range exercises {
		if ex.Tested == ex.Dir {
			return Result{}, fmt.Errorf("%s has no hidden tests, as in the students' edition: grade with the lab that it was made from", ex.Dir)
		}
	}
	selected, err := Select(exercises, options)
	if err != nil {
		return Result{}, err
	}
	grader, err := New(ctx, options)
	if err != nil {
		return Result{}, err
	}
	graded, err := grader.submission(ctx, exercises, selected)
	if err = errors.Join(err, grader.Close()); err != nil {
		return Result{}, err
	}
	return NewResult(options.Submission, options.Seed, graded), nil
}

// NewResult is the result of a submission whose exercises were graded.
func NewResult(submission string, seed uint64, graded []ExerciseResult) Result {
	result := Result{Schema: Schema, Submission: submission, Seed: seed, Exercises: append([]ExerciseResult{}, graded...)}
	result.Total()
	return result
}

// submission reads and grades what was handed in.
func (g *Grader) submission(ctx context.Context, exercises, selected []exercise.Exercise) ([]ExerciseResult, error) {
	if err := g.Allows(ctx); err != nil {
		return nil, err
	}
	sources, err := g.Read(g.options.Submission, exercises, selected)
	if err != nil {
		return nil, err
	}
	return g.Programs(ctx, sources)
}

// Read is Read with the Grader's own folder to unpack into, and for the one test that its options name.
func (g *Grader) Read(submission string, exercises, selected []exercise.Exercise) ([]Source, error) {
	unpacked := filepath.Join(g.scratch.Path, "submission")
	defer os.RemoveAll(unpacked) // there is one folder for it; what cannot be removed is in the way of the next
	sources, err := Read(submission, unpacked, exercises, selected)
	for i := range sources {
		sources[i].Run = g.options.Run
	}
	return sources, err
}

// Read reads the programs of the selected exercises out of a submission, in their order. An archive is unpacked into the folder
// unpackInto, which must not exist yet.
func Read(submission, unpackInto string, exercises, selected []exercise.Exercise) ([]Source, error) {
	var folder, below string
	info, err := os.Stat(submission)
	if err == nil && info.Mode().IsRegular() {
		folder, below, err = unpack(submission, unpackInto, exercises)
	} else {
		folder, below, err = layout(submission, exercises)
	}
	if err != nil {
		return nil, err
	}
	var sources []Source
	for _, ex := range selected {
		source, err := ReadSource(ex, folder, path.Join(below, ex.ID))
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// Allows finds out whether this machine confines programs as far as the submission asks for.
func (g *Grader) Allows(ctx context.Context) error {
	if err := g.prepare(ctx); err != nil {
		return err
	}
	switch level := g.runner.level; {
	case level < g.options.Require:
		return fmt.Errorf("this machine confines programs at level %v, and %v is required: %s; go run ./autograder doctor says more", level, g.options.Require, g.why)
	case level < sandbox.L2 && !g.options.Trust && !g.isOwn():
		return fmt.Errorf("this machine cannot confine a stranger's program (level %v: %s): go run ./autograder doctor says what to do; "+
			"-trust-submissions grades it all the same, with your rights", level, g.why)
	}
	return nil
}

// isOwn reports whether the submission is the lab itself, or its exercises or solutions, whose programs are the user's to run. What
// else lies in the lab's folder, such as the submissions of a class, is not.
func (g *Grader) isOwn() bool {
	root, err := filepath.EvalSymlinks(g.options.Root)
	if err != nil {
		return false
	}
	submission, err := filepath.Abs(g.options.Submission)
	if err == nil {
		submission, err = filepath.EvalSymlinks(submission)
	}
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) // what is not there does no harm, and will be missed later
	}
	relative, err := filepath.Rel(root, submission)
	if err != nil {
		return false
	}
	top, _, _ := strings.Cut(filepath.ToSlash(relative), "/")
	return slices.Contains([]string{".", "exercises", "solutions"}, top)
}

// Select finds the exercises that the options ask for, in the course's order.
func Select(exercises []exercise.Exercise, options Options) ([]exercise.Exercise, error) {
	var numbers, tests []string
	for _, ex := range exercises {
		numbers = append(numbers, strconv.Itoa(ex.Number))
	}
	for _, number := range options.Only {
		if !slices.Contains(numbers, strconv.Itoa(number)) {
			return nil, fmt.Errorf("there is no exercise %d; the exercises are %s", number, strings.Join(numbers, ", "))
		}
	}
	var selected []exercise.Exercise
	for _, ex := range exercises {
		if len(options.Only) > 0 && !slices.Contains(options.Only, ex.Number) {
			continue
		}
		has := options.Run == ""
		for _, test := range ex.Tests {
			tests = append(tests, test.Name)
			has = has || test.Name == options.Run
		}
		if has {
			selected = append(selected, ex)
		}
	}
	if len(selected) == 0 && options.Run != "" {
		return nil, fmt.Errorf("there is no hidden test %q; the tests are\n  %s", options.Run, strings.Join(tests, "\n  "))
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("%s holds no exercises", filepath.Join(options.Root, "exercises"))
	}
	return selected, nil
}

// layout finds where in a submission the folders of the exercises are: below exercises/, or in the submission itself.
func layout(submission string, exercises []exercise.Exercise) (folder, below string, err error) {
	info, err := os.Stat(submission)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", fmt.Errorf("the submission %q does not exist; name a copy of the lab, a folder that holds folders such as %s, or an archive of either",
			submission, exercises[0].ID)
	case err != nil:
		return "", "", fmt.Errorf("the submission cannot be read: %w", err)
	case !info.IsDir():
		return "", "", fmt.Errorf("the submission %q is %s; name the folder that holds folders such as %s", submission, kindOf(info), exercises[0].ID)
	}
	if below, found := exercisesIn(submission, exercises); found {
		return submission, below, nil
	}
	absolute, err := filepath.Abs(submission)
	if err != nil {
		return "", "", err
	}
	for _, ex := range exercises {
		if filepath.Base(absolute) == ex.ID {
			return "", "", fmt.Errorf("%q is the folder of one exercise; name the folder that it is in, and choose with -ex %d",
				submission, ex.Number)
		}
	}
	return "", "", holdsNone(submission, exercises)
}

// unpack is layout for an archive. Most have one folder at the top that holds everything else, as those of GitHub, or a folder
// in a folder, as a student's archive that a course platform has packed again.
func unpack(submission, into string, exercises []exercise.Exercise) (folder, below string, err error) {
	folder = into
	if err := archive.Extract(submission, folder); err != nil {
		return "", "", err
	}
	for {
		if below, found := exercisesIn(folder, exercises); found {
			return folder, below, nil
		}
		entries, err := os.ReadDir(folder)
		if err != nil {
			return "", "", fmt.Errorf("read the submission: %w", err)
		}
		if len(entries) != 1 || !entries[0].IsDir() {
			return "", "", holdsNone(submission, exercises)
		}
		folder = filepath.Join(folder, entries[0].Name())
	}
}

// exercisesIn looks for the folders of the exercises in one folder.
func exercisesIn(folder string, exercises []exercise.Exercise) (below string, found bool) {
	if info, err := os.Stat(filepath.Join(folder, "exercises")); err == nil && info.IsDir() {
		return "exercises", true
	}
	return "", slices.ContainsFunc(exercises, func(ex exercise.Exercise) bool {
		_, err := os.Lstat(filepath.Join(folder, ex.ID))
		return err == nil
	})
}

func holdsNone(submission string, exercises []exercise.Exercise) error {
	return fmt.Errorf("%q holds neither exercises/ nor a folder named as an exercise, such as %s", submission, exercises[0].ID)
}
