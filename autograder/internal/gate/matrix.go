package gate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// Matrix says which hidden test of an exercise fails for which of its wrong programs.
type Matrix struct {
	ID    string
	Tests []string
	Rows  []MatrixRow
}

// MatrixRow is one wrong program.
type MatrixRow struct {
	Program  string
	KilledBy string
	Verdicts map[string]transcript.Status // by the name of the test; of tests that were not run there is none
}

func newMatrix(ex exercise.Exercise, candidates []candidate, results []grade.ExerciseResult) Matrix {
	m := Matrix{ID: ex.ID}
	for _, test := range ex.Tests {
		m.Tests = append(m.Tests, test.Name)
	}
	for i, c := range candidates {
		if c.role != wrong || c.source.Exercise.ID != ex.ID || results[i].Status != grade.Graded {
			continue
		}
		row := MatrixRow{Program: c.variant.Name, KilledBy: c.variant.KilledBy, Verdicts: map[string]transcript.Status{}}
		for _, test := range results[i].Tests {
			row.Verdicts[test.Name] = test.Status
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// unproven are the tests that no wrong program names as its killer.
func (m Matrix) unproven() []string {
	return slices.DeleteFunc(slices.Clone(m.Tests), func(test string) bool {
		return slices.ContainsFunc(m.Rows, func(r MatrixRow) bool { return r.KilledBy == test })
	})
}

// cells are the marks of a verdict in the table, except the named killer's.
var cells = map[transcript.Status]string{
	transcript.Pass: "", transcript.Fail: "x", transcript.Skipped: "-", transcript.Error: "?",
}

// head begins the file of the matrices.
const head = "# Which test kills which wrong program\n\n" +
	"Written by `go run ./autograder check -update`. **X** is the test that has to kill the program, which every `check`\n" +
	"verifies; x is another one that fails, - one that was skipped because a test that it needs has failed.\n"

// section is what the title of an exercise's matrix begins with.
const section = "\n## "

// Markdown writes matrices as tables, columns aligned so that they can be read as plain text, too.
func Markdown(matrices []Matrix) string {
	var b strings.Builder
	b.WriteString(head)
	for _, m := range matrices {
		b.WriteString(m.markdown())
	}
	return b.String()
}

func (m Matrix) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n\n", section, m.ID)
	for i, test := range m.Tests {
		fmt.Fprintf(&b, "%d. %s\n", i+1, test)
	}
	b.WriteString("\n")
	b.WriteString(m.table())
	return b.String()
}

// Merge puts matrices in the place of those that a file written by Markdown holds of the same exercises, and leaves out
// exercises that are not among ids any more.
func Merge(kept string, matrices []Matrix, ids []string) string {
	sections := map[string]string{}
	for _, text := range strings.Split(kept, section)[1:] {
		id, _, _ := strings.Cut(text, "\n")
		sections[id] = section + text
	}
	for _, m := range matrices {
		sections[m.ID] = m.markdown()
	}
	merged := head
	for _, id := range ids {
		merged += sections[id]
	}
	return merged
}

// Failures reads, from a file written by Markdown, which tests fail for each wrong program of an exercise, those that were skipped
// left out.
func Failures(kept, id string) map[string][]string {
	failures := map[string][]string{}
	for _, text := range strings.Split(kept, section)[1:] {
		if first, _, _ := strings.Cut(text, "\n"); first != id {
			continue
		}
		var tests []string
		for line := range strings.Lines(text) {
			if _, name, ok := strings.Cut(strings.TrimSpace(line), ". "); ok && !strings.HasPrefix(line, "|") {
				tests = append(tests, name)
				continue
			}
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			program := strings.TrimSpace(cells[0])
			for i, cell := range cells[1:] {
				if strings.EqualFold(strings.TrimSpace(cell), "x") && i < len(tests) {
					failures[program] = append(failures[program], tests[i])
				}
			}
		}
	}
	return failures
}

var otherCells = regexp.MustCompile(` [x?-] \|`)

// KillersOf is a table by Markdown with nothing in it but the named killers, for comparison.
func KillersOf(table string) string { return otherCells.ReplaceAllString(table, "   |") }

func (m Matrix) table() string {
	width := len("wrong program")
	for _, row := range m.Rows {
		width = max(width, len(row.Program))
	}
	var b strings.Builder
	line := func(first string, rest func(i int) string) {
		fmt.Fprintf(&b, "| %-*s |", width, first)
		for i := range m.Tests {
			fmt.Fprintf(&b, " %2s |", rest(i))
		}
		b.WriteString("\n")
	}
	line("wrong program", func(i int) string { return fmt.Sprint(i + 1) })
	line(strings.Repeat("-", width), func(int) string { return "--" })
	for _, row := range m.Rows {
		line(row.Program, func(i int) string {
			if m.Tests[i] == row.KilledBy {
				return "X" // where it does not, that is a problem of its own
			}
			return cells[row.Verdicts[m.Tests[i]]]
		})
	}
	return b.String()
}
