package report

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// Student is one member of a class with the result of what was submitted.
type Student struct {
	ID      string // the name of the submission, without the ending of an archive
	Name    string // empty where no roster says it, and so are the others
	Email   string
	Section string
	// More are the roster's further columns, in its order.
	More []Column
	// Result is that of the submission. A student of the roster who submitted nothing has one in which every exercise is
	// not-submitted.
	Result grade.Result
}

// Column is a further column of a roster with what it holds of one student.
type Column struct{ Name, Value string }

// ClassOptions is what a report on a class says beside the results.
type ClassOptions struct {
	Title string // of the course, where a format shows one
	// Assignment is the title of the column that Canvas shows, with its number: "TCP lab (12345)".
	Assignment string
	// Worksheet is what the course platform gave to be filled in: Moodle's grading worksheet, or the gradebook that Canvas
	// exports. Canvas can do without.
	Worksheet []byte
	// Tell is called with each line on what a person has to see to: a student whose result is not complete, or who is not in the
	// worksheet. It may be printed. A nil Tell leaves such lines out.
	Tell func(line string)
}

func (o ClassOptions) tell(format string, arguments ...any) {
	if o.Tell != nil {
		o.Tell(fmt.Sprintf(format, arguments...))
	}
}

// RenderClass writes the results of a class in one format.
type RenderClass func(w io.Writer, class []Student, options ClassOptions) error

var classFormats = map[string]RenderClass{
	"csv":    Gradebook,
	"canvas": Canvas,
	"moodle": Moodle,
}

// ClassFormats names all formats of a whole class, in order.
func ClassFormats() []string { return slices.Sorted(maps.Keys(classFormats)) }

// LookupClass finds a format of a whole class by its name, so that a misspelt one is refused before anything is graded.
func LookupClass(format string) (RenderClass, error) {
	return lookup(classFormats, "class format", format)
}

// label names a student in a message.
func (s Student) label() string {
	label := transcript.Line(s.ID, titleShown)
	if s.Name != "" {
		label += " (" + transcript.Line(s.Name, titleShown) + ")"
	}
	return label
}

// grade is what a gradebook holds of a student: the score, or nothing and why.
func (s Student) grade() (points, why string) {
	if s.Result.Complete {
		return fmt.Sprint(s.Result.Score), ""
	}
	return "", strings.Join(append([]string{"no grade: not everything could be judged, by no fault of the program"}, unjudged(s.Result)...), "; ") +
		"; " + gradeAgain
}

// fullMarks are the points that all of the class could earn, for platforms that know one number. It differs where not all were
// graded in the same exercises; such scores do not belong into one column.
func fullMarks(class []Student) (int, error) {
	if len(class) == 0 {
		return 0, errors.New("the class has no students: grade some submissions first")
	}
	for _, s := range class[1:] {
		if s.Result.MaxScore != class[0].Result.MaxScore {
			return 0, fmt.Errorf("%s was graded out of %d points and %s out of %d: grade the whole class in the same exercises first",
				class[0].label(), class[0].Result.MaxScore, s.label(), s.Result.MaxScore)
		}
	}
	return class[0].Result.MaxScore, nil
}
