package report

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// participant is what Moodle writes into the column Identifier, in the language of whoever downloads it: a word and a number.
var participant = regexp.MustCompile(`^\pL[^\d]*[\s\x{a0}\x{202f}](\d+)$`)

const moodleHow = "the moodle format fills in the grading worksheet of the assignment: in Moodle, allow the feedback type Offline grading " +
	"worksheet, choose Download grading worksheet on the page of the submissions, and say -worksheet with that file"

// Moodle fills in the grading worksheet that Moodle gives for an assignment, and changes nothing but grades. Titles are in the
// language of whoever downloaded it, so that the columns are found by what they hold: Identifier is the first in which every row
// holds a word and a number, another in each; Maximum Grade the one behind it in which every row holds the same number, next to a column of numbers
// and empty cells, which is Grade.
func Moodle(w io.Writer, class []Student, options ClassOptions) error {
	most, err := fullMarks(class)
	if err != nil {
		return err
	}
	sheet, err := readWorksheet(options.Worksheet, moodleHow)
	if err != nil {
		return err
	}
	if len(sheet.rows) == 0 {
		return errors.New("the worksheet has no rows: " + moodleHow)
	}
	identifier, err := sheet.identifier()
	if err != nil {
		return err
	}
	column, possible, err := sheet.gradeColumn(identifier)
	if err != nil {
		return err
	}
	if possible != float64(most) {
		return fmt.Errorf("in Moodle the maximum grade is %s, and the class was graded out of %d: set it to %d in the assignment's settings "+
			"and download the worksheet again", strconv.FormatFloat(possible, 'f', -1, 64), most, most)
	}
	people := map[int]clues{}
	for i, row := range sheet.rows {
		// Who it is stands before the grade; behind it could be a student's own text.
		people[i] = clues{texts: row[identifier:column], participant: participant.FindStringSubmatch(row[identifier])[1]}
	}
	err = sheet.fill(class, people, options, func(student, row int) {
		points, why := class[student].grade()
		if why != "" {
			options.tell("%s: %s", class[student].label(), why)
		}
		sheet.rows[row][column] = points
	})
	if err != nil {
		return err
	}
	rows := append([][]string{sheet.header}, sheet.rows...)
	for _, row := range rows {
		for i := range row {
			row[i] = neutral(row[i])
		}
	}
	return writeRows(w, rows)
}

// identifier finds the column Identifier. Groups look like it, but more than one student is in them.
func (s worksheet) identifier() (int, error) {
	for i := range s.header {
		seen := map[string]bool{}
		if s.all(func(row []string) bool {
			again := seen[row[i]]
			seen[row[i]] = true
			return !again && participant.MatchString(row[i])
		}) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no column of the worksheet is Moodle's Identifier: none holds a word and a number, such as \"Participant 123\", in "+
		"every row, and another in each; the columns are %s; %s", s.columns(), moodleHow)
}

// gradeColumn finds the column Grade, and how many points Moodle gives at most.
func (s worksheet) gradeColumn(identifier int) (column int, most float64, err error) {
	var found []int
	for i := identifier + 2; i < len(s.header); i++ {
		grade, limit := i-1, s.rows[0][i]
		if value, ok := number(limit); ok && value > 0 && s.all(func(row []string) bool { return row[i] == limit && gradeOrNone(row[grade]) }) {
			found, column, most = append(found, i), grade, value
		}
	}
	if len(found) == 0 {
		return 0, 0, fmt.Errorf("no column of the worksheet is Moodle's Maximum Grade: none behind the identifier holds one number in every row, "+
			"next to grades or empty cells; the columns are %s; an assignment that is graded by a scale cannot be filled in", s.columns())
	}
	// Where all have the same grade and nothing stands before it, Grade looks the same. Maximum Grade is behind it then.
	if first, last := found[0], found[len(found)-1]; last-first >= len(found) {
		return 0, 0, fmt.Errorf("the columns %s and %s of the worksheet could both be Moodle's Maximum Grade: %s", s.title(first), s.title(last), moodleHow)
	}
	return column, most, nil
}

func (s worksheet) all(holds func(row []string) bool) bool {
	for _, row := range s.rows {
		if !holds(row) {
			return false
		}
	}
	return true
}

func gradeOrNone(text string) bool {
	text = strings.TrimSpace(text)
	_, ok := number(text)
	return ok || text == "" || text == "-"
}

// number reads a number as Moodle writes it, in some languages with a comma.
func number(text string) (float64, bool) {
	value, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	return value, err == nil
}
