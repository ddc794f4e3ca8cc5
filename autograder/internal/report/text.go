package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// The layout of the text report.
const (
	scoreEnds    = 58        // the column at which scores end
	details      = "       " // before what belongs to a test: below its points
	message      = "          "
	messageShown = 600 // characters of a message
	compilerRows = 40  // lines of a compiler's output
	titleShown   = 120
)

// verdicts are the words at the beginning of a test's line.
var verdicts = map[transcript.Status]string{
	transcript.Pass: "ok", transcript.Fail: "FAIL", transcript.Skipped: "skip", transcript.Error: "ERR",
}

// text collects the report; it is written at once, so that an error of the writer needs one check.
type text struct {
	strings.Builder
	again Again
}

// Text writes r for a person at a terminal. Of each exercise only the first failure is told in full, since the others often
// follow from it. Everything that could come from a student's program is escaped.
func Text(w io.Writer, r grade.Result, again Again) error {
	t := &text{again: again.orNone()}
	if r.Submission != "" {
		t.line("", "Submission: "+transcript.Line(r.Submission, titleShown))
		t.line("", "")
	}
	for _, e := range r.Exercises {
		t.exercise(e)
		t.line("", "")
	}
	t.total(r)
	t.next(r)
	_, err := io.WriteString(w, t.String())
	return err
}

func (t *text) line(indent, line string) {
	t.WriteString(strings.TrimRight(indent+line, " \t") + "\n")
}

// scored writes a title and a score that ends in the same column as all others.
func (t *text) scored(title string, score, most int) {
	points := fmt.Sprintf("%d/%d", score, most)
	gap := max(2, scoreEnds-utf8.RuneCountInString(title)-len(points))
	t.line("", title+strings.Repeat(" ", gap)+points)
}

func (t *text) exercise(e grade.ExerciseResult) {
	t.scored(heading(e), e.Score, e.MaxScore)
	switch e.Status {
	case grade.Graded:
		t.reason("", e.Message)
	case grade.BuildFailed:
		t.reason("does not build:", orElse(e.Message, "the compiler gave no reason"))
		return
	case grade.NotSubmitted:
		t.reason("not submitted:", orElse(e.Message, "there is no folder for it"))
		return
	default:
		t.reason("not graded, by no fault of the program:", orElse(e.Message, "the grader gave no reason"))
	}
	inFull := firstFailure(e)
	for i, test := range e.Tests {
		t.test(e.ID, test, i == inFull)
	}
}

// orNone makes a nil Again one that can be called.
func (again Again) orNone() Again {
	if again == nil {
		return func(string, string) string { return "" }
	}
	return again
}

// reason writes why an exercise was not graded: behind what, or below it when there are many lines.
func (t *text) reason(what, why string) {
	if why == "" {
		return
	}
	lines := transcript.Lines(why, compilerRows, messageShown)
	if len(lines) == 1 {
		t.line(" ", strings.TrimSpace(what+" "+lines[0]))
		return
	}
	if what != "" {
		t.line(" ", what)
	}
	for _, line := range lines {
		t.line(details, line)
	}
}

func (t *text) test(exerciseID string, test grade.TestResult, inFull bool) {
	verdict, known := verdicts[test.Status]
	if !known {
		verdict = "????"
	}
	t.line("", fmt.Sprintf(" %-4s%3d  %s", verdict, test.MaxPoints,
		transcript.Line(orElse(test.Requirement, test.Name), messageShown)))
	switch {
	case test.Status == transcript.Pass:
	case inFull:
		_ = failure(exerciseID, test, t.again).WriteText(t, details) // a strings.Builder takes everything
	case test.Message != "":
		t.line(message, transcript.Line(test.Message, messageShown))
	}
}

// failure is a test's part of a result, ready to be told.
func failure(exerciseID string, test grade.TestResult, again Again) transcript.Failure {
	return transcript.Failure{Hint: test.Hint, Again: again(exerciseID, test.Name), Record: transcript.Record{
		Test: test.Name, Status: test.Status, Message: test.Message, Meaning: test.Meaning,
		Expected: test.Expected, Actual: test.Actual, Diff: test.Diff, Steps: test.Transcript,
	}}
}

func (t *text) total(r grade.Result) {
	if r.Complete {
		t.scored("Total", r.Score, r.MaxScore)
		return
	}
	t.scored("Total of what could be judged", r.Score, r.MaxScore)
	t.line("", "")
	t.line("", notAVerdict)
	for _, line := range unjudged(r) {
		t.line("  ", line)
	}
}

// What every format says of a result that is not complete, and what is to be done about it.
const (
	notAVerdict = "THIS IS NOT A VERDICT: not everything could be judged, by no fault of the program."
	gradeAgain  = "`go run ./autograder doctor` says what this machine lacks; then grade again."
)

// unjudged says, a line for each, what of a result could not be judged.
func unjudged(r grade.Result) (lines []string) {
	for _, e := range r.Exercises {
		if e.Status == grade.Errored {
			lines = append(lines, heading(e)+" could not be graded")
		}
		if n := count(e, func(test grade.TestResult) bool { return test.Status == transcript.Error }); n > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d of %d tests could not be judged (ERR)", heading(e), n, len(e.Tests)))
		}
		if n := count(e, func(test grade.TestResult) bool { return test.Unobservable }); n > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d of %d tests need what this machine does not have (skip)", heading(e), n, len(e.Tests)))
		}
	}
	return lines
}

// next says what to do now.
func (t *text) next(r grade.Result) {
	e, found := firstUnfinished(r)
	switch {
	case !r.Complete:
		t.line("", "")
		t.line("", "Next: "+gradeAgain)
	case len(r.Exercises) == 0:
		t.line("", "Nothing was graded.")
		return
	case !found:
		t.line("", "Full marks: nothing is left to do.")
		return
	default:
		t.line("", "Next: "+heading(e)+". "+t.advice(e))
	}
	t.line("", fmt.Sprintf("Seed: %d", r.Seed))
}

func (t *text) advice(e grade.ExerciseResult) string {
	command := func(lead, test string) string {
		if again := t.again(e.ID, test); again != "" {
			return lead + "; then: " + transcript.Line(again, messageShown)
		}
		return lead + "."
	}
	switch e.Status {
	case grade.BuildFailed:
		return command("Fix what the compiler names first", "")
	case grade.NotSubmitted:
		return command("Its README.md says what to write", "")
	}
	if i := firstFailure(e); i >= 0 {
		return command("Read its first failure and fix it", e.Tests[i].Name)
	}
	return command("The lines marked skip say what kept their tests from running", "")
}

// firstUnfinished is the first exercise that lost points or failed a test.
func firstUnfinished(r grade.Result) (grade.ExerciseResult, bool) {
	for _, e := range r.Exercises {
		if e.Score < e.MaxScore || e.Status != grade.Graded || firstFailure(e) >= 0 {
			return e, true
		}
	}
	return grade.ExerciseResult{}, false
}

// firstFailure is the index of the first failed test, or -1.
func firstFailure(e grade.ExerciseResult) int {
	for i, test := range e.Tests {
		if test.Status == transcript.Fail {
			return i
		}
	}
	return -1
}

func count(e grade.ExerciseResult, which func(grade.TestResult) bool) int {
	n := 0
	for _, test := range e.Tests {
		if which(test) {
			n++
		}
	}
	return n
}

// heading is "03 Threaded server": the number comes from the folder's name.
func heading(e grade.ExerciseResult) string {
	number, slug, _ := strings.Cut(e.ID, "-")
	return transcript.Line(number+" "+orElse(e.Title, slug), titleShown)
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
