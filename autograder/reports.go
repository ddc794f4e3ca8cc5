package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	verbs = append(verbs, verb{
		name: "report", audience: instructors, usage: "RESULTS [FLAGS]",
		purpose: "Write reports from the results of a class.",
		example: "go run ./autograder report results -format html -o pages", run: runReport,
	})
}

// classReport is a report on a class that somebody has asked for.
type classReport struct {
	root, results string // folders
	format        string
	out           string             // a folder where there is a file for each student; else the class's file, or "" for standard output
	reader        string             // of the students' files
	ofStudent     report.Render      // nil where the format is one of a class only
	ofClass       report.RenderClass // nil where the format is one of a student only
	options       report.ClassOptions
	rules         policy.Policy
	graded        class.Class
}

func runReport(_ context.Context, flags *flag.FlagSet, args []string) (int, error) {
	r, err := parseReport(flags, args)
	if err != nil {
		return statusNotGraded, err
	}
	if err := r.read(); err != nil {
		return statusNotGraded, err
	}
	if r.ofStudent != nil {
		if err := r.writeStudents(); err != nil {
			return statusNotGraded, err
		}
	}
	if r.ofClass != nil {
		if err := r.writeClass(); err != nil {
			return statusNotGraded, err
		}
	}
	if r.out != "" {
		fmt.Printf("%d students: %s\n", len(r.graded.Students), r.out)
	}
	if missing := r.graded.Missing; len(missing) > 0 {
		return statusNotGraded, fmt.Errorf("%d submissions are not graded yet: %s; grade -class with -out %s goes on", len(missing), names(missing), r.results)
	}
	for _, student := range r.graded.Students {
		if !student.Result.Complete {
			return statusNotGraded, nil // the report says so of the student
		}
	}
	return statusFull, nil
}

// parseReport reads the flags, and refuses what cannot be before anything is read or written.
func parseReport(flags *flag.FlagSet, args []string) (*classReport, error) {
	r := &classReport{}
	flags.StringVar(&r.format, "format", "text", "`FORMAT`: of the class, "+strings.Join(report.ClassFormats(), ", ")+"; a file for each student, "+
		strings.Join(report.Formats(), ", "))
	flags.StringVar(&r.out, "o", "", "`PATH`: the file for a format of the class, or the folder for a file for each student")
	flags.StringVar(&r.reader, "for", forStudents, "`READER` of the students' files: students see of hidden tests what autograder/policy.json allows, instructors see all")
	flags.StringVar(&r.options.Title, "title", "TCP lab", "`TEXT`: the title of the course")
	flags.StringVar(&r.options.Assignment, "assignment", "", "`TEXT`: the title of the column in Canvas, with its number, such as \"TCP lab (12345)\"")
	worksheet := flags.String("worksheet", "", "`FILE` to be filled in: the grading worksheet that Moodle gave, or the gradebook that Canvas gave")
	results, err := parseMixed(flags, args)
	if err != nil {
		return nil, err
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("name one folder of results, not %d; grade -class DIR -out RESULTS makes one", len(results))
	}
	r.results = results[0]
	if r.reader != forStudents && r.reader != forInstructors {
		return nil, fmt.Errorf("-for %q: say %s or %s", r.reader, forStudents, forInstructors)
	}
	var studentErr, classErr error
	r.ofStudent, studentErr = report.Lookup(r.format)
	r.ofClass, classErr = report.LookupClass(r.format)
	switch {
	case studentErr != nil && classErr != nil:
		return nil, fmt.Errorf("%w; of a class: %s", studentErr, strings.Join(report.ClassFormats(), ", "))
	case studentErr == nil && r.out == "":
		return nil, fmt.Errorf("-format %s makes a file for each student, and no folder is named for them: say -o DIR; "+
			"-format csv prints one table of the class", r.format)
	}
	if *worksheet != "" {
		if r.options.Worksheet, err = os.ReadFile(*worksheet); err != nil {
			return nil, fmt.Errorf("read the worksheet: %w; -worksheet names the file that Moodle or Canvas gave", err)
		}
	}
	r.options.Tell = func(line string) { fmt.Fprintln(os.Stderr, line) }
	return r, nil
}

// read reads the results by the lab's policy.
func (r *classReport) read() (err error) {
	if r.root, err = labRoot(); err != nil {
		return err
	}
	if r.rules, err = loadPolicy(r.root); err != nil {
		return err
	}
	undated := 0
	r.graded, err = class.Read(r.results, func(records []class.Record) (grade.Result, error) {
		var submissions []policy.Submission
		for _, record := range records {
			if !record.Submitted.IsZero() && !strings.HasPrefix(record.Entry, record.ID+"@") {
				undated++
			}
			submissions = append(submissions, policy.Submission{ID: record.Entry, Time: record.Submitted, Result: record.Result})
		}
		return r.rules.Combine(submissions)
	})
	if undated > 0 && r.rules.HasDeadline() {
		r.options.Tell(fmt.Sprintf("There is a deadline, and %d of the submissions do not say in their names when they were made: the time of the file "+
			"counts, which may be that of a copy. A name such as alice@20261101T100000Z.zip says it.", undated))
	}
	for _, id := range r.graded.Strangers {
		r.options.Tell(transcript.Line(id, 100) + " is not in the roster")
	}
	return err
}

// studentsFolder is where the students' own pages are, beside the page of the class, which is not for them.
const studentsFolder = "students"

// writeStudents writes a file for each student.
func (r *classReport) writeStudents() error {
	folder := r.out
	if r.ofClass != nil {
		folder = filepath.Join(folder, studentsFolder)
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("no folder for the reports: %w; name another with -o", err)
	}
	for name, student := range class.FileNames(r.graded.Students) {
		result := student.Result
		if r.reader == forStudents {
			result = r.rules.ForStudents(result)
		}
		options := report.Options{} // no command to run again: a student has no hidden tests
		err := report.ToFile(filepath.Join(folder, name+extension(r.format)), func(w io.Writer) error { return r.ofStudent(w, result, options) })
		if err != nil {
			return err
		}
	}
	return nil
}

// writeClass writes the class's file. Where the students have pages of their own, it is the page that links to them.
func (r *classReport) writeClass() (err error) {
	file, options := r.out, r.options
	if r.ofStudent != nil {
		file = filepath.Join(r.out, "index"+extension(r.format))
		pages := map[string]string{}
		for name, student := range class.FileNames(r.graded.Students) {
			pages[student.ID] = studentsFolder + "/" + name + extension(r.format)
		}
		options.Page = func(id string) string { return pages[id] }
		if options.Mistakes, err = knownMistakes(r.root); err != nil {
			return err
		}
	}
	render := func(w io.Writer) error { return r.ofClass(w, r.graded.Students, options) }
	if file == "" {
		return render(os.Stdout)
	}
	return report.ToFile(file, render)
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
