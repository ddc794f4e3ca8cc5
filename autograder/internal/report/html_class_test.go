package report

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// lectureHall is a class of n students. Each fourth is perfect, one result is no verdict, and one handed nothing in.
func lectureHall(n int) []Student {
	requirements := []string{
		"The server speaks first.", "A client that stays silent delays nobody.", "Every client gets its own text.",
		"A line may arrive byte by byte.", "Five hundred conversations leave nothing behind.", "An abusive client harms nobody.",
	}
	exercises := []string{"Echo server", "Echo client", "Threaded server", "Line sessions", "Time streamer"}
	var class []Student
	for i := range n {
		r := grade.Result{Submission: fmt.Sprintf("s%03d", i), Complete: true}
		for x, title := range exercises {
			e := grade.ExerciseResult{
				ID: fmt.Sprintf("%02d-%s", x+1, strings.ReplaceAll(strings.ToLower(title), " ", "-")), Title: title, Status: grade.Graded, MaxScore: 12,
			}
			switch {
			case i == 1:
				e.Status = grade.NotSubmitted
			case (i+x)%11 == 10:
				e.Status, e.Message = grade.BuildFailed, "main.go:12:2: undefined: conn"
			default:
				for q, requirement := range requirements {
					test := grade.TestResult{
						Name: fmt.Sprintf("Test%d", q+1), Requirement: requirement, Status: transcript.Pass, Points: 2, MaxPoints: 2, DurationMS: int64(20 + 13*q + i),
					}
					if i%4 != 0 && (i*7+x*3+q*q)%5 == 0 {
						test.Status, test.Points, test.Message = transcript.Fail, 0, "no"
					} else if i%4 == 3 && q > 3 {
						test.Status, test.Points, test.DurationMS = transcript.Skipped, 0, 0
					}
					if i == 2 && x == 4 && q == 5 {
						test.Status, test.Points, r.Complete = transcript.Error, 0, false
					}
					e.Score += test.Points
					e.Tests = append(e.Tests, test)
				}
			}
			r.Score += e.Score
			r.MaxScore += e.MaxScore
			r.Exercises = append(r.Exercises, e)
		}
		names := []string{"Ada Lovelace", "Alan Turing", "Grace Hopper", "Barbara Liskov", "Edsger Dijkstra", "Radia Perlman"}
		class = append(class, Student{ID: r.Submission, Name: names[i%len(names)], Result: r})
	}
	return class
}

func hallOptions() ClassOptions {
	return ClassOptions{
		Title: "Computer networks, autumn 2027", Page: func(id string) string { return "students/" + id + ".html" },
		Mistakes: []Mistake{
			{Exercise: "01-echo-server", Description: "Serves one client at a time.", Fails: []string{"Test2"}},
			{Exercise: "01-echo-server", Description: "Closes before it answers.", Fails: []string{"Test1", "Test6"}},
			{Exercise: "03-threaded-server", Description: "Shares its buffer between all clients.", Fails: []string{"Test4"}},
		},
	}
}

func classPage(t *testing.T, class []Student, options ClassOptions) (string, *element) {
	t.Helper()
	var b strings.Builder
	require.NoError(t, HTMLClass(&b, class, options))
	return b.String(), parsePage(t, b.String())
}

func TestTheClassPageIsWhatItsGoldenFileShows(t *testing.T) {
	text, parsed := classPage(t, lectureHall(12), hallOptions())
	golden(t, "class.html", text)
	requireAccessible(t, parsed)
	requireSelfContained(t, parsed, 1)
}

func TestAClassOfNobodyHasAPage(t *testing.T) {
	for _, class := range [][]Student{nil, {{ID: "x"}}} {
		_, parsed := classPage(t, class, ClassOptions{})
		requireAccessible(t, parsed)
	}
}

func TestTheHeatMapHoldsTheScoresOfTheResults(t *testing.T) {
	class := lectureHall(23)
	_, parsed := classPage(t, class, hallOptions())
	rows := parsed.classed("table", "heat")[0].all("tbody")[0].children
	require.Len(t, rows, len(class))
	signs := map[transcript.Status]string{transcript.Fail: "✗", transcript.Skipped: "–", transcript.Error: "!"}
	for i, row := range rows {
		r := class[i].Result
		want := []string{fmt.Sprint(r.Score)}
		if !r.Complete {
			want[0] += "*"
		}
		sum := 0
		for _, e := range r.Exercises {
			want = append(want, fmt.Sprint(e.Score))
			for _, test := range e.Tests {
				text := signs[test.Status]
				if test.Status == transcript.Pass {
					text = fmt.Sprint(test.Points)
				}
				want = append(want, text)
			}
			for range 6 - len(e.Tests) {
				want = append(want, "")
			}
		}
		var got []string
		for _, cell := range row.all("td") {
			got = append(got, cell.text)
			if points, err := strconv.Atoi(cell.text); err == nil && cell.attr["class"] == "p" {
				sum += points
			}
		}
		assert.Equal(t, want, got)
		assert.Equal(t, r.Score, sum, "the cells add up to the score")
	}
}

