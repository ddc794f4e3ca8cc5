package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/scratch"
	"tcplab/autograder/internal/similar"
	"tcplab/autograder/internal/transcript"
)

func init() {
	verbs = append(verbs, verb{
		name: "similar", audience: instructors, usage: "DIR [FLAGS]",
		purpose: "List programs of a class that are alike beyond what all were given: where to look, not a verdict.",
		example: "go run ./autograder similar ../class -html alike.html", run: runSimilar,
	})
}

func runSimilar(_ context.Context, flags *flag.FlagSet, args []string) (int, error) {
	only := flags.String("ex", "", "`LIST`: compare only these exercises, such as 1,3")
	least := flags.Int("least", similar.DefaultLeast, "`PERCENT`: show pairs that share so much of what is their own, from 1 to 100")
	html := flags.String("html", "", "`FILE`: write a page there that shows what is shared side by side")
	classes, err := parseMixed(flags, args)
	if err != nil {
		return statusNotGraded, err
	}
	if len(classes) != 1 {
		return statusNotGraded, errors.New("which class? Name the folder of its submissions: go run ./autograder similar ../class")
	}
	if *least < 1 || *least > 100 {
		return statusNotGraded, errors.New("-least has to be from 1 to 100")
	}
	root, exercises, err := selectExercises(*only)
	if err != nil {
		return statusNotGraded, err
	}
	findings, err := compareClass(root, classes[0], exercises, *least)
	if err != nil {
		return statusNotGraded, err
	}
	tellPairs(findings, *least)
	if *html != "" {
		err := report.ToFile(*html, func(w io.Writer) error { return similar.WriteHTML(w, findings, *least) })
		if err != nil {
			return statusNotGraded, err
		}
	}
	return statusFull, nil
}

// compareClass reads a class and compares its programs exercise by exercise.
func compareClass(root, class string, exercises []exercise.Exercise, least int) (findings []similar.Finding, err error) {
	unpacked, err := scratch.New()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unpacked.Close()) }()
	programs, problems, err := similar.ReadClass(class, unpacked.Path, exercises)
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, "left out: "+problem)
	}
	if err != nil {
		return nil, err
	}
	for _, ex := range exercises {
		known, err := similar.Known(root, ex)
		if err != nil {
			return nil, err
		}
		pairs := similar.Find(programs[ex.ID], known, least)
		findings = append(findings, similar.Finding{ID: ex.ID, Title: ex.Title, Pairs: pairs})
	}
	return findings, nil
}

func tellPairs(findings []similar.Finding, least int) {
	const nameShown = 60
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	count := 0
	for _, f := range findings {
		for _, p := range f.Pairs {
			if count == 0 {
				fmt.Fprintln(table, "in common\texercise\tprograms of\tpieces")
			}
			count++
			fmt.Fprintf(table, "%3d %%\t%s\t%s, %s\t%d\n", p.Percent, f.ID,
				transcript.Line(p.A.Student, nameShown), transcript.Line(p.B.Student, nameShown), len(p.Regions))
		}
	}
	table.Flush() // standard output tells of its errors to nobody
	if count == 0 {
		fmt.Printf("No two programs share %d %% or more of what is their own.\n", least)
		return
	}
	fmt.Println("\nThis is where to look, and no finding about anybody: two people may have had the same idea, the same source, or leave to\n" +
		"work together. Read both programs; -html FILE shows side by side what they share.")
}
