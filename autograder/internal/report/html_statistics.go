package report

import (
	"fmt"
	"slices"
	"strings"

	"tcplab/autograder/internal/transcript"
)

// Mistake is a wrong program that the lab knows, and the tests that it fails. Who fails the same tests has probably made it.
type Mistake struct {
	Exercise    string // its folder's name
	Description string // what the program does wrong, in a sentence
	// Fails are the names of the tests that fail, without those that are skipped then.
	Fails []string
}

// spread is how the scores of a class are spread, laid out as a chart of ten bars. Students without a verdict do not count.
type spread struct {
	Counted                 int
	Mean, Median            string // in percent
	Bars                    []bar
	Width, Height, Baseline int
	MedianX                 int
}

type bar struct {
	Label               string // such as 90 to 100
	Count               int
	X, Y, Width, Height int
	Middle              int
}

// The measures of the chart, in CSS pixels.
const (
	barCount   = 10
	barApart   = 58
	barWidth   = 50
	barsHeight = 150
	barsTop    = 24
	barsLeft   = 10
)

func distribution(class []Student) spread {
	s := spread{Width: barsLeft*2 + barCount*barApart, Height: barsTop + barsHeight + 26, Baseline: barsTop + barsHeight}
	var shares []int
	var counts [barCount]int
	sum := 0
	for _, student := range class {
		if !student.Result.Complete {
			continue
		}
		share := percent(student.Result.Score, student.Result.MaxScore)
		shares = append(shares, share)
		counts[min(share*barCount/100, barCount-1)]++
		sum += share
	}
	s.Counted = len(shares)
	if s.Counted == 0 {
		return s
	}
	slices.Sort(shares)
	median := (shares[(len(shares)-1)/2] + shares[len(shares)/2]) / 2
	s.Mean, s.Median = fmt.Sprintf("%d %%", sum/len(shares)), fmt.Sprintf("%d %%", median)
	s.MedianX = barsLeft + median*barCount*barApart/100
	highest := slices.Max(counts[:])
	for i, n := range counts {
		height := n * barsHeight / highest
		b := bar{
			Label: fmt.Sprintf("%d–%d", i*10, i*10+9), Count: n, Width: barWidth, Height: height,
			X: barsLeft + i*barApart + (barApart-barWidth)/2, Y: s.Baseline - height,
		}
		if i == barCount-1 {
			b.Label = "90–100"
		}
		b.Middle = b.X + b.Width/2
		s.Bars = append(s.Bars, b)
	}
	return s
}

// The parts of the list of what was missed: more is nobody's next lecture.
const (
	missedShown   = 15
	mistakesShown = 3
)

// missedRow is a requirement that some of the class missed.
type missedRow struct {
	Exercise, Requirement string
	Missed, Judged        int
	Percent               int
	Mistakes              []likelyMistake
}

type likelyMistake struct {
	Description string
	Students    int // who fail the same tests as the program with this mistake
}

// missedOften lists the requirements that most students missed, each with the mistakes that such students probably made.
func missedOften(class []Student, columns []exerciseColumns, mistakes []Mistake) []missedRow {
	var rows []missedRow
	for _, c := range columns {
		for _, column := range c.Tests {
			row := missedRow{Exercise: c.Heading, Requirement: column.Requirement}
			made := map[string]int{}
			for _, s := range class {
				e, _ := exerciseOf(s.Result, c.ID)
				test, found := testOf(e, column.Name)
				if !found || test.Status != transcript.Pass && test.Status != transcript.Fail {
					continue
				}
				row.Judged++
				if test.Status == transcript.Pass {
					continue
				}
				row.Missed++
				failed := map[string]bool{}
				for _, other := range e.Tests {
					if other.Status == transcript.Fail {
						failed[other.Name] = true
					}
				}
				for _, m := range mistakes {
					if m.Exercise == c.ID && m.explains(failed) {
						made[m.Description]++
					}
				}
			}
			if row.Missed == 0 {
				continue
			}
			row.Percent = percent(row.Missed, row.Judged)
			for description, students := range made {
				row.Mistakes = append(row.Mistakes, likelyMistake{transcript.Line(description, messageShown), students})
			}
			slices.SortFunc(row.Mistakes, func(a, b likelyMistake) int {
				if a.Students != b.Students {
					return b.Students - a.Students
				}
				return strings.Compare(a.Description, b.Description)
			})
			row.Mistakes = row.Mistakes[:min(len(row.Mistakes), mistakesShown)]
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b missedRow) int { return b.Missed - a.Missed })
	return rows[:min(len(rows), missedShown)]
}

// explains reports whether a program with the mistake fails exactly these tests.
func (m Mistake) explains(failed map[string]bool) bool {
	different := map[string]bool{}
	for _, name := range m.Fails {
		if !failed[name] {
			return false
		}
		different[name] = true
	}
	return len(different) == len(failed)
}
