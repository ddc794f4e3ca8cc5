package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

//go:embed page
var pageFiles embed.FS

// pages are the templates of both pages. Style and script stand inside of each page, and its Content-Security-Policy allows
// nothing else: a page is one file and loads nothing.
var pages = template.Must(template.New("pages").Funcs(template.FuncMap{
	"inc": func(n int) int { return n + 1 },
}).ParseFS(pageFiles, "page/*"))

// HTML writes r as one page for the student: what was met and missed, and a diagram of the wire for each failure. The markup
// is well-formed XML, too. Everything that could come from a student's program is made printable and then escaped.
func HTML(w io.Writer, r grade.Result, again Again) error {
	again = again.orNone()
	view := submissionView{
		Submission: transcript.Line(orElse(r.Submission, "your submission"), titleShown),
		Score:      r.Score, MaxScore: r.MaxScore, Percent: percent(r.Score, r.MaxScore),
		Complete: r.Complete, Seed: r.Seed,
	}
	for i, e := range r.Exercises {
		view.Exercises = append(view.Exercises, exerciseViewOf(fmt.Sprintf("e%d", i+1), e, again))
	}
	next := &text{again: again}
	next.next(r)
	for _, line := range strings.Split(next.String(), "\n") {
		// The seed has a place of its own on the page.
		if line != "" && !strings.HasPrefix(line, "Seed: ") {
			view.Next = append(view.Next, strings.TrimPrefix(line, "Next: "))
		}
	}
	return writePage(w, "submission.html", view)
}

// writePage writes a page at once or not at all.
func writePage(w io.Writer, name string, view any) error {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, view); err != nil {
		return fmt.Errorf("write the page %s: %w", name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

type submissionView struct {
	Submission               string
	Score, MaxScore, Percent int
	Complete                 bool
	Seed                     uint64
	Next                     []string
	Exercises                []exerciseView
}

type exerciseView struct {
	ID                       string // unique in the page
	Heading                  string
	State                    string // a class of the style
	Reason                   string // why it was not graded
	Lines                    []string
	Score, MaxScore, Percent int
	Met, Of                  int
	Tests                    []testView
}

// exerciseReasons are the words for an exercise that was not graded.
var exerciseReasons = map[grade.ExerciseStatus]string{
	grade.Graded: "", grade.BuildFailed: "It does not build, so none of its tests were run. Fix what the compiler names first:",
	grade.NotSubmitted: "Nothing was submitted for this exercise.",
	grade.Errored:      "It could not be graded, by no fault of the program:",
}

func exerciseViewOf(id string, e grade.ExerciseResult, again Again) exerciseView {
	reason, known := exerciseReasons[e.Status]
	if !known {
		reason = exerciseReasons[grade.Errored]
	}
	view := exerciseView{
		ID: id, Heading: heading(e), Reason: reason, Score: e.Score, MaxScore: e.MaxScore, Percent: percent(e.Score, e.MaxScore),
		State: stateOf(e), Of: len(e.Tests),
		Met: count(e, func(test grade.TestResult) bool { return test.Status == transcript.Pass }),
	}
	if e.Message != "" {
		view.Lines = transcript.Lines(e.Message, compilerRows, messageShown)
	}
	first := firstFailure(e)
	for i, test := range e.Tests {
		view.Tests = append(view.Tests, testViewOf(fmt.Sprintf("%st%d", id, i+1), e.ID, test, i == first, again))
	}
	return view
}

// stateOf is the class of the style for an exercise.
func stateOf(e grade.ExerciseResult) string {
	switch {
	case e.Status != grade.Graded && e.Status != grade.BuildFailed && e.Status != grade.NotSubmitted:
		return "error"
	case e.Status == grade.NotSubmitted:
		return "absent"
	case e.Status == grade.BuildFailed || firstFailure(e) >= 0:
		return "missed"
	case e.Score >= e.MaxScore:
		return "full"
	}
	return "partly"
}

type testView struct {
	ID, Requirement, Name  string
	Class, Mark, Verdict   string
	Points, MaxPoints      int
	First                  bool // the first failure, unfolded from the start
	Failed                 bool
	Message, Meaning, Hint string
	Expected, Actual       string
	Diff                   []diffLine
	Again                  string
	Diagram                *diagram
}

// htmlVerdicts are the class, the sign and the word for a test's verdict: colour alone tells nothing to many.
var htmlVerdicts = map[transcript.Status][3]string{
	transcript.Pass: {"pass", "✓", "met"}, transcript.Fail: {"fail", "✗", "missed"},
	transcript.Skipped: {"skip", "–", "not tested"}, transcript.Error: {"error", "!", "not judged"},
}

func testViewOf(id, exerciseID string, test grade.TestResult, first bool, again Again) testView {
	verdict, known := htmlVerdicts[test.Status]
	if !known {
		verdict = htmlVerdicts[transcript.Error]
	}
	view := testView{
		ID: id, Requirement: transcript.Line(orElse(test.Requirement, test.Name), messageShown),
		Name: transcript.Line(test.Name, titleShown), Class: verdict[0], Mark: verdict[1], Verdict: verdict[2],
		Points: test.Points, MaxPoints: test.MaxPoints, First: first, Failed: test.Status == transcript.Fail,
	}
	if test.Status == transcript.Pass {
		return view
	}
	view.Message = transcript.Line(test.Message, messageShown)
	if !view.Failed {
		return view
	}
	view.Meaning, view.Hint = transcript.Line(test.Meaning, messageShown), transcript.Line(test.Hint, messageShown)
	view.Expected, view.Actual = transcript.Value(test.Expected), transcript.Value(test.Actual)
	view.Again = transcript.Line(again(exerciseID, test.Name), messageShown)
	// Against nothing at all, the offset of the first difference says nothing.
	if test.Diff != "" && test.Actual != `""` {
		view.Diff = diffLines(test.Diff)
	}
	if len(test.Transcript) > 0 {
		view.Diagram = diagramOf(id, test.Transcript)
	}
	return view
}

// diffLine is a line of transcript.Diff with the class of the style for it.
type diffLine struct{ Class, Text string }

func diffLines(diff string) []diffLine {
	var lines []diffLine
	class := "where"
	for _, line := range transcript.Lines(diff, compilerRows, messageShown) {
		switch {
		case strings.HasPrefix(line, "got   "):
			class = "got"
		case strings.HasPrefix(line, "want  "):
			class = "want"
		case strings.HasSuffix(line, "^^"):
			class = "caret"
		}
		lines = append(lines, diffLine{class, line})
	}
	return lines
}

// percent is a share of 100, within 0 and 100 whatever the numbers.
func percent(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return min(100, max(0, int(100*float64(part)/float64(whole))))
}
