package report

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
)

// class is one of each kind: full marks, half of them, nothing handed in, and a result that is no verdict.
func class() []Student {
	half, nothing := perfect(), perfect()
	half.Submission, half.Score = "bob", 10
	half.Exercises[1] = mixed().Exercises[1]
	nothing.Score = 0
	for i := range nothing.Exercises {
		nothing.Exercises[i] = grade.ExerciseResult{
			ID: perfect().Exercises[i].ID, Title: perfect().Exercises[i].Title, Status: grade.NotSubmitted, MaxScore: 10,
		}
	}
	return []Student{
		{
			ID: "Ada Lovelace_1815_assignsubmission_file", Name: "Ada Lovelace", Email: "ada@example.org", Section: "A",
			More: []Column{{"ID", "501"}, {"tutor", "Mary"}}, Result: perfect(),
		},
		{ID: "bob", Name: "Bob, the \"builder\"", Email: "bob@example.org", Section: "B", More: []Column{{"SIS Login ID", "bb1"}}, Result: half},
		{ID: "eve", Name: "=HYPERLINK(\"http://x\")", Result: nothing},
		{ID: "grace", Name: "Grace Hopper", Email: "grace@example.org", Section: "A", Result: broken()},
	}
}

// moodleWorksheet is one that a German teacher downloads; somebody is in the course who is not in the class.
const moodleWorksheet = "\ufeffID,\"Vollständiger Name\",E-Mail-Adresse,Status,Gruppe,Bewertung,Bestwertung,\"Bewertung kann geändert werden\"," +
	"\"Zuletzt geändert (Abgabe)\",\"Zuletzt geändert (Bewertung)\",Feedback\n" +
	"\"Teilnehmer/in 1815\",\"Ada Lovelace\",ada@other.example,\"Zur Bewertung abgegeben\",Gruppe 1,,\"20,00\",Ja,\"Sonntag, 31. Januar 2027, 23:58\",-,\n" +
	"\"Teilnehmer/in 1816\",\"Robert Builder\",BOB@example.org,Entwurf,Gruppe 1,\"3,00\",\"20,00\",Ja,-,-,\"<p>Well, \"\"done\"\"</p>\n- really\"\n" +
	"\"Teilnehmer/in 1906\",\"Hopper, Grace\",,Entwurf,Gruppe 2,\"4,00\",\"20,00\",Ja,-,-,\n" +
	"\"Teilnehmer/in 1900\",\"=cmd()\",eve,Entwurf,Gruppe 2,,\"20,00\",Ja,-,-,\n" +
	"\"Teilnehmer/in 1999\",\"Nobody Known\",nobody@example.org,Entwurf,Gruppe 2,\"7,00\",\"20,00\",Ja,-,-,\n"

const canvasExported = "Student,ID,SIS User ID,SIS Login ID,Section,Warm-up (11),TCP lab (12345),Current Score (read only)\n" +
	",,,,,,Manual Posting,\n" +
	"    Points Possible,,,,,5,20,(read only)\n" +
	"\"Lovelace, Ada\",501,u1,ada@example.org,A,5,3,99\n" +
	"\"Builder, Bob\",502,bob,bb1,B,,EX,1\n" +
	"\"Hopper, Grace\",503,u3,gh1,A,,17,1\n" +
	"\"=cmd()\",504,eve,e1,A,,,1\n" +
	"\"Student, Test\",505,,0123abcd,A,,,\n"

func renderClass(t *testing.T, format string, class []Student, options ClassOptions) string {
	t.Helper()
	render, err := LookupClass(format)
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, render(&b, class, options))
	return b.String()
}

// told renders a class and returns what a person has to see to besides.
func told(t *testing.T, format string, class []Student, options ClassOptions) (text string, lines []string) {
	t.Helper()
	options.Tell = func(line string) { lines = append(lines, line) }
	return renderClass(t, format, class, options), lines
}

func classOptions(format string) ClassOptions {
	options := ClassOptions{Title: "TCP", Assignment: "TCP lab (12345)"}
	switch format {
	case "moodle":
		options.Worksheet = []byte(moodleWorksheet)
	case "canvas":
		options.Worksheet = []byte(canvasExported)
	}
	return options
}

// table reads CSV into a map for each row, by the titles of its columns.
func table(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, row := range all[1:] {
		cells := map[string]string{}
		for i, title := range all[0] {
			require.NotContains(t, cells, title, "two columns have one title")
			cells[title] = row[i]
		}
		rows = append(rows, cells)
	}
	return rows
}

