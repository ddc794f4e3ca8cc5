package transcript

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How much of a long story is told. A reader can take in some dozens of steps; the rest is counted.
const (
	manySteps   = 40  // up to here every step is shown
	firstSteps  = 6   // of more steps: those that open the story,
	lastSteps   = 10  // those that close it,
	manyOwn     = 120 // and all of the failing connection up to here; of more than that,
	firstOwn    = 20  // those that open it
	lastOwn     = 60  // and those that close it
	dataShown   = 48  // bytes of a step's data
	valueShown  = 96  // bytes of what was wanted and of what came
	lineShown   = 400 // characters of any other line
	noteShown   = 40  // lines of a note, such as a race report
	timeColumns = 6
)

// Failure is one failed test, ready to be told.
type Failure struct {
	// Requirement is what the test asks; empty where the caller has printed it already.
	Requirement string
	// Hint is a question that leads on, written by the test's author.
	Hint string
	// Again is the command that runs this test once more.
	Again  string
	Record Record
}

// WriteText tells the failure in plain text, each line after indent. The steps come first, each with its time and its
// connection: "<-" came from the program, "->" went to it, and everything else is in words. Then come what went wrong, the
// first differing byte, what that usually means, and what to do next.
func (f Failure) WriteText(w io.Writer, indent string) error {
	var lines []string
	say := func(label, text string) {
		if text != "" {
			lines = append(lines, label+Line(text, lineShown))
		}
	}
	say("", f.Requirement)
	lines = append(lines, stepLines(f.Record.Steps)...)
	if !toldBySteps(f.Record) {
		say("", f.Record.Message)
	}
	say("got   ", shortValue(f.Record.Actual))
	say("want  ", shortValue(f.Record.Expected))
	// Against nothing at all, the offset of the first difference says nothing.
	if f.Record.Diff != "" && f.Record.Actual != `""` {
		lines = append(lines, Lines(f.Record.Diff, noteShown, lineShown)...)
	}
	say("", f.Record.Meaning)
	say("Hint: ", f.Hint)
	say("Again: ", f.Again)
	if f.Record.Seed != 0 {
		say("Seed: ", strconv.FormatUint(f.Record.Seed, 10))
	}

	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(indent+line, " \t") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// toldBySteps reports whether the step at which the test failed says already what the message says.
func toldBySteps(r Record) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool {
		if s.Kind != Wanted {
			return false
		}
		return s.Note == r.Message || strings.Contains(stepText(s), Line(r.Message, lineShown))
	})
}

// shortValue shortens a long literal as data is shortened, and leaves words as they are.
func shortValue(value string) string {
	if !strings.HasPrefix(value, `"`) {
		return value
	}
	data, err := strconv.Unquote(value)
	if err != nil {
		return value
	}
	return quoteWithLength(data, valueShown)
}

// quoteWithLength quotes data and, where the quote is shortened, adds how long the whole is.
func quoteWithLength(data string, limit int) string {
	quoted := Quote([]byte(data), limit)
	if len(data) > limit {
		quoted += " (" + count(len(data), "byte") + " in all)"
	}
	return quoted
}

// stepLines lays out the steps: the time, the connection, and what happened.
func stepLines(steps []Step) []string {
	rows := Rows(steps)
	times, whoColumns := timeColumns, 0
	for _, row := range rows {
		if !row.Gap {
			times = max(times, len(milliseconds(row.Step)))
			whoColumns = max(whoColumns, utf8.RuneCountInString(who(row.Step)))
		}
	}
	margin := strings.Repeat(" ", times+len(" ms  ")+whoColumns)
	if whoColumns > 0 {
		margin += "  "
	}
	var lines []string
	for _, row := range rows {
		if row.Gap {
			lines = append(lines, margin+row.Text)
			continue
		}
		line := fmt.Sprintf("%*s ms  ", times, milliseconds(row.Step))
		if whoColumns > 0 {
			line += fmt.Sprintf("%-*s  ", whoColumns, who(row.Step))
		}
		for j, text := range Lines(row.Text, noteShown, lineShown) {
			if j > 0 {
				line = margin
			}
			lines = append(lines, line+text)
		}
	}
	return lines
}

func milliseconds(s Step) string { return strconv.FormatFloat(s.MS, 'f', 1, 64) }

