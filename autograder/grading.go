package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/policy"
	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/sandbox"
)

func init() {
	verbs = append(verbs, verb{
		name: "grade", audience: instructors, usage: "[FLAGS]", make: "grade",
		purpose: "Grade a submission with the hidden tests; without -submission, the reference solutions.",
		example: "go run ./autograder grade -submission ../alice -format json -o alice.json", run: runGrade,
	})
}

func runGrade(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	submission := flags.String("submission", "", "`PATH`: a student's copy of the lab or a folder of NN-... folders, or either as .zip, .tar or .tar.gz (default: the reference solutions)")
	only := flags.String("ex", "", "`LIST`: grade only these exercises, such as 1,3")
	run := flags.String("run", "", "`NAME`: grade only this hidden test and those that it needs")
	format := flags.String("format", "text", "`FORMAT` of the report: "+strings.Join(report.Formats(), ", "))
	out := flags.String("o", "", "`FILE`: write the report there instead of standard output")
	require := flags.String("require", "L0", "`LEVEL` of confinement that the machine must have, such as L3; doctor says which it has")
	trust := flags.Bool("trust-submissions", false, "grade a stranger's program even where it would run with your rights")
	jobs := flags.Int("jobs", 0, "`N`: run this many tests at once (default: two a processor)")
	reader := flags.String("for", forStudents, "`READER` of the report: students see of hidden tests what autograder/policy.json allows, instructors see all")
	submitted := flags.String("submitted", "", "`TIME` when it was handed in, such as 2027-01-31T23:59:59+01:00; without it nothing is late")
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
	if *reader != forStudents && *reader != forInstructors {
		return statusNotGraded, fmt.Errorf("-for %q: say %s or %s", *reader, forStudents, forInstructors)
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	if *ofClass.dir != "" {
		return gradeClass(ctx, ofClass, grade.Options{Root: root, Only: numbers, Jobs: *jobs, Seed: *seed, Slow: tellSlow, Require: level, Trust: *trust})
	}
	rules, err := loadPolicy(root)
	if err != nil {
		return statusNotGraded, err
	}
	handedIn, err := parseSubmitted(*submitted)
	if err != nil {
		return statusNotGraded, err
	}
	if rules.HasDeadline() && handedIn.IsZero() && *submission != "" {
		fmt.Fprintln(os.Stderr, "There is a deadline, and nobody has said when this was handed in: nothing is taken off. Say -submitted TIME.")
	}
	*seed = orRandom(*seed)
	directory := *submission
	if directory == "" {
		directory = filepath.Join(root, "solutions")
	}
	progress, done := progressLine("tests judged")
	judged := 0
	start := time.Now()
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
	if result, err = rules.Combine([]policy.Submission{{ID: result.Submission, Time: handedIn, Result: result}}); err != nil {
		return statusNotGraded, err
	}
	status := grade.ExitStatus(result)
	if *reader == forStudents {
		result = rules.ForStudents(result)
	}
	again := func(exerciseID, test string) string {
		command := "go run ./autograder grade"
		if *submission != "" {
			command += " -submission " + shellWord(*submission)
		}
		command += " -ex " + strings.TrimLeft(strings.SplitN(exerciseID, "-", 2)[0], "0")
		if test != "" && test != policy.NotShown {
			command += fmt.Sprintf(" -run %s -seed %d", test, *seed)
		}
		return command
	}
	about := report.Options{Again: again, Start: start, Stop: time.Now(), Classroom50: report.Classroom50Run{
		Classroom: os.Getenv("CLASSROOM"), Assignment: os.Getenv("ASSIGNMENT"), Submission: os.Getenv("SUBMISSION_TAG"),
		Commit: os.Getenv("COMMIT_URL"), Release: os.Getenv("RELEASE_URL"), Review: os.Getenv("REVIEW_URL"),
	}}
	render := func(w io.Writer) error { return report.Write(*format, w, result, about) }
	if *out == "" {
		err = render(os.Stdout)
	} else {
		err = report.ToFile(*out, render)
	}
	if err != nil {
		return statusNotGraded, err
	}
	return status, nil
}

// Who reads a report. It is for students unless somebody asks: a report for instructors that reaches students by mistake cannot
// be called back.
const (
	forStudents    = "students"
	forInstructors = "instructors"
)

// loadPolicy reads the lab's policy and compares it with its exercises.
func loadPolicy(root string) (policy.Policy, error) {
	rules, err := policy.Load(policy.File(root))
	if err != nil {
		return policy.Policy{}, err
	}
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	if err != nil {
		return policy.Policy{}, err
	}
	return rules, rules.Check(exercises)
}

func parseSubmitted(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	handedIn, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("-submitted %q: say a time by RFC 3339, such as 2027-01-31T23:59:59+01:00", text)
	}
	return handedIn, nil
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

// plainWord is what a shell takes for one word, and for nothing else.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./@%+:,=-]+$`)

// shellWord is a text as one word for a POSIX shell: folders have names that students choose, and instructors paste commands.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
