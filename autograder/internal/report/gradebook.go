package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// cellShown is more characters than any name or number has.
const cellShown = 1000

// Gradebook writes the class as CSV with a row for each student: who it is, the points of each exercise, their sum, and a note.
// Where a part could not be judged its cell is empty, and so is the sum; the note says what to do.
func Gradebook(w io.Writer, class []Student, options ClassOptions) error {
	more, exercises := columnsOf(class)
	header := []string{"id", "name", "email", "section"}
	for _, name := range slices.Concat(more, exercises) {
		header = append(header, cell(name))
	}
	out := csv.NewWriter(w)
	_ = out.Write(append(header, "score", "max_score", "note")) // the writer keeps its first error for Error
	for _, s := range class {
		row := []string{cell(s.ID), cell(s.Name), cell(s.Email), cell(s.Section)}
		for _, name := range more {
			row = append(row, cell(s.more(name)))
		}
		for _, id := range exercises {
			row = append(row, s.pointsOf(id))
		}
		points, why := s.grade()
		if why != "" {
			options.tell("%s: %s", s.label(), why)
		}
		_ = out.Write(append(row, points, strconv.Itoa(s.Result.MaxScore), cell(orElse(why, s.note()))))
	}
	out.Flush()
	return out.Error()
}

// columnsOf names the further columns of the roster and the exercises, each in the order in which the class first has it.
func columnsOf(class []Student) (more, exercises []string) {
	for _, s := range class {
		for _, column := range s.More {
			if !slices.Contains(more, column.Name) {
				more = append(more, column.Name)
			}
		}
		for _, e := range s.Result.Exercises {
			if !slices.Contains(exercises, e.ID) {
				exercises = append(exercises, e.ID)
			}
		}
	}
	return more, exercises
}

// more is what a further column of the roster holds of the student.
func (s Student) more(name string) string {
	for _, column := range s.More {
		if column.Name == name {
			return column.Value
		}
	}
	return ""
}

// pointsOf is the score of an exercise, or nothing where not all of it could be judged.
func (s Student) pointsOf(id string) string {
	for _, e := range s.Result.Exercises {
		if e.ID == id && len(unjudged(grade.Result{Exercises: []grade.ExerciseResult{e}})) == 0 {
			return strconv.Itoa(e.Score)
		}
	}
	return ""
}

// note says why exercises have no points that could have some.
func (s Student) note() string {
	var notes []string
	for _, e := range s.Result.Exercises {
		if e.Status != grade.Graded {
			notes = append(notes, heading(e)+": "+fate(e))
		}
	}
	return strings.Join(notes, "; ")
}

// cell is text from a roster or a student as a spreadsheet may show it, also one that takes a semicolon for the end of a cell.
func cell(text string) string {
	parts := strings.Split(transcript.Line(text, cellShown), ";")
	for i := range parts {
		parts[i] = neutral(parts[i])
	}
	return strings.Join(parts, ";")
}

// neutral keeps a spreadsheet from calculating what a cell says: an apostrophe in front makes it text. What begins a formula is
// OWASP's list (CSV Injection). A number with a sign, and a lone dash, which Moodle writes for nothing, are none.
func neutral(text string) string {
	start := strings.TrimLeft(text, " \u00a0\n")
	if start == "" || !strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(start)[0]) {
		return text
	}
	if _, err := strconv.ParseFloat(start, 64); err == nil || start == "-" {
		return text
	}
	return "'" + text
}

// writeRows writes CSV for a course platform.
func writeRows(w io.Writer, rows [][]string) error {
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("write the gradebook: %w", err)
	}
	return nil
}
