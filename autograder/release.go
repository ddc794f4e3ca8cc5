package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"tcplab/autograder/internal/edition"
)

func init() {
	verbs = append(verbs, verb{
		name: "release", audience: instructors, usage: "DIR",
		purpose: "Make the students' edition of the lab in a new folder, without what grades them.",
		example: "go run ./autograder release ../tcplab-students", run: runRelease,
	})
}

func runRelease(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	if flags.NArg() != 1 {
		return statusNotGraded, errors.New("where shall it be? Say for example: go run ./autograder release ../tcplab-students")
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	tellSlow("compiling the edition")
	files, err := edition.Write(ctx, root, flags.Arg(0))
	if err != nil {
		return statusNotGraded, err
	}
	fmt.Printf("%d files. Try it as a student does:\n  cd %s && make test EX=1\n", files, flags.Arg(0))
	return statusFull, nil
}
