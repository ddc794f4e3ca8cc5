// Package report renders the result of grading: of one submission as text for people, as JSON for programs, and in the
// formats that course platforms and CI services read; of a class as gradebooks. A format is a function and an entry in one of
// two tables, below and in class.go; nothing else knows how many formats there are. FORMATS.md says who reads which.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/grade"
)

// Again returns the command that runs a test of an exercise once more; without a test, all tests of the exercise. A nil
// Again leaves such commands out.
type Again func(exerciseID, test string) string

// Options is what a report says beside the result. The zero value will do: the report is then made now, and by nobody.
type Options struct {
	Again Again
	// Start and Stop are when grading began and ended, for the formats that ask. A Stop that is zero is now, and a Start that
	// is zero is Stop.
	Start, Stop time.Time
	// Token ends what the github format keeps GitHub from reading as commands. An empty one is random, as it has to be: a
	// student who can guess it can give commands. Tests give one.
	Token string
	// Classroom50 is what only the classroom50 format asks for.
	Classroom50 Classroom50Run
}

// times are Start and Stop with what their zero values mean.
func (o Options) times() (start, stop time.Time) {
	start, stop = o.Start, o.Stop
	if stop.IsZero() {
		stop = time.Now()
	}
	if start.IsZero() {
		start = stop
	}
	return start.UTC(), stop.UTC()
}

// Render writes a result in one format.
type Render func(w io.Writer, r grade.Result, options Options) error

var formats = map[string]Render{
	"text":        func(w io.Writer, r grade.Result, options Options) error { return Text(w, r, options.Again) },
	"json":        func(w io.Writer, r grade.Result, _ Options) error { return JSON(w, r) },
	"junit":       JUnit,
	"markdown":    Markdown,
	"github":      GitHub,
	"gradescope":  Gradescope,
	"classroom50": Classroom50,
	"ctrf":        CTRF,
}

// Formats names all formats, in order.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Lookup finds a format by its name, so that a misspelt one is refused before anything is graded.
func Lookup(format string) (Render, error) { return lookup(formats, "format", format) }

func lookup[R any](table map[string]R, kind, format string) (R, error) {
	render, ok := table[format]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(table)), ", ")
		return render, fmt.Errorf("unknown %s %.40q; the %ss are: %s", kind, format, kind, names)
	}
	return render, nil
}

// Write writes r to w in the named format.
func Write(format string, w io.Writer, r grade.Result, options Options) error {
	render, err := Lookup(format)
	if err != nil {
		return err
	}
	return render(w, r, options)
}
