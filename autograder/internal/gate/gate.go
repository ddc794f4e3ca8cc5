// Package gate proves the lab. The tests that judge students are judged themselves, by programs whose worth is known: the
// reference solutions and other right programs must score full marks, every known-wrong program must die to the hidden test
// that it names, and every hidden test must kill at least one of them.
package gate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// How often a solution must score full marks in a row where nobody asks for another number. Twenty times show a verdict that
// is wrong once in ten with a probability of 0.88: that is for whoever works on an exercise. For the whole lab, after every
// change, they would nearly double the number of verdicts; Stress shows rarer ones.
const (
	SolutionRounds = 20
	WholeRounds    = 3
)

// Options say what to prove.
type Options struct {
	Root      string // the lab's folder, absolute
	Exercises []exercise.Exercise
	Seed      uint64
	Rounds    int // how often the solutions must score full marks in a row
	// Whole makes every wrong program face every hidden test, not only the one that has to kill it and those that this one needs.
	Whole bool
	jobs  int // how many tests run at once; 0 for as many as in a grading
	// Progress, when set, is told how many tests have their verdict.
	Progress func(decided int)
	// Slow, when set, is told what takes long before the first verdict.
	Slow func(what string)
}

// Outcome is what the gate found.
type Outcome struct {
	// Verdicts counts the verdicts that were as they had to be.
	Verdicts int
	// Problems are sentences, one for everything that is not as it has to be; empty when the lab is proven.
	Problems []string
	// Escapes are sentences, one for every time that a wrong program was let pass and had to be tried again.
	Escapes []string
	// Kills says, for each exercise, which test fails for which wrong program.
	Kills []Matrix
}

// role is what a program is in the lab, and so what is expected of it.
type role string

const (
	solution role = "the solution"
	right    role = "a right program"
	wrong    role = "a wrong program"
	stub     role = "the stub"
)

// candidate is a program whose worth is known.
type candidate struct {
	role    role
	name    string // the path below the lab's folder
	variant exercise.Variant
	source  grade.Source
	visible bool // it is tried with the visible tests
}

// Prove runs the whole gate once, and the solutions as often as the options say.
func Prove(ctx context.Context, options Options) (Outcome, error) {
	var outcome Outcome
	for _, ex := range options.Exercises {
		outcome.Problems = append(outcome.Problems, checkFolder(options.Root, ex)...)
	}
	candidates, err := collect(options)
	if err != nil {
		return Outcome{}, err
	}
	for _, c := range candidates {
		for range options.Rounds - 1 {
			if c.role == solution && !c.visible {
				candidates = append(candidates, c)
			}
		}
	}
	p, err := newProver(ctx, options)
	if err != nil {
		return Outcome{}, err
	}
	results, err := p.grade(ctx, candidates)
	for range killTries - 1 {
		if err == nil {
			err = p.tryAgain(ctx, candidates, results, &outcome)
		}
	}
	if err = errors.Join(err, p.grader.Close()); err != nil {
		return Outcome{}, err
	}
	outcome.judge(candidates, results)
	for _, ex := range options.Exercises {
		matrix := newMatrix(ex, candidates, results)
		outcome.Kills = append(outcome.Kills, matrix)
		for _, test := range matrix.unproven() {
			outcome.problem("%s: no wrong program is killed by %s: nothing shows that this test can fail", ex.ID, test)
		}
	}
	return outcome, nil
}

// killTries is how often a wrong program is tried until its test kills it. What is wrong with some shows only if the machine
// lets two things happen at the same moment, such as a flood that never pauses. For right programs there is no second try, and
// none for a wrong one that a needed test keeps from its killer.
const killTries = 3

// tryAgain grades the wrong programs again that their test has let pass, and puts the new results in the place of the old.
func (p *prover) tryAgain(ctx context.Context, candidates []candidate, results []grade.ExerciseResult, outcome *Outcome) error {
	var escaped []int
	var again []candidate
	for i, c := range candidates {
		killed := slices.ContainsFunc(results[i].Tests, func(t grade.TestResult) bool {
			return t.Name == c.variant.KilledBy && t.Status != transcript.Pass
		})
		if c.role == wrong && results[i].Status == grade.Graded && !killed {
			escaped, again = append(escaped, i), append(again, c)
			outcome.Escapes = append(outcome.Escapes, fmt.Sprintf("%s: %s let it pass once", c.name, c.variant.KilledBy))
		}
	}
	if len(again) == 0 {
		return nil
	}
	retried, err := p.grade(ctx, again)
	if err != nil {
		return err
	}
	for k, i := range escaped {
		results[i] = retried[k]
	}
	return nil
}

// prover grades candidates round after round, and builds each of them once.
type prover struct {
	grader  *grade.Grader
	decided int
}