func column(rows []map[string]string, title string) (cells []string) {
	for _, row := range rows {
		cells = append(cells, row[title])
	}
	return cells
}

func requireNoFormulas(t *testing.T, text string) {
	t.Helper()
	for _, separator := range ",;" {
		reader := csv.NewReader(strings.NewReader(text))
		reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = separator, -1, true
		all, err := reader.ReadAll()
		require.NoError(t, err)
		for _, row := range all {
			for _, cell := range row {
				cell = strings.TrimSpace(cell)
				if _, err := strconv.ParseFloat(cell, 64); cell == "" || cell == "-" || err == nil {
					continue
				}
				require.NotContains(t, "=+-@＝＋－＠", string([]rune(cell)[0]), "a spreadsheet would calculate %q", cell)
			}
		}
	}
}

func TestEveryClassFormatWritesWhatItsGoldenFileShows(t *testing.T) {
	for _, format := range []string{"csv", "canvas", "moodle"} {
		golden(t, "class."+format, renderClass(t, format, class(), classOptions(format)))
	}
	golden(t, "roster.canvas", renderClass(t, "canvas", class(), ClassOptions{Assignment: "TCP lab (12345)"}))
}

func TestAnUnknownClassFormatIsRefusedWithTheKnownOnes(t *testing.T) {
	_, err := LookupClass("cvs")
	require.EqualError(t, err, `unknown class format "cvs"; the class formats are: `+strings.Join(ClassFormats(), ", "))
	assert.Subset(t, ClassFormats(), []string{"canvas", "csv", "moodle"})
}

func TestEveryStudentIsInEveryGradebookWithTheScoreOfTheJSON(t *testing.T) {
	var want []string
	for _, s := range class() {
		r := readJSON(t, render(t, "json", s.Result))
		if r.complete {
			want = append(want, strconv.Itoa(r.total[0]))
		} else {
			want = append(want, "")
		}
	}
	require.Equal(t, []string{"20", "10", "0", ""}, want)
	book := table(t, renderClass(t, "csv", class(), ClassOptions{}))
	assert.Equal(t, want, column(book, "score"))
	assert.Equal(t, []string{"20", "20", "20", "20"}, column(book, "max_score"))
	assert.Equal(t, []string{"10", "10", "0", ""}, column(book, "01-echo-server"))
	assert.Equal(t, []string{"10", "0", "0", ""}, column(book, "02-echo-client"))
	assert.Equal(t, []string{"Mary", "", "", ""}, column(book, "tutor"))

	roster := table(t, renderClass(t, "canvas", class(), ClassOptions{Assignment: "TCP lab (12345)"}))
	assert.Equal(t, append([]string{"20"}, want...), column(roster, "TCP lab (12345)"))
	assert.Equal(t, []string{"", "501", "", "", ""}, column(roster, "ID"))
	assert.Equal(t, []string{"", "ada@example.org", "bb1", "", "grace@example.org"}, column(roster, "SIS Login ID"))

	exported := table(t, renderClass(t, "canvas", class(), classOptions("canvas")))
	assert.Equal(t, []string{"Manual Posting", "20", "20", "EX", "", "0", ""}, column(exported, "TCP lab (12345)"))
	assert.NotContains(t, exported[0], "Warm-up (11)", "an assignment that is not graded here is none of ours")

	filled := table(t, renderClass(t, "moodle", class(), classOptions("moodle")))
	assert.Equal(t, []string{"20", "10", "", "0", "7,00"}, column(filled, "Bewertung"))
}

func TestAWorksheetKeepsWhatIsNoGrade(t *testing.T) {
	before := table(t, strings.TrimPrefix(moodleWorksheet, "\ufeff"))
	after := table(t, renderClass(t, "moodle", class(), classOptions("moodle")))
	require.Len(t, after, len(before))
	for i := range before {
		for title, cell := range before[i] {
			if title != "Bewertung" && cell != "=cmd()" {
				assert.Equal(t, cell, after[i][title], "row %d, %s", i, title)
			}
		}
	}
}

