// Package report renders the result of grading: as text for people, as JSON for programs. A format is a function and an
// entry in the table below; nothing else knows how many formats there are.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tcplab/autograder/internal/grade"
)

// Again returns the command that runs a test of an exercise once more; without a test, all tests of the exercise. A nil
// Again leaves such commands out.
type Again func(exerciseID, test string) string

// Render writes a result in one format.
type Render func(w io.Writer, r grade.Result, again Again) error

var formats = map[string]Render{
	"html": HTML,
	"text": Text,
	"json": func(w io.Writer, r grade.Result, _ Again) error { return JSON(w, r) },
}

// Formats names all formats, in order.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Lookup finds a format by its name, so that a misspelt one is refused before anything is graded.
func Lookup(format string) (Render, error) {
	render, ok := formats[format]
	if !ok {
		return nil, fmt.Errorf("unknown format %.40q; the formats are: %s", format, strings.Join(Formats(), ", "))
	}
	return render, nil
}

// Write writes r to w in the named format.
func Write(format string, w io.Writer, r grade.Result, again Again) error {
	render, err := Lookup(format)
	if err != nil {
		return err
	}
	return render(w, r, again)
}