func newProver(ctx context.Context, options Options) (*prover, error) {
	p := &prover{}
	grader, err := grade.New(ctx, grade.Options{Root: options.Root, Seed: options.Seed, Jobs: options.jobs, Slow: options.Slow, Progress: func(string, grade.TestResult) {
		p.decided++
		if options.Progress != nil {
			options.Progress(p.decided)
		}
	}})
	p.grader = grader
	return p, err
}

func (p *prover) grade(ctx context.Context, candidates []candidate) ([]grade.ExerciseResult, error) {
	sources := make([]grade.Source, len(candidates))
	for i, c := range candidates {
		sources[i] = c.source
	}
	return p.grader.Programs(ctx, sources)
}

// collect reads every program of the exercises whose worth is known.
func collect(options Options) ([]candidate, error) {
	var all []candidate
	for _, ex := range options.Exercises {
		visible, err := ex.Visible()
		if err != nil {
			return nil, err
		}
		read := func(folder string) (grade.Source, error) {
			name := path.Join(folder, ex.ID)
			source, err := grade.ReadSource(ex, options.Root, name)
			switch {
			case err != nil:
				return source, err
			case source.Missing:
				return source, fmt.Errorf("%s does not exist: every exercise has its solution and its stub", name)
			case source.Problem != "":
				return source, errors.New(source.Problem)
			}
			return source, nil
		}
		solved, err := read("solutions")
		if err != nil {
			return nil, err
		}
		begun, err := read("exercises")
		if err != nil {
			return nil, err
		}
		wrongs, err := ex.Wrong(solved.Files)
		if err != nil {
			return nil, err
		}
		rights, err := ex.Right(solved.Files)
		if err != nil {
			return nil, err
		}
		for _, known := range []candidate{{role: solution, source: solved}, {role: stub, source: begun}} {
			known.name = known.source.Display
			all = append(all, known)
			known.visible, known.source.Exercise = true, visible
			all = append(all, known)
		}
		for _, group := range []struct {
			role     role
			variants []exercise.Variant
		}{{right, rights}, {wrong, wrongs}} {
			for _, v := range group.variants {
				name := path.Join("exercises", ex.ID, filepath.Base(filepath.Dir(v.File)), filepath.Base(v.File))
				source := grade.Source{Exercise: ex, Display: name, Files: v.Files}
				if !options.Whole {
					source.Run = v.KilledBy // empty for a right program, which faces all of them
				}
				all = append(all, candidate{role: group.role, name: name, variant: v, source: source})
			}
		}
	}
	return all, nil
}

func (o *Outcome) problem(format string, args ...any) {
	problem := fmt.Sprintf(format, args...)
	if !slices.Contains(o.Problems, problem) {
		o.Problems = append(o.Problems, problem)
	}
}

// judge compares what became of each candidate with what has to become of it.
func (o *Outcome) judge(candidates []candidate, results []grade.ExerciseResult) {
	for i, c := range candidates {
		result := results[i]
		if result.Status != grade.Graded {
			o.problem("%s (%s): %s: %s", c.name, c.role, result.Status, result.Message)
			continue
		}
		for _, test := range result.Tests {
			if problem := c.unexpected(test); problem != "" {
				o.problem("%s (%s): %s", c.name, c.role, problem)
			} else {
				o.Verdicts++
			}
		}
		if c.role == stub && result.Score > 0 {
			o.problem("%s (%s) scores %d points and has to score none", c.name, c.role, result.Score)
		}
		if c.role == wrong && c.source.Run == "" && result.Score == result.MaxScore {
			o.problem("%s (%s) scores full marks", c.name, c.role)
		}
	}
}

// unexpected says what is not as it has to be with the verdict of one test on the candidate, or "".
func (c candidate) unexpected(test grade.TestResult) string {
	if test.Status == transcript.Error {
		return fmt.Sprintf("%s could not be judged: %s", test.Name, test.Message)
	}
	switch c.role {
	case solution, right:
		if test.Status != transcript.Pass {
			return fmt.Sprintf("%s: %s: %s", test.Name, test.Status, firstWords(test))
		}
	case wrong:
		if test.Name == c.variant.KilledBy && test.Status != transcript.Fail {
			return fmt.Sprintf("%s has to kill it, and says %s", test.Name, test.Status)
		}
	case stub:
		if c.visible && test.Status != transcript.Fail {
			return fmt.Sprintf("%s has to fail, and says %s", test.Name, test.Status)
		}
		if test.Status == transcript.Fail && !strings.Contains(test.Message, "TODO") {
			return fmt.Sprintf("%s does not lead a beginner to the TODO of the stub: %s", test.Name, firstWords(test))
		}
	}
	return ""
}

// firstWords is a failure in one line.
func firstWords(test grade.TestResult) string {
	return transcript.Line(strings.TrimSpace(test.Message+" "+test.Meaning), 300)
}