func who(s Step) string { return Line(s.Who, 12) }

// leftOut says how much of the story a gap holds.
func leftOut(steps []Step) string {
	connections := map[string]bool{}
	for _, s := range steps {
		if s.Who != "" {
			connections[s.Who] = true
		}
	}
	text := "… " + count(len(steps), "step")
	if len(connections) > 0 {
		text += " on " + count(len(connections), "connection")
	}
	return text + " left out …"
}

// stepsToShow chooses which steps of a long story are shown: how it begins and ends, what was asked last, what the failing
// connection went through, and what became of the program.
func stepsToShow(steps []Step) []bool {
	keep := make([]bool, len(steps))
	failing, asked := failingConnection(steps), -1
	var own []int
	for i, s := range steps {
		keep[i] = len(steps) <= manySteps || i < firstSteps || i >= len(steps)-lastSteps || isTurningPoint(s.Kind)
		if s.Who == failing && failing != "" {
			own = append(own, i)
		}
		if s.Kind == Noted {
			asked = i
		}
	}
	if asked >= 0 {
		keep[asked] = true
	}
	for place, i := range own {
		if len(own) <= manyOwn || place < firstOwn || place >= len(own)-lastOwn {
			keep[i] = true
		}
	}
	// A line that says "1 step left out" would be as long as the step.
	for i := 1; i+1 < len(keep); i++ {
		if keep[i-1] && keep[i+1] {
			keep[i] = true
		}
	}
	return keep
}

// isTurningPoint reports whether a step is rare and decides how to read those around it.
func isTurningPoint(k Kind) bool {
	return k == Wanted || k == Exited || k == Killed || k == Started || k == Listening
}

// failingConnection is the connection on which the test wanted something in vain, or else the last one that was used.
func failingConnection(steps []Step) string {
	for _, s := range slices.Backward(steps) {
		if s.Kind == Wanted && s.Who != "" {
			return s.Who
		}
	}
	for _, s := range slices.Backward(steps) {
		if s.Who != "" {
			return s.Who
		}
	}
	return ""
}

// inWords says what a step without data was.
var inWords = map[Kind]string{
	Started:    "the program was started",
	Listening:  "listening",
	Connected:  "connected",
	Accepted:   "accepted",
	HalfClosed: "the test closed its sending side",
	Closed:     "the test closed the connection",
	Reset:      "the test reset the connection",
	GotEOF:     "the program closed: end of stream",
	GotReset:   "the program reset the connection",
	Exited:     "the program ended",
	Killed:     "the test killed the program",
}

// stepText says what happened in a step; the text has several lines where the note has.
func stepText(s Step) string {
	note := Clean(s.Note)
	switch s.Kind {
	case Sent:
		return dataText("->", s.Data, note)
	case Received:
		return dataText("<-", s.Data, note)
	case Wanted:
		if s.Data != "" {
			return dataText("wanted", s.Data, note)
		}
		return withoutName(note, s.Who)
	}
	text, known := inWords[s.Kind]
	switch {
	case s.Kind == Observed, s.Kind == Noted, s.Kind == Listening && note != "":
		text = "" // the note is a sentence of its own
	case !known:
		text = Line(string(s.Kind), lineShown)
	}
	if note != "" {
		if text != "" {
			text += ": "
		}
		text += note
	}
	if s.Data != "" {
		text += " " + quoteWithLength(string(s.Data), dataShown)
	}
	return text
}

// withoutName drops the connection's name from the front of a sentence about it: the name stands in a column of its own.
func withoutName(sentence, name string) string {
	rest, found := strings.CutPrefix(sentence, name)
	if !found || name == "" {
		return sentence
	}
	if text := strings.TrimLeft(rest, ": "); text != rest {
		return text
	}
	return sentence
}

// dataText puts the bytes first and the note behind them; where there are no bytes the note stands in their place.
func dataText(verb string, data Bytes, note string) string {
	switch {
	case data == "" && note == "":
		return verb + ` ""`
	case data == "":
		return verb + " " + note
	case note == "":
		return verb + " " + quoteWithLength(string(data), dataShown)
	}
	return verb + " " + quoteWithLength(string(data), dataShown) + "; " + note
}
