package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"tcplab/autograder/internal/class"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

func init() {
	verbs = append(verbs, verb{
		name: "merge", audience: instructors, usage: "SHARD ... -o RESULTS",
		purpose: "Join the results of a class that was graded in shards.",
		example: "go run ./autograder merge shard-1 shard-2 -o results", run: runMerge,
	})
}

// classFlags are those of grade that only a class has.
type classFlags struct {
	dir, out, shard *string
	regrade         *[]string
	changed         *bool
}

func declareClassFlags(flags *flag.FlagSet) classFlags {
	c := classFlags{
		dir: flags.String("class", "", "`DIR`: grade every folder and archive in it as a submission, named by its student's id; roster.csv in it may say more"),
		out: flags.String("out", "", "`RESULTS`: the folder for the results of a class; a run that was ended goes on there"),
		shard: flags.String("shard", "", "`I/N`: grade only this part of a class; without it, GitLab's variables decide; /N alone takes I "+
			"from those of GitLab, Kubernetes or Nomad"),
		changed: flags.Bool("changed", false, "grade again those of a class whose submission or tests have changed"),
		regrade: new([]string),
	}
	flags.Func("regrade", "`NAME`: grade this student or submission of a class again; a list, or several times", func(list string) error {
		for name := range strings.SplitSeq(list, ",") {
			*c.regrade = append(*c.regrade, strings.TrimSpace(name))
		}
		return nil
	})
	return c
}

// onlyFor refuses flags beside -class that it has no use for, and flags of a class without it.
func (c classFlags) onlyFor(flags *flag.FlagSet) error {
	var err error
	flags.Visit(func(f *flag.Flag) {
		switch {
		case *c.dir == "" && slices.Contains([]string{"out", "shard", "changed", "regrade"}, f.Name):
			err = fmt.Errorf("-%s is for a class: say -class DIR, too", f.Name)
		case *c.dir != "" && slices.Contains([]string{"submission", "run", "format", "o", "for", "submitted"}, f.Name):
			err = fmt.Errorf("-%s is not for a class: leave it out; go run ./autograder report makes reports of the results", f.Name)
		}
	})
	if err == nil && *c.dir != "" && *c.out == "" {
		return errors.New("where shall the results go? Say -out RESULTS; a run that was ended goes on with the same folder")
	}
	return err
}

// gradeClass grades a class with the options of one submission.
func gradeClass(ctx context.Context, c classFlags, options grade.Options) (int, error) {
	shard, from, err := class.ParseShard(*c.shard, os.Getenv)
	if err != nil {
		return statusNotGraded, err
	}
	tell := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if from != "" {
		tell(fmt.Sprintf("This is %v, as %s says.", shard, from))
	}
	progress, done := progressOf("submissions")
	outcome, err := class.Grade(ctx, class.Options{
		Grade: options, Dir: *c.dir, Out: *c.out, Shard: shard, Regrade: *c.regrade, Changed: *c.changed,
		NewSeed: func() uint64 { return orRandom(0) }, Tell: tell, Progress: progress,
	})
	done()
	if errors.Is(err, context.Canceled) {
		goOn := "the same command goes on"
		if len(*c.regrade) > 0 {
			goOn = "the same command begins again with -regrade, and goes on with the rest"
		}
		// not wrapped: there is something that is left, and it is to be kept
		return statusNotGraded, fmt.Errorf("interrupted after %d submissions; their results are kept in %s, and %s", outcome.Graded, *c.out, goOn)
	}
	if err != nil {
		return statusNotGraded, err
	}
	fmt.Printf("%d submissions graded, %d were there already: %s\n", outcome.Graded, outcome.Kept, *c.out)
	fmt.Printf("Reports: go run ./autograder report %s -format FORMAT -o FILE\n", *c.out)
	if len(outcome.Incomplete) > 0 {
		return statusNotGraded, fmt.Errorf("%d submissions could not be judged: %s; their results say why, and -regrade NAME tries again",
			len(outcome.Incomplete), names(outcome.Incomplete))
	}
	if outcome.Skipped > 0 {
		return statusNotGraded, fmt.Errorf("%d things in %s are no submissions and were skipped, as told above", outcome.Skipped, *c.dir)
	}
	return statusFull, nil
}

// names lists names that come from outside, as many as one can read.
func names(list []string) string {
	const most = 10
	var text []string
	for _, name := range list[:min(most, len(list))] {
		text = append(text, transcript.Line(name, 100))
	}
	if len(list) > most {
		text = append(text, fmt.Sprintf("and %d more", len(list)-most))
	}
	return strings.Join(text, ", ")
}

func runMerge(_ context.Context, flags *flag.FlagSet, args []string) (int, error) {
	out := flags.String("o", "", "`RESULTS`: the new folder for the results of the whole class")
	shards, err := parseMixed(flags, args)
	if err != nil {
		return statusNotGraded, err
	}
	if *out == "" {
		return statusNotGraded, errors.New("where shall the merged results go? Say -o RESULTS")
	}
	count, err := class.Merge(*out, shards)
	if err != nil {
		return statusNotGraded, err
	}
	fmt.Printf("%d submissions merged: %s\n", count, *out)
	return statusFull, nil
}

// parseMixed parses flags that stand before, between or behind arguments.
func parseMixed(flags *flag.FlagSet, args []string) (arguments []string, err error) {
	for {
		if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
			return arguments, err
		}
		arguments, args = append(arguments, flags.Arg(0)), flags.Args()[1:]
	}
}
