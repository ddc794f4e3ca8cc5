package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tcplab/autograder/internal/transcript"
)

// worksheet is a table from a course platform, in which the scores of a class are filled in.
type worksheet struct {
	header []string
	rows   [][]string
}

// readWorksheet reads CSV as platforms write it: UTF-8, with commas, all rows of one length. A mark of the byte order is skipped.
func readWorksheet(data []byte, how string) (worksheet, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return worksheet{}, errors.New(how)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return worksheet{}, fmt.Errorf("the worksheet is not CSV as the platform writes it: %w; give the file as it was downloaded", err)
	}
	if len(rows[0]) == 1 {
		return worksheet{}, fmt.Errorf("the worksheet has one column, %s: it needs commas between columns; give the file as it "+
			"was downloaded", transcript.Quote([]byte(rows[0][0]), titleShown))
	}
	for _, row := range rows {
		for i := range row {
			// What else could give orders to a terminal is escaped; letters of all languages stay as the platform wrote them.
			row[i] = controls.ReplaceAllStringFunc(row[i], func(c string) string { return strings.Trim(strconv.QuoteToASCII(c), `"`) })
		}
	}
	return worksheet{header: rows[0], rows: rows[1:]}, nil
}

// controls are the control characters but newline, tab, and the marks that change the direction of writing.
var controls = regexp.MustCompile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]")

// clues are what a row says of the student whose it is.
type clues struct {
	texts       []string // an e-mail address, numbers, the name
	participant string   // Moodle's number; empty elsewhere
}

// fill decides whose each row is and calls set with the index of a student and of the row. A student's row is the one that holds
// the e-mail address, the id, or the number that Moodle gives to the folder of a submission; where there is none, the one that
// holds the name, as "Ada Lovelace" or "Lovelace, Ada". Case does not matter. A student with two such rows, or a row with two such
// students, is an error, since a wrong guess would be a wrong grade. Who is on one side only is told.
func (s worksheet) fill(class []Student, rows map[int]clues, options ClassOptions, set func(student, row int)) error {
	owner, err := owners(class, rows)
	if err != nil {
		return err
	}
	if len(owner) == 0 {
		return errors.New("no row of the worksheet is a student's of this class: is it the right course's? A row is found by the e-mail " +
			"address, the id or the name in roster.csv")
	}
	found := map[int]bool{}
	for row := range s.rows {
		if student, ok := owner[row]; ok {
			found[student] = true
			set(student, row)
		} else if c, ok := rows[row]; ok {
			options.tell("row %d of the worksheet, %s, is no student's of this class and stays as it is", row+2,
				transcript.Line(c.texts[0], titleShown))
		}
	}
	for i, student := range class {
		if !found[i] {
			options.tell("%s: not in the worksheet, so the platform gets no grade for this student", student.label())
		}
	}
	return nil
}

// owners says by row which student it is. Names are looked at last, and never take a row from whom an address or a number names.
func owners(class []Student, rows map[int]clues) (map[int]int, error) {
	holding := map[string][]int{}
	for row, c := range rows {
		for _, key := range c.keys() {
			holding[key] = append(holding[key], row)
		}
	}
	owner, certain := map[int]int{}, map[int]bool{}
	own := func(student int, keys []string) (bool, error) {
		var found []int
		for _, key := range keys {
			found = append(found, holding[key]...)
		}
		slices.Sort(found)
		found = slices.Compact(found)
		if len(found) == 0 {
			return false, nil
		}
		if len(found) > 1 {
			return true, fmt.Errorf("%s could be rows %d and %d of the worksheet: give the e-mail address or id in roster.csv that is in one "+
				"of them only", class[student].label(), found[0]+2, found[1]+2)
		}
		other, taken := owner[found[0]]
		if taken && !certain[found[0]] {
			return true, fmt.Errorf("row %d of the worksheet could be %s and %s: give both their e-mail addresses in roster.csv", found[0]+2,
				class[other].label(), class[student].label())
		}
		if !taken {
			owner[found[0]] = student
		}
		return true, nil
	}
	var byName []int
	for i, student := range class {
		found, err := own(i, student.keys())
		if err != nil {
			return nil, err
		}
		if !found && student.Name != "" {
			byName = append(byName, i)
		}
	}
	for row := range owner {
		certain[row] = true // by an address or a number
	}
	for _, i := range byName {
		if _, err := own(i, []string{nameKey(class[i].Name)}); err != nil {
			return nil, err
		}
	}
	return owner, nil
}

// keys are what a student is found by, of which each names one person only.
func (s Student) keys() (keys []string) {
	for _, text := range []string{s.Email, s.ID} {
		if key := textKey(text); key != "=" {
			keys = append(keys, key)
		}
	}
	if number := moodleFolder.FindStringSubmatch(s.ID); number != nil {
		keys = append(keys, "#"+number[1])
	}
	return keys
}

func (c clues) keys() (keys []string) {
	for _, text := range c.texts {
		if strings.TrimSpace(text) != "" {
			keys = append(keys, textKey(text), nameKey(text))
		}
	}
	if c.participant != "" {
		keys = append(keys, "#"+c.participant)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// moodleFolder finds the participant's number in the name that Moodle gives to the folder of a submission:
// Ada Lovelace_1815_assignsubmission_file.
var moodleFolder = regexp.MustCompile(`_(\d+)_assignsubmission_`)

func textKey(text string) string { return "=" + strings.ToLower(strings.TrimSpace(text)) }

// nameKey is the same for "Lovelace, Ada" and "Ada Lovelace".
func nameKey(name string) string {
	if last, first, found := strings.Cut(name, ","); found && !strings.Contains(first, ",") {
		name = first + " " + last
	}
	return "name=" + strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// columns shows the titles of a worksheet in a message.
func (s worksheet) columns() string {
	var titles []string
	for i := range s.header[:min(len(s.header), 20)] {
		titles = append(titles, s.title(i))
	}
	return strings.Join(titles, ", ")
}

func (s worksheet) title(column int) string { return transcript.Quote([]byte(s.header[column]), 40) }
