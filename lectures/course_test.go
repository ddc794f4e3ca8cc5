package lectures

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/lectures/quiz"
)

// coursePage holds the table of what the course teaches and where.
const coursePage = "README.md"

// points are what the course teaches. The sixth is taught in five ways.
var points = []string{"1", "2", "3", "4", "5", "6a", "6b", "6c", "6d", "6e", "7", "8", "9"}

// courseTable is the first table of a page: of each row, its cells.
func courseTable(p *page) [][]string {
	var rows [][]string
	for _, line := range p.prose() {
		row, ok := strings.CutPrefix(line, "|")
		switch {
		case !ok && len(rows) > 0:
			return rows
		case !ok || strings.HasPrefix(row, "---"):
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.TrimSuffix(row, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows
}

// The table maps every point of the course to a lecture, and where they make sense to an example, an exercise and a question.
func TestEveryPointOfTheCourseHasItsPlace(t *testing.T) {
	table := courseTable(readPage(t, coursePage))
	require.NotEmpty(t, table, "%s has no table", coursePage)
	var found []string
	asked := map[string]bool{}
	lectures, err := quiz.Load(".")
	require.NoError(t, err)
	for _, lecture := range lectures {
		for _, q := range lecture.Questions {
			asked[q.ID] = true
		}
	}
	for _, row := range table[1:] {
		require.Len(t, row, 5, "%s: a row is: point, lecture, example, exercise, question", coursePage)
		point, _, _ := strings.Cut(row[0], ".")
		found = append(found, point)
		for i, folder := range []string{"[0-9][0-9]-*/README.md", "[0-9][0-9]-*", "../exercises/*/README.md", reviewPage} {
			cell := row[i+1]
			links := inlineLink.FindAllStringSubmatch(cell, -1)
			// Not everything can be shown by a program, or be the matter of an exercise.
			if cell == "–" && (i == 1 || i == 2) {
				continue
			}
			assert.NotEmpty(t, links, "%s: point %s: %q links nowhere", coursePage, point, cell)
			for _, link := range links {
				assert.Empty(t, brokenLink(coursePage, link[1]), "%s: point %s links to %s", coursePage, point, link[1])
				file, anchor, _ := strings.Cut(link[1], "#")
				if i == 1 {
					_, err := os.Stat(filepath.Join(file, "main.go"))
					assert.NoError(t, err, "%s: point %s: an example is a folder with a program", coursePage, point)
					file, _, _ = strings.Cut(file, "/")
				}
				matches, err := path.Match(folder, file)
				require.NoError(t, err)
				assert.True(t, matches, "%s: point %s: %s does not belong into this column", coursePage, point, link[1])
				if i == 3 {
					assert.True(t, asked[anchor], "%s: point %s: no lecture asks %q", coursePage, point, anchor)
				}
			}
		}
	}
	assert.Equal(t, points, found)
}

// Every lecture can be read from the first page on, one after the other, and all but the first and the last show what happens
// when their programs run.
func TestEveryLectureLeadsToTheNext(t *testing.T) {
	folders := lectureFolders(t)
	listed := map[string]bool{}
	for _, target := range readPage(t, coursePage).links() {
		file, _, _ := strings.Cut(target, "#")
		listed[file] = true
	}
	for i, folder := range folders {
		p := readPage(t, path.Join(folder, "README.md"))
		links := p.links()
		if i > 0 {
			assert.Contains(t, links, "../"+folders[i-1]+"/README.md", "%s does not link to the lecture before it", p.path)
		}
		if i+1 < len(folders) {
			assert.Contains(t, links, "../"+folders[i+1]+"/README.md", "%s does not link to the next lecture", p.path)
		}
		assert.True(t, listed[folder+"/README.md"], "%s does not list %s", coursePage, folder)
		if i > 0 && i+1 < len(folders) {
			sessions := 0
			for _, b := range p.blocks {
				if b.info == sessionInfo {
					sessions++
				}
			}
			assert.Positive(t, sessions, "%s shows no session", p.path)
		}
	}
}

func TestATableIsReadCellByCell(t *testing.T) {
	p := parsePage("x.md", "# T\n\n| a | b |\n|---|---|\n| [1](x) | – |\n\n| no | more |\n")
	assert.Equal(t, [][]string{{"a", "b"}, {"[1](x)", "–"}}, courseTable(p))
}