func TestWhatAPersonHasToSeeToIsTold(t *testing.T) {
	for _, format := range []string{"csv", "canvas", "moodle"} {
		text, lines := told(t, format, class(), classOptions(format))
		assert.Contains(t, strings.Join(lines, "\n"), "grace (Grace Hopper): no grade: not everything could be judged", format)
		assert.Contains(t, strings.Join(lines, "\n"), "autograder doctor", format)
		if format == "csv" {
			require.Len(t, lines, 1)
			assert.Contains(t, text, "02 Echo client could not be graded")
			continue
		}
		require.Len(t, lines, 2)
		assert.Regexp(t, `^row \d+ of the worksheet, .*(Student, Test|1999), is no student's of this class and stays as it is$`,
			strings.Join(lines, "\n")[strings.Index(strings.Join(lines, "\n"), "row "):])
	}
	absent := append(class(), Student{ID: "mallory\x1b[2J", Result: perfect()})
	_, lines := told(t, "moodle", absent, classOptions("moodle"))
	assert.Equal(t, `mallory\x1b[2J: not in the worksheet, so the platform gets no grade for this student`, lines[len(lines)-1])
}

func TestAStudentIsFoundByAddressNumberOrName(t *testing.T) {
	rows := map[int]clues{
		0: {texts: []string{"Participant 7", "Ada Lovelace", "ada@example.org"}, participant: "7"},
		1: {texts: []string{"Participant 8", "Hopper, Grace", ""}, participant: "8"},
	}
	for name, s := range map[string]Student{
		"address":      {ID: "x", Email: " ADA@example.org"},
		"id":           {ID: "ada@example.org"},
		"identifier":   {ID: "participant 7"},
		"Moodle's zip": {ID: "Some_Name_7_assignsubmission_file_"},
		"name":         {ID: "x", Name: "ada  lovelace"},
	} {
		owner, err := owners([]Student{s}, rows)
		require.NoError(t, err, name)
		assert.Equal(t, map[int]int{0: 0}, owner, name)
	}
	owner, err := owners([]Student{{ID: "x", Name: "Grace Hopper"}}, rows)
	require.NoError(t, err)
	assert.Equal(t, map[int]int{1: 0}, owner)
	owner, err = owners([]Student{{ID: "7"}, {ID: "8_assignsubmission_file"}, {ID: "", Name: "", Email: " "}}, rows)
	require.NoError(t, err)
	assert.Empty(t, owner, "a number alone is nobody's")
	owner, err = owners([]Student{{ID: "other", Name: "Ada Lovelace"}, {ID: "ada", Email: "ada@example.org", Name: "Ada Lovelace"}}, rows)
	require.NoError(t, err)
	assert.Equal(t, map[int]int{0: 1}, owner, "a name takes no row from whom an address names")
}

func TestAnAmbiguousStudentIsNoGuess(t *testing.T) {
	rows := map[int]clues{
		0: {texts: []string{"Ada Lovelace", "ada@example.org"}}, 1: {texts: []string{"Ada Lovelace", "lovelace"}}, 2: {texts: []string{"Bob"}},
	}
	for want, students := range map[string][]Student{
		"a (Ada Lovelace) could be rows 2 and 3 of the worksheet": {{ID: "a", Name: "Ada Lovelace"}},
		"lovelace could be rows 2 and 3":                          {{ID: "lovelace", Email: "ada@example.org"}},
		"row 2 of the worksheet could be a and ada@example.org":   {{ID: "a", Email: "ada@example.org"}, {ID: "ada@example.org"}},
		"row 4 of the worksheet could be b (Bob) and c (Bob)":     {{ID: "b", Name: "Bob"}, {ID: "c", Name: "Bob"}},
	} {
		_, err := owners(students, rows)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "roster.csv")
	}
}

