package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tcplab/autograder/internal/transcript"
)

// canvasTitle is how Canvas titles the column of an assignment. Any other title makes Canvas create an assignment.
var canvasTitle = regexp.MustCompile(`\S \(\d+\)$`)

// canvasPerson are the columns that say who a row is, as Canvas titles them.
var canvasPerson = []string{"Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID"}

const canvasHow = "in Canvas, choose Export Entire Gradebook on the page of the grades, and say -worksheet with that file"

// Canvas writes the class as CSV that Canvas imports: the columns that say who a row is, and the assignment's. Given the gradebook
// that Canvas exports, it fills that column in: excused students (EX) stay excused, and rows of nobody in the class stay as they
// are. Without it the rows come from the roster, whose columns ID, SIS User ID and SIS Login ID are taken over; in their place
// the id and the e-mail address are used.
func Canvas(w io.Writer, class []Student, options ClassOptions) error {
	if !canvasTitle.MatchString(options.Assignment) {
		return fmt.Errorf("%q is not the title of a column in Canvas, and Canvas would create an assignment: say -assignment with its number, "+
			"such as \"TCP lab (12345)\", as the first line of an exported gradebook shows it", transcript.Line(options.Assignment, titleShown))
	}
	most, err := fullMarks(class)
	if err != nil {
		return err
	}
	if len(options.Worksheet) > 0 {
		return canvasExport(w, class, most, options)
	}
	rows := [][]string{
		{"Student", "ID", "SIS User ID", "SIS Login ID", "Section", neutral(options.Assignment)},
		{"    Points Possible", "", "", "", "", strconv.Itoa(most)},
	}
	for _, s := range class {
		rows = append(rows, []string{
			cell(orElse(s.Name, s.ID)), cell(s.more("ID")), cell(orElse(s.more("SIS User ID"), s.ID)),
			cell(orElse(s.more("SIS Login ID"), s.Email)), cell(s.Section), canvasGrade(s, options),
		})
	}
	return writeRows(w, rows)
}

// canvasGrade is a student's score, or nothing; why is told.
func canvasGrade(s Student, options ClassOptions) string {
	points, why := s.grade()
	if why != "" {
		options.tell("%s: %s", s.label(), why)
	}
	return points
}

func canvasExport(w io.Writer, class []Student, most int, options ClassOptions) error {
	sheet, err := readWorksheet(options.Worksheet, canvasHow)
	if err != nil {
		return err
	}
	section, column := slices.Index(sheet.header, "Section"), slices.Index(sheet.header, options.Assignment)
	id := slices.Index(sheet.header, "ID")
	if section < 0 || id < 0 || sheet.header[0] != "Student" {
		return fmt.Errorf("the worksheet is no gradebook that Canvas exports: it has no columns Student, ID and Section, but %s; "+
			"%s", sheet.columns(), canvasHow)
	}
	if column < 0 {
		return fmt.Errorf("the gradebook has no column %q, but %s: give the title as it stands there", options.Assignment, sheet.columns())
	}
	people := map[int]clues{}
	for i, row := range sheet.rows {
		if strings.TrimSpace(row[id]) != "" {
			people[i] = canvasClues(sheet.header, row)
			continue
		}
		// The rows before the first student: Points Possible, and how grades are posted.
		if possible, err := strconv.ParseFloat(row[column], 64); err == nil && possible != float64(most) {
			return fmt.Errorf("in Canvas %q is worth %s points, and the class was graded out of %d: set the assignment's points to %d "+
				"in Canvas and export again", options.Assignment, row[column], most, most)
		}
	}
	err = sheet.fill(class, people, options, func(student, row int) {
		if old := &sheet.rows[row][column]; !strings.EqualFold(strings.TrimSpace(*old), "EX") {
			*old = canvasGrade(class[student], options)
		}
	})
	if err != nil {
		return err
	}
	rows := [][]string{}
	for _, row := range append([][]string{sheet.header}, sheet.rows...) {
		kept := append(slices.Clone(row[:section+1]), row[column])
		for i := range kept {
			kept[i] = neutral(kept[i])
		}
		rows = append(rows, kept)
	}
	return writeRows(w, rows)
}

func canvasClues(header, row []string) (c clues) {
	for i, title := range header {
		if slices.Contains(canvasPerson, title) {
			c.texts = append(c.texts, row[i])
		}
	}
	return c
}