func TestTheDistributionCountsEveryVerdictOnce(t *testing.T) {
	class := lectureHall(23)
	_, parsed := classPage(t, class, hallOptions())
	sum := 0
	for _, count := range parsed.classed("details", "story")[0].classed("td", "number") {
		n, err := strconv.Atoi(count.text)
		require.NoError(t, err)
		sum += n
	}
	assert.Equal(t, 22, sum, "one of 23 has no verdict")
	s := distribution([]Student{
		{Result: grade.Result{Complete: true, Score: 10, MaxScore: 10}}, {Result: grade.Result{Complete: true, MaxScore: 10}},
		{Result: grade.Result{Complete: true, Score: 5, MaxScore: 10}}, {Result: grade.Result{Score: 9, MaxScore: 10}},
	})
	var counts []int
	for _, bar := range s.Bars {
		counts = append(counts, bar.Count)
	}
	assert.Equal(t, []int{1, 0, 0, 0, 0, 1, 0, 0, 0, 1}, counts)
	assert.Equal(t, []string{"50 %", "50 %"}, []string{s.Mean, s.Median})
}

func TestWhatWasMissedComesWithTheMistakeOfTheSameFailures(t *testing.T) {
	fails := func(names ...string) Student {
		e := grade.ExerciseResult{ID: "01-x", Title: "X", Status: grade.Graded}
		for _, name := range []string{"TestA", "TestB", "TestC"} {
			test := grade.TestResult{Name: name, Requirement: name + " holds.", Status: transcript.Pass}
			for _, failed := range names {
				if failed == name {
					test.Status = transcript.Fail
				}
			}
			e.Tests = append(e.Tests, test)
		}
		return Student{Result: grade.Result{Complete: true, Exercises: []grade.ExerciseResult{e}}}
	}
	class := []Student{fails("TestB"), fails("TestB"), fails("TestA", "TestB"), fails("TestC"), fails()}
	rows := missedOften(class, heatColumns(class), []Mistake{
		{Exercise: "01-x", Description: "Forgets B.", Fails: []string{"TestB"}},
		{Exercise: "01-x", Description: "Forgets A and B.", Fails: []string{"TestB", "TestA"}},
		{Exercise: "01-x", Description: "Forgets everything.", Fails: []string{"TestA", "TestB", "TestC"}},
		{Exercise: "02-y", Description: "Of another exercise.", Fails: []string{"TestB"}},
	})
	require.Len(t, rows, 3)
	assert.Equal(t, missedRow{
		Exercise: "01 X", Requirement: "TestB holds.", Missed: 3, Judged: 5, Percent: 60,
		Mistakes: []likelyMistake{{"Forgets B.", 2}, {"Forgets A and B.", 1}},
	}, rows[0])
	assert.Equal(t, []likelyMistake{{"Forgets A and B.", 1}}, rows[1].Mistakes)
	assert.Empty(t, rows[2].Mistakes, "no known mistake fails C alone")
}

func TestEveryStudentIsALinkToAPageThatIsAFile(t *testing.T) {
	for id, want := range map[string]string{
		"ada": "./ada.html", "javascript:alert(1)//": "./javascript:alert%281%29//.html", "a b?c#d%41": "./a%20b%3fc%23d%2541.html", "//evil": ".///evil.html",
	} {
		_, parsed := classPage(t, []Student{{ID: id}}, ClassOptions{Page: func(id string) string { return id + ".html" }})
		links := parsed.classed("table", "heat")[0].all("a")
		require.Len(t, links, 1)
		assert.Equal(t, strings.ToLower(want), strings.ToLower(links[0].attr["href"]))
	}
	_, parsed := classPage(t, []Student{{ID: "ada"}}, ClassOptions{})
	assert.Empty(t, parsed.classed("table", "heat")[0].all("a"))
}

func TestThoseWhoseProgramDoesNotBuildAreNamedWithTheCompilersWords(t *testing.T) {
	class := lectureHall(12)
	_, parsed := classPage(t, class, hallOptions())
	builds := parsed.classed("ul", "builds")[0]
	n := 0
	for _, s := range class {
		for _, e := range s.Result.Exercises {
			if e.Status == grade.BuildFailed {
				n++
				assert.Contains(t, builds.text, s.ID)
			}
		}
	}
	require.Positive(t, n)
	assert.Equal(t, n, strings.Count(builds.text, "undefined: conn"))
}
