package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tcplab/autograder/internal/class"
	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/gate"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/policy"
	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/transcript"
)

func init() {
	verbs = append(verbs,
		verb{
			name: "merge", audience: instructors, usage: "SHARD ... -o RESULTS",
			purpose: "Join the results of a class that was graded in shards.",
			example: "go run ./autograder merge shard-1 shard-2 -o results", run: runMerge,
		},
		verb{
			name: "report", audience: instructors, usage: "RESULTS [FLAGS]",
			purpose: "Write reports from the results of a class.",
			example: "go run ./autograder report results -format html -o pages", run: runReport,
		},
	)
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
		shard: flags.String("shard", "", "`I/N`: grade only this part of a class; without it, the variables of GitLab, Kubernetes or Nomad decide ("+
			class.ShardsVariable+" says how many parts there are where they do not)"),
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
		tell(fmt.Sprintf("This is shard %v, as %s says.", shard, from))
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

func runReport(_ context.Context, flags *flag.FlagSet, args []string) (int, error) {
	format := flags.String("format", "text", "`FORMAT`: for the class, "+strings.Join(report.ClassFormats(), ", ")+"; for each student a file, "+strings.Join(report.Formats(), ", "))
	out := flags.String("o", "", "`PATH`: the file for a format of the class, or the folder for a file for each student")
	reader := flags.String("for", forStudents, "`READER` of the students' files: students see of hidden tests what autograder/policy.json allows, instructors see all")
	title := flags.String("title", "TCP lab", "`TEXT`: the title of the course")
	assignment := flags.String("assignment", "", "`TEXT`: the title of the column in Canvas, with its number, such as \"TCP lab (12345)\"")
	worksheet := flags.String("worksheet", "", "`FILE` to be filled in: the grading worksheet that Moodle gave, or the gradebook that Canvas gave")
	results, err := parseMixed(flags, args)
	if err != nil {
		return statusNotGraded, err
	}
	if len(results) != 1 {
		return statusNotGraded, fmt.Errorf("name one folder of results, not %d; grade -class DIR -out RESULTS makes one", len(results))
	}
	if *reader != forStudents && *reader != forInstructors {
		return statusNotGraded, fmt.Errorf("-for %q: say %s or %s", *reader, forStudents, forInstructors)
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	rules, err := loadPolicy(root)
	if err != nil {
		return statusNotGraded, err
	}
	ofStudent, studentErr := report.Lookup(*format)
	ofClass, classErr := report.LookupClass(*format)
	if studentErr != nil && classErr != nil {
		return statusNotGraded, fmt.Errorf("%w; of a class: %s", studentErr, strings.Join(report.ClassFormats(), ", "))
	}
	undated := 0
	graded, err := class.Read(results[0], func(records []class.Record) (grade.Result, error) {
		var submissions []policy.Submission
		for _, r := range records {
			if !r.Submitted.IsZero() && !strings.HasPrefix(r.Entry, r.ID+"@") {
				undated++
			}
			submissions = append(submissions, policy.Submission{ID: r.Entry, Time: r.Submitted, Result: r.Result})
		}
		return rules.Combine(submissions)
	})
	if err != nil {
		return statusNotGraded, err
	}
	tell := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if undated > 0 && rules.HasDeadline() {
		tell(fmt.Sprintf("There is a deadline, and %d of the submissions do not say in their names when they were made: the time of the file "+
			"counts, which may be that of a copy. A name such as alice@20261101T100000Z.zip says it.", undated))
	}
	for _, id := range graded.Strangers {
		tell(transcript.Line(id, 100) + " is not in the roster")
	}
	status := statusFull
	for _, student := range graded.Students {
		if !student.Result.Complete {
			status = statusNotGraded
		}
	}
	if *out == "" && (classErr != nil || studentErr == nil) {
		return statusNotGraded, errors.New("where shall the files go, one for each student? Say -o DIR")
	}
	options := report.ClassOptions{Title: *title, Assignment: *assignment, Tell: tell}
	if *worksheet != "" {
		if options.Worksheet, err = os.ReadFile(*worksheet); err != nil {
			return statusNotGraded, fmt.Errorf("read the worksheet: %w", err)
		}
	}
	if classErr == nil && studentErr == nil { // html: the class's page, with links to the students'
		pages := map[string]string{}
		for name, student := range class.FileNames(graded.Students) {
			pages[student.ID] = studentsFolder + "/" + name + extension(*format)
		}
		options.Page = func(id string) string { return pages[id] }
		if options.Mistakes, err = knownMistakes(root); err != nil {
			return statusNotGraded, err
		}
	}
	if studentErr == nil {
		folder := *out
		if classErr == nil {
			folder = filepath.Join(folder, studentsFolder)
		}
		if err := writeStudents(folder, *format, ofStudent, graded.Students, rules, *reader); err != nil {
			return statusNotGraded, err
		}
	}
	if classErr == nil {
		file := *out
		if studentErr == nil {
			file = filepath.Join(file, "index"+extension(*format))
		}
		render := func(w io.Writer) error { return ofClass(w, graded.Students, options) }
		if file == "" {
			err = render(os.Stdout)
		} else {
			err = report.ToFile(file, render)
		}
		if err != nil {
			return statusNotGraded, err
		}
	}
	if *out != "" {
		fmt.Printf("%d students: %s\n", len(graded.Students), *out)
	}
	if len(graded.Missing) > 0 {
		return statusNotGraded, fmt.Errorf("%d submissions are not graded yet: %s; grade -class with -out %s goes on", len(graded.Missing),
			names(graded.Missing), results[0])
	}
	return status, nil
}

// studentsFolder is where the students' own pages are, beside the page of the class, which is not for them.
const studentsFolder = "students"

// writeStudents writes a file for each student.
func writeStudents(folder, format string, render report.Render, students []report.Student, rules policy.Policy, reader string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("no folder for the reports: %w", err)
	}
	for name, student := range class.FileNames(students) {
		result := student.Result
		if reader == forStudents {
			result = rules.ForStudents(result)
		}
		options := report.Options{} // no command to run again: a student has no hidden tests
		err := report.ToFile(filepath.Join(folder, name+extension(format)), func(w io.Writer) error { return render(w, result, options) })
		if err != nil {
			return err
		}
	}
	return nil
}

// knownMistakes are the wrong programs of the exercises, with the tests that each of them fails.
func knownMistakes(root string) ([]report.Mistake, error) {
	kept, err := os.ReadFile(filepath.Join(root, killsFile))
	if err != nil {
		return nil, fmt.Errorf("read which tests fail for which mistake: %w", err)
	}
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	if err != nil {
		return nil, err
	}
	var all []report.Mistake
	for _, ex := range exercises {
		solution, err := grade.ReadSource(ex, root, "solutions/"+ex.ID)
		if err != nil {
			return nil, err
		}
		wrong, err := ex.Wrong(solution.Files)
		if err != nil {
			return nil, err
		}
		failures := gate.Failures(string(kept), ex.ID)
		for _, w := range wrong {
			all = append(all, report.Mistake{Exercise: ex.ID, Description: w.About, Fails: failures[w.Name]})
		}
	}
	return all, nil
}

// extension is that of the files of a format.
func extension(format string) string {
	known := map[string]string{"text": ".txt", "github": ".txt", "markdown": ".md", "html": ".html", "junit": ".xml"}
	if known[format] == "" {
		return ".json"
	}
	return known[format]
}
