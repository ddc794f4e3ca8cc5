package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// GitHub refuses a step's summary of more than 1 MiB, and a step may have written some of it already.
const (
	markdownLimit = 900 << 10
	markdownEnd   = 1 << 10 // kept for the words that end a report which has become too long
)

// markdown collects the report section by section, as many as there is room for.
type markdown struct {
	strings.Builder
	full bool
}

func (m *markdown) add(section string) {
	if m.full || m.Len()+len(section) > markdownLimit-markdownEnd {
		m.full = true
		return
	}
	m.WriteString(section)
}

// Markdown writes r for GitHub's step summary, or wherever Markdown is read. Whatever r holds, it is shorter than 900 KiB, the
// scores come first, and nothing from a student becomes a heading, a link or HTML.
func Markdown(w io.Writer, r grade.Result, options Options) error {
	m := &markdown{}
	m.add(fmt.Sprintf("## TCP lab: %d/%d\n\n", r.Score, r.MaxScore))
	if !r.Complete {
		m.add("**" + prose(notAVerdict) + "** Next: " + gradeAgain + "\n\n")
	}
	if r.Submission != "" {
		m.add("Submission: " + code(transcript.Line(r.Submission, titleShown)) + "\n\n")
	}
	if len(r.Exercises) == 0 {
		m.add("Nothing was graded.\n")
	} else {
		m.add("| exercise | points | |\n|---|---:|---|\n")
		for _, e := range r.Exercises {
			m.add(fmt.Sprintf("| %s | %d/%d | %s |\n", prose(heading(e)), e.Score, e.MaxScore, prose(fate(e))))
		}
	}
	for _, e := range r.Exercises {
		if e.Status != grade.Graded || e.Score < e.MaxScore || firstFailure(e) >= 0 {
			m.exercise(e, options.Again)
		}
	}
	m.add(fmt.Sprintf("\nSeed: %d\n", r.Seed))
	if m.full {
		m.WriteString("\n*The rest is left out: there is too much of it for this page. The text and the JSON report hold all.*\n")
	}
	_, err := io.WriteString(w, m.String())
	return err
}

// fate says in a few words what became of an exercise.
func fate(e grade.ExerciseResult) string {
	passed := count(e, func(test grade.TestResult) bool { return test.Status == transcript.Pass })
	switch e.Status {
	case grade.Graded:
		return fmt.Sprintf("%d of %d requirements met", passed, len(e.Tests))
	case grade.BuildFailed:
		return "does not build"
	case grade.NotSubmitted:
		return "not submitted"
	}
	return "not graded, by no fault of the program"
}

func (m *markdown) exercise(e grade.ExerciseResult, again Again) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", prose(heading(e)))
	if e.Status != grade.Graded {
		b.WriteString(prose(fate(e)) + ":\n\n" + fenced(entries(e)[0].story(e, again)))
		m.add(b.String())
		return
	}
	if e.Message != "" {
		b.WriteString(fenced(strings.Join(transcript.Lines(e.Message, compilerRows, messageShown), "\n")) + "\n")
	}
	b.WriteString("| | points | requirement |\n|---|---:|---|\n")
	for _, n := range entries(e) {
		fmt.Fprintf(&b, "| %s | %d/%d | %s |\n", orElse(verdicts[n.Test.Status], "????"), n.Test.Points, n.Test.MaxPoints,
			prose(n.requirement()))
	}
	m.add(b.String())
	if i := firstFailure(e); i >= 0 {
		n := entries(e)[i]
		m.add("\nThe first that failed: " + prose(n.requirement()) + "\n\n" + fenced(n.story(e, again)))
	}
}

// plain are the characters of ASCII that mean nothing in Markdown where other text stands before them in the line.
const plain = ` abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,;?!%/'"()-+=`

// prose writes text, which is one line, so that it shows as itself: without emphasis, links, mentions and HTML. It must not
// begin a line.
func prose(line string) string {
	var b strings.Builder
	dots := !strings.Contains(strings.ToLower(line), "www.") // GitHub makes a link of that
	for _, r := range line {
		if r > unicode.MaxASCII || r == '.' && dots || strings.ContainsRune(plain, r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// code writes one line as a code span that its backticks cannot end.
func code(line string) string {
	ticks := strings.Repeat("`", longestRun(line)+1)
	return ticks + " " + line + " " + ticks
}

// fenced writes lines as a code block that they cannot end.
func fenced(lines string) string {
	fence := strings.Repeat("`", max(3, longestRun(lines)+1))
	return fence + "text\n" + lines + "\n" + fence + "\n"
}

// longestRun is the length of the longest row of backticks.
func longestRun(text string) (longest int) {
	run := 0
	for _, r := range text {
		run++
		if r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
