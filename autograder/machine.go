package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"tcplab/autograder/internal/bench"
	"tcplab/autograder/internal/grade"
)

func init() {
	verbs = append(verbs,
		verb{
			name: "doctor", audience: instructors, make: "doctor",
			purpose: "Say what this machine can and cannot grade, and what to do about it.",
			example: "go run ./autograder doctor", run: runDoctor,
		},
		verb{
			name: "version", audience: instructors,
			purpose: "Print what this autograder is and what it was built with.",
			example: "go run ./autograder version", run: runVersion,
		},
		verb{
			name: "bench", audience: authors, usage: "[FLAGS]", make: "bench",
			purpose: "Measure what a sandbox costs a start, and what grading costs beside a go build of the same programs.",
			example: "go run ./autograder bench -rounds 20", run: runBench,
		},
		verb{
			name: "bench-servers", audience: authors, usage: "[FLAGS]", make: "bench-servers",
			purpose: "Measure the solutions beside servers in C, Java and Node.js, where those are installed, under one load.",
			example: "go run ./autograder bench-servers -rounds 9", run: runBenchServers,
		},
	)
}

func runDoctor(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := parse(flags, args); err != nil {
		return statusNotGraded, err
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	findings, err := grade.Examine(ctx, grade.Options{Root: root})
	if err != nil {
		return statusNotGraded, err
	}
	status := statusFull
	for _, f := range findings {
		if f.Lack == "" {
			fmt.Printf("ok    %s: %s\n", f.Need, f.Detail)
			continue
		}
		status = statusLost
		fmt.Printf("LACK  %s: %s\n      Mend it: %s\n", f.Need, f.Lack, f.Remedy)
	}
	if status == statusFull {
		fmt.Println("Everything can be graded on this machine.")
	}
	return status, nil
}

func runVersion(_ context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := parse(flags, args); err != nil {
		return statusNotGraded, err
	}
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " at " + setting.Value
			}
		}
	}
	fmt.Printf("tcplab autograder%s, results %s, %s %s/%s\n", revision, grade.Schema, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return statusFull, nil
}

func runBenchServers(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	rounds := flags.Int("rounds", 5, "`N`: how often each server is measured under each load")
	if err := parse(flags, args); err != nil {
		return statusNotGraded, err
	}
	if *rounds < 1 {
		return statusNotGraded, errors.New("-rounds has to be 1 at least")
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	if err := bench.Servers(ctx, os.Stdout, root, *rounds); err != nil {
		return statusNotGraded, err
	}
	return statusFull, nil
}

func runBench(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	rounds := flags.Int("rounds", 10, "`N`: how often each side is measured")
	size := flags.Int("class", 0, "`N`: measure the grading of a class of so many made-up submissions instead, such as 300, once")
	only := flags.String("ex", "", "`LIST`: the exercises, such as 1,3 (default: all)")
	seed := flags.Uint64("seed", 1, "`N`: the seed that the class is made by")
	every := flags.Int("alone", 10, "`N`: of so many submissions of the class one is graded alone, too, and has to get the same")
	if err := parse(flags, args); err != nil {
		return statusNotGraded, err
	}
	if *rounds < 1 {
		return statusNotGraded, errors.New("-rounds has to be 1 at least")
	}
	if *size < 0 || *seed < 1 || *every < 1 {
		return statusNotGraded, errors.New("-class, -seed and -alone have to be 1 at least")
	}
	numbers, err := parseNumbers(*only)
	if err != nil {
		return statusNotGraded, err
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	self, err := os.Executable()
	if err != nil {
		return statusNotGraded, err
	}
	if *size > 0 {
		options := bench.ClassOptions{Size: *size, Only: numbers, Seed: *seed, Every: *every}
		if err := bench.Class(ctx, os.Stdout, root, self, options); err != nil {
			return statusNotGraded, err
		}
		return statusFull, nil
	}
	if err := bench.Starts(ctx, os.Stdout, root, *rounds); err != nil {
		return statusNotGraded, err
	}
	if err := bench.Grading(ctx, os.Stdout, root, self, *rounds, numbers); err != nil {
		return statusNotGraded, err
	}
	return statusFull, nil
}
