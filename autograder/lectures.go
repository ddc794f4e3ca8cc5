package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tcplab/lectures/quiz"
)

func runQuiz(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	lectures, err := quiz.Load(filepath.Join(root, "lectures"))
	if err != nil {
		return statusNotGraded, err
	}
	var selected []quiz.Lecture
	var known []string
	for _, lecture := range lectures {
		known = append(known, strconv.Itoa(lecture.Number))
		if isLecture(lecture.Folder, flags.Arg(0)) {
			selected = append(selected, lecture)
		}
	}
	if len(selected) == 0 {
		return statusNotGraded, fmt.Errorf("there are no questions of a lecture %q; lectures with questions are %s", flags.Arg(0), strings.Join(known, ", "))
	}
	err = quiz.Ask(ctx, os.Stdin, os.Stdout, selected, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	if err != nil {
		return statusNotGraded, err
	}
	return statusFull, nil
}

func runMeasure(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	programs, err := filepath.Glob(filepath.Join(root, "lectures", "[0-9][0-9]-*", "measure", "main.go"))
	if err != nil {
		return statusNotGraded, err
	}
	status, measured := statusFull, 0
	for _, program := range programs {
		folder := filepath.Base(filepath.Dir(filepath.Dir(program)))
		if !isLecture(folder, flags.Arg(0)) {
			continue
		}
		measured++
		fmt.Fprintf(os.Stderr, "\nlectures/%s/measure:\n", folder)
		one, err := inherit(ctx, root, append([]string{"run", "./lectures/" + folder + "/measure"}, flags.Args()[min(1, flags.NArg()):]...)...)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return one, err
		}
		status = max(status, one)
	}
	if measured == 0 {
		return statusNotGraded, fmt.Errorf("no lecture %q measures anything: lectures/NN-topic/measure would be its program", flags.Arg(0))
	}
	return status, nil
}

// isLecture reports whether a name, such as "3" or "03-socket-api", is that of a lecture's folder. The empty name is every
// lecture's.
func isLecture(folder, name string) bool {
	number, err := strconv.Atoi(name)
	return name == "" || name == folder || err == nil && strings.HasPrefix(folder, fmt.Sprintf("%02d-", number))
}
