package report

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// HTMLClass writes one page on a class for the instructor: how the scores are spread, who met which requirement, what was missed
// most often and why, what did not build, and how long grading took. The markup is well-formed XML, too.
func HTMLClass(w io.Writer, class []Student, options ClassOptions) error {
	columns := heatColumns(class)
	view := classView{
		Title: transcript.Line(orElse(options.Title, "Class"), titleShown), Students: len(class),
		Scores: distribution(class), Columns: columns, Missed: missedOften(class, columns, options.Mistakes),
		Builds: buildFailures(class), Times: timesOf(class, columns),
	}
	for _, s := range class {
		row := studentRow(s, columns)
		if options.Page != nil {
			if page := options.Page(s.ID); page != "" {
				row.Page = "./" + (&url.URL{Path: page}).EscapedPath() // so that no name is taken for a scheme or a host
			}
		}
		view.Rows = append(view.Rows, row)
		if !s.Result.Complete {
			view.Incomplete++
		}
		if handedIn(s) {
			view.HandedIn++
		}
	}
	return writePage(w, "class.html", view)
}

type classView struct {
	Title                          string
	Students, HandedIn, Incomplete int
	Scores                         spread
	Columns                        []exerciseColumns
	Rows                           []heatRow
	Missed                         []missedRow
	Builds                         []buildRow
	Times                          []timeRow
}

// exerciseColumns are the columns of the heat map for one exercise: its score, and each of its tests.
type exerciseColumns struct {
	ID, Heading, Number string
	MaxScore            int
	Tests               []testColumn
}

type testColumn struct {
	Name, Requirement string
	Number            int // from 1
	MaxPoints         int
}

// heatColumns collects the exercises and tests of all results. Where one student's exercise was not built, another's names its tests.
func heatColumns(class []Student) []exerciseColumns {
	var columns []exerciseColumns
	for _, s := range class {
		for _, e := range s.Result.Exercises {
			at, found := slices.BinarySearchFunc(columns, e.ID, func(c exerciseColumns, id string) int { return strings.Compare(c.ID, id) })
			if !found {
				number, _, _ := strings.Cut(e.ID, "-")
				columns = slices.Insert(columns, at, exerciseColumns{ID: e.ID, Number: transcript.Line(number, 12), Heading: heading(e)})
			}
			c := &columns[at]
			c.MaxScore = max(c.MaxScore, e.MaxScore)
			for _, test := range e.Tests {
				if !slices.ContainsFunc(c.Tests, func(known testColumn) bool { return known.Name == test.Name }) {
					c.Tests = append(c.Tests, testColumn{
						Name: test.Name, Number: len(c.Tests) + 1, MaxPoints: test.MaxPoints,
						Requirement: transcript.Line(orElse(test.Requirement, test.Name), messageShown),
					})
				}
			}
		}
	}
	return columns
}

type heatRow struct {
	ID, Name, Page  string
	Score, MaxScore int
	Complete        bool
	Heat            int
	Exercises       []heatExercise
}

type heatExercise struct {
	Score string // empty where the student has no such exercise
	Heat  int    // from 0 to 4, by the share of points
	Cells []heatCell
}

// heatCell is a test of a student. Class is a letter of the style: p, f, s, e, or n where there is no verdict.
type heatCell struct{ Class, Text string }

// heatSigns are the classes and signs of verdicts; a test that passed shows its points.
var heatSigns = map[transcript.Status]heatCell{
	transcript.Pass: {Class: "p"}, transcript.Fail: {"f", "✗"}, transcript.Skipped: {"s", "–"}, transcript.Error: {"e", "!"},
}

func studentRow(s Student, columns []exerciseColumns) heatRow {
	row := heatRow{
		ID: transcript.Line(s.ID, titleShown), Name: transcript.Line(s.Name, titleShown),
		Score: s.Result.Score, MaxScore: s.Result.MaxScore, Complete: s.Result.Complete, Heat: heat(s.Result.Score, s.Result.MaxScore),
	}
	for _, c := range columns {
		var shown heatExercise
		e, found := exerciseOf(s.Result, c.ID)
		if found {
			shown.Score, shown.Heat = fmt.Sprint(e.Score), heat(e.Score, e.MaxScore)
		}
		for _, column := range c.Tests {
			cell := heatCell{Class: "n"}
			if test, found := testOf(e, column.Name); found {
				cell = heatSigns[test.Status]
				if test.Status == transcript.Pass {
					cell.Text = fmt.Sprint(test.Points)
				}
			}
			shown.Cells = append(shown.Cells, cell)
		}
		row.Exercises = append(row.Exercises, shown)
	}
	return row
}

// heat sorts a share into five steps; only nothing is 0 and only all of it is 4.
func heat(score, most int) int {
	switch {
	case score <= 0:
		return 0
	case score >= most:
		return 4
	}
	return 1 + min(2, percent(score, most)*3/100)
}

func exerciseOf(r grade.Result, id string) (grade.ExerciseResult, bool) {
	i := slices.IndexFunc(r.Exercises, func(e grade.ExerciseResult) bool { return e.ID == id })
	if i < 0 {
		return grade.ExerciseResult{}, false
	}
	return r.Exercises[i], true
}

func testOf(e grade.ExerciseResult, name string) (grade.TestResult, bool) {
	i := slices.IndexFunc(e.Tests, func(test grade.TestResult) bool { return test.Name == name })
	if i < 0 {
		return grade.TestResult{}, false
	}
	return e.Tests[i], true
}

// handedIn reports whether a student submitted any exercise.
func handedIn(s Student) bool {
	return slices.ContainsFunc(s.Result.Exercises, func(e grade.ExerciseResult) bool { return e.Status != grade.NotSubmitted })
}

// buildRow are those whose program of one exercise did not build.
type buildRow struct {
	Heading  string
	Students []buildStudent
}

type buildStudent struct {
	ID    string
	Lines []string
}

func buildFailures(class []Student) []buildRow {
	var rows []buildRow
	for _, c := range heatColumns(class) {
		row := buildRow{Heading: c.Heading}
		for _, s := range class {
			if e, found := exerciseOf(s.Result, c.ID); found && e.Status == grade.BuildFailed {
				row.Students = append(row.Students, buildStudent{
					transcript.Line(s.ID, titleShown), transcript.Lines(orElse(e.Message, "the compiler gave no reason"), 6, 200),
				})
			}
		}
		if len(row.Students) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// timeRow is what the tests of an exercise took.
type timeRow struct {
	Heading, Total, Median string
	Slowest, SlowestTook   string
}

func timesOf(class []Student, columns []exerciseColumns) []timeRow {
	var rows []timeRow
	for _, c := range columns {
		row := timeRow{Heading: c.Heading}
		var each []time.Duration
		var total, slowest time.Duration
		for _, s := range class {
			e, _ := exerciseOf(s.Result, c.ID)
			var own time.Duration
			for _, test := range e.Tests {
				took := time.Duration(test.DurationMS) * time.Millisecond
				own += took
				if took > slowest {
					slowest, row.Slowest = took, transcript.Line(orElse(test.Requirement, test.Name), titleShown)
				}
			}
			total += own
			if len(e.Tests) > 0 {
				each = append(each, own)
			}
		}
		if len(each) == 0 {
			continue
		}
		slices.Sort(each)
		row.Total, row.Median, row.SlowestTook = inSeconds(total), inSeconds(each[len(each)/2]), inSeconds(slowest)
		rows = append(rows, row)
	}
	return rows
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