func TestAWorksheetThatIsNotWhatItShouldBeIsRefusedWithWhatToDo(t *testing.T) {
	for _, c := range []struct{ format, change, to, want string }{
		{"moodle", moodleWorksheet, "", "choose Download grading worksheet"},
		{"moodle", moodleWorksheet, "a;b\n1;2\n", "has one column"},
		{"moodle", moodleWorksheet, "a,b\n1,2,3\n", "not CSV as the platform writes it"},
		{"moodle", moodleWorksheet, "a,b\n", "has no rows"},
		{"moodle", "Teilnehmer/in 1999", "someone", "no column of the worksheet is Moodle's Identifier"},
		{"moodle", `"20,00",Ja,-,-,` + "\n" + `"Teilnehmer/in 1999"`, `A,Ja,-,-,` + "\n" + `"Teilnehmer/in 1999"`, "no column of the worksheet is Moodle's Maximum Grade"},
		{"moodle", "20,00", "30,00", "in Moodle the maximum grade is 30, and the class was graded out of 20"},
		{"moodle", moodleWorksheet, "i,n,g,m\nP 1,Nobody,,20\n", "is it the right course's?"},
		{"canvas", "Section", "section", "Export Entire Gradebook"},
		{"canvas", "TCP lab (12345)", "TCP lab (9)", `the gradebook has no column "TCP lab (12345)", but "Student", "ID"`},
		{"canvas", "Possible,,,,,5,20", "Possible,,,,,5,30", "worth 30 points, and the class was graded out of 20"},
	} {
		options := classOptions(c.format)
		options.Worksheet = []byte(strings.ReplaceAll(string(options.Worksheet), c.change, c.to))
		render, err := LookupClass(c.format)
		require.NoError(t, err)
		var b strings.Builder
		require.ErrorContains(t, render(&b, class(), options), c.want)
		assert.Empty(t, b.String(), "half a gradebook is none")
	}
	var b strings.Builder
	require.ErrorContains(t, Canvas(&b, class(), ClassOptions{Assignment: "TCP lab"}), "Canvas would create an assignment")
	others := class()
	others[2].Result.MaxScore = 30
	require.ErrorContains(t, Canvas(&b, others, classOptions("canvas")), "graded out of 20 points and eve")
	require.ErrorContains(t, Moodle(&b, nil, classOptions("moodle")), "has no students")
}

func TestMoodlesColumnsAreFoundWhereAllGradesAreTheSame(t *testing.T) {
	sheet := "Identifier,Full name,Group,Grade,Maximum Grade,Grade can be changed,Last modified (grade)\n" +
		"Participant 1815,Ada,,85.00,20,Yes,-\nParticipant 1816,Bob,,85.00,20,Yes,-\n"
	rows := table(t, renderClass(t, "moodle", class()[:1], ClassOptions{Worksheet: []byte(sheet)}))
	assert.Equal(t, []string{"20", "85.00"}, column(rows, "Grade"))
	apart := strings.ReplaceAll(strings.ReplaceAll(sheet, ",Group,", ",Group,Bonus,X,"), ",,", ",,5,x,")
	var b strings.Builder
	require.ErrorContains(t, Moodle(&b, class(), ClassOptions{Worksheet: []byte(apart)}), "could both be Moodle's Maximum Grade")
}

func TestNothingFromAStudentIsAFormulaOrAnOrder(t *testing.T) {
	for _, text := range []string{
		"=cmd()", " =cmd()", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "x;=cmd()", "x; @y", evil,
		strings.Repeat("=cmd()\x00::error::x\n", 2<<10),
	} {
		hostile := class()
		s := &hostile[0]
		s.ID, s.Name, s.Section, s.More = text, text, text, []Column{{text, text}, {"SIS User ID", text}}
		s.Result.Exercises[0].ID, s.Result.Exercises[0].Title = text, text
		s.Result.Exercises[0].Status, s.Result.Exercises[0].Message = grade.BuildFailed, text
		for _, format := range ClassFormats() {
			if format != "csv" && format != "canvas" {
				continue
			}
			out, lines := told(t, format, hostile, ClassOptions{Assignment: "TCP lab (12345)"})
			requireHarmless(t, format, out+strings.Join(lines, "\n"))
			requireNoFormulas(t, out)
			assert.Less(t, len(out), 64<<10)
		}
	}
	for _, text := range []string{"-", "-5", "+3.5", "Anna-Lena", "a=b", "", "O'Neill"} {
		assert.Equal(t, text, cell(text))
	}
	for _, format := range []string{"canvas", "moodle"} {
		requireNoFormulas(t, strings.ReplaceAll(renderClass(t, format, class(), classOptions(format)), "\n- really", ""))
		options := classOptions(format)
		options.Worksheet = []byte(strings.ReplaceAll(string(options.Worksheet), "=cmd()", "\x1b[2J\u202e"))
		requireHarmless(t, format, renderClass(t, format, class(), options))
	}
}

func TestAnErrorOfTheWriterOfAClassIsReported(t *testing.T) {
	for _, format := range []string{"csv", "canvas", "moodle"} {
		render, err := LookupClass(format)
		require.NoError(t, err)
		require.ErrorContains(t, render(brokenPipe{}, class(), classOptions(format)), "broken pipe")
	}
}

func TestTheDocumentNamesEveryFormat(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("FORMATS.md"))
	require.NoError(t, err)
	for _, format := range append(Formats(), ClassFormats()...) {
		assert.Contains(t, string(document), fmt.Sprintf("| `%s` |", format))
	}
}
