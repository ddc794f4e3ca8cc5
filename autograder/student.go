package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tcplab/autograder/internal/exercise"
)

func init() {
	verbs = append(verbs,
		verb{
			name: "test", audience: students, usage: "EX [RUN]", make: "test EX=3 [RUN=name]",
			purpose: "Run the visible tests of an exercise against your program; RUN picks tests by name.",
			example: "go run ./autograder test 3", run: runTest,
		},
		verb{
			name: "run", audience: students, usage: "EX [ARGUMENT ...]", make: "run EX=3",
			purpose: "Run your program of an exercise, so that a second terminal can talk to it.",
			example: "go run ./autograder run 3", run: runProgram,
		},
		verb{
			name: "quiz", audience: students, usage: "[LECTURE]", make: "quiz [LECTURE=3]",
			purpose: "Ask the questions of the lectures, or of one, and explain each answer.",
			example: "go run ./autograder quiz 3", run: runQuiz,
		},
		verb{
			name: "measure", audience: students, usage: "[LECTURE [ARGUMENT ...]]", make: "measure [LECTURE=8]",
			purpose: "Measure on this machine what the lectures say about costs; arguments are the program's.",
			example: "go run ./autograder measure 8 -svg poll.svg", run: runMeasure,
		},
	)
}

// labRoot finds the lab's folder: this one or the nearest above it that holds exercises/ and a go.mod of module tcplab.
func labRoot() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module tcplab\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside the lab: change to the folder that holds exercises/ and go.mod", here)
		}
	}
}

// findExercise finds an exercise by its number ("3", "03") or its folder's name.
func findExercise(root, name string) (exercise.Exercise, error) {
	all, err := exercise.All(filepath.Join(root, "exercises"))
	if err != nil {
		return exercise.Exercise{}, err
	}
	number, _ := strconv.Atoi(name)
	for _, ex := range all {
		if ex.ID == name || ex.Number == number {
			return ex, nil
		}
	}
	return exercise.Exercise{}, noSuchExercise(name, all)
}

func noSuchExercise(name string, all []exercise.Exercise) error {
	var known []string
	for _, ex := range all {
		known = append(known, strconv.Itoa(ex.Number))
	}
	return fmt.Errorf("there is no exercise %q; the exercises are %s", name, strings.Join(known, ", "))
}

func runTest(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	if flags.Arg(0) == "" {
		return statusNotGraded, errors.New("which exercise? Say: make test EX=3, or: go run ./autograder test 3; a test's name may follow")
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	ex, err := findExercise(root, flags.Arg(0))
	if err != nil {
		return statusNotGraded, err
	}
	pkg, pattern := "./exercises/"+ex.ID, flags.Arg(1)
	if slices.ContainsFunc(ex.Tests, func(t exercise.Test) bool { return t.Name == pattern }) && ex.Tested != ex.Dir {
		pkg += "/hidden"
	} else if err := picksATest(ex, pattern); err != nil {
		return statusNotGraded, err
	}
	command := []string{"tool", "gotestsum", "--format", "testdox", "--", "-count=1", "-failfast"}
	if pattern != "" {
		command = append(command, "-run", pattern)
	}
	return inherit(ctx, root, append(command, pkg)...)
}

// picksATest is an error where the pattern picks none of the visible tests: go test would run nothing, and call that a success.
func picksATest(ex exercise.Exercise, pattern string) error {
	ofTest, _, _ := strings.Cut(pattern, "/") // what follows picks subtests
	names, err := regexp.Compile(ofTest)
	if err != nil {
		return fmt.Errorf("%q is no name of a test and no regular expression: %w", pattern, err)
	}
	visible, err := ex.Visible()
	if err != nil {
		return err
	}
	var known []string
	for _, test := range visible.Tests {
		if names.MatchString(test.Name) {
			return nil
		}
		known = append(known, test.Name)
	}
	return fmt.Errorf("there is no visible test %q; the tests of exercise %d are\n  %s", pattern, ex.Number, strings.Join(known, "\n  "))
}

func runProgram(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	if flags.Arg(0) == "" {
		return statusNotGraded, errors.New("which exercise? Say: make run EX=3, or: go run ./autograder run 3")
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	ex, err := findExercise(root, flags.Arg(0))
	if err != nil {
		return statusNotGraded, err
	}
	if ex.Kind == exercise.Server {
		fmt.Fprintf(os.Stderr, "%s on port %d: talk to it from a second terminal with `nc localhost %d`; Ctrl-C ends it.\n", ex.ID, ex.Port, ex.Port)
	} else {
		fmt.Fprintf(os.Stderr, "%s connects to port %d; a server has to be there.\n", ex.ID, ex.Port)
	}
	return inherit(ctx, root, append([]string{"run", "./exercises/" + ex.ID}, flags.Args()[1:]...)...)
}

// inherit runs the go command in the lab's folder with this process's streams. A failed test is no error of the verb's.
func inherit(ctx context.Context, root string, args ...string) (int, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = root
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	err := command.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return statusLost, nil
	}
	if err != nil {
		return statusNotGraded, fmt.Errorf("%w; is Go installed and on the PATH?", err)
	}
	return statusFull, nil
}
