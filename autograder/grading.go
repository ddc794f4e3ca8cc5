package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/sandbox"
)

func runGrade(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	submission := flags.String("submission", "", "`PATH`: a student's copy of the lab or a folder of NN-... folders, or either as .zip, .tar or .tar.gz (default: the reference solutions)")
	only := flags.String("ex", "", "`LIST`: grade only these exercises, such as 1,3")
	run := flags.String("run", "", "`NAME`: grade only this hidden test and those that it needs")
	format := flags.String("format", "text", "`FORMAT` of the report: "+strings.Join(report.Formats(), ", "))
	out := flags.String("o", "", "`FILE`: write the report there instead of standard output")
	require := flags.String("require", "L0", "`LEVEL` of confinement that the machine must have, such as L3; doctor says which it has")
	trust := flags.Bool("trust-submissions", false, "grade a stranger's program even where it would run with your rights")
	jobs := flags.Int("jobs", 0, "`N`: run this many tests at once (default: two a processor)")
	seed := flags.Uint64("seed", 0, "`N`: the seed of random inputs, to repeat a run (default: a new one)")
	ofClass := declareClassFlags(flags)
	if err := parse(flags, args); err != nil {
		return statusNotGraded, err
	}
	if err := ofClass.onlyFor(flags); err != nil {
		return statusNotGraded, err
	}
	if _, err := report.Lookup(*format); err != nil {
		return statusNotGraded, err
	}
	level, err := sandbox.ParseLevel(*require)
	if err != nil {
		return statusNotGraded, fmt.Errorf("-require: %w", err)
	}
	numbers, err := parseNumbers(*only)
	if err != nil {
		return statusNotGraded, err
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	if *ofClass.dir != "" {
		return gradeClass(ctx, ofClass, grade.Options{Root: root, Only: numbers, Jobs: *jobs, Seed: *seed, Slow: tellSlow, Require: level, Trust: *trust})
	}
	*seed = orRandom(*seed)
	directory := *submission
	if directory == "" {
		directory = filepath.Join(root, "solutions")
	}
	progress, done := progressLine("tests judged")
	judged := 0
	result, err := grade.Submission(ctx, grade.Options{
		Root: root, Submission: directory, Only: numbers, Run: *run, Jobs: *jobs, Seed: *seed, Slow: tellSlow,
		Require: level, Trust: *trust,
		Progress: func(string, grade.TestResult) { judged++; progress(judged) },
	})
	done()
	if err != nil {
		return statusNotGraded, err
	}
	if *submission == "" {
		result.Submission = "the reference solutions"
	}
	again := func(exerciseID, test string) string {
		command := "go run ./autograder grade"
		if *submission != "" {
			command += " -submission " + *submission
		}
		command += " -ex " + strings.TrimLeft(strings.SplitN(exerciseID, "-", 2)[0], "0")
		if test != "" {
			command += fmt.Sprintf(" -run %s -seed %d", test, *seed)
		}
		return command
	}
	render := func(w io.Writer) error { return report.Write(*format, w, result, again) }
	if *out == "" {
		err = render(os.Stdout)
	} else {
		err = report.ToFile(*out, render)
	}
	if err != nil {
		return statusNotGraded, err
	}
	return grade.ExitStatus(result), nil
}

// parse is for verbs that take flags only.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is one argument too many: %s takes flags only; -h lists them", flags.Arg(0), flags.Name())
	}
	return nil
}

// orRandom is the seed, or a new one where none is given.
func orRandom(seed uint64) uint64 {
	if seed == 0 {
		seed = rand.Uint64()>>33 + 1 // short enough to type
	}
	return seed
}

// parseNumbers reads "1,3".
func parseNumbers(list string) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var numbers []int
	for field := range strings.SplitSeq(list, ",") {
		number, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return nil, fmt.Errorf("-ex %q: %q is not the number of an exercise; say for example -ex 1,3", list, field)
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}
