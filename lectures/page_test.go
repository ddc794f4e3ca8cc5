package lectures

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// page is one Markdown file.
type page struct {
	path   string // below this package's folder, or beside it
	lines  []string
	blocks []block
}

// block is a fenced block of a page.
type block struct {
	info        string // what follows the opening fence: the language, and what we add to it
	first, last int    // its lines are page.lines[first:last]
}

var fence = regexp.MustCompile("^(`{3,}|~{3,})\\s*(.*)$")

func readPage(t *testing.T, path string) *page {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	p := parsePage(path, string(text))
	require.NotNil(t, p, "%s: a block is opened and never closed", path)
	return p
}

// parsePage finds the blocks of a page. It returns nil when one of them is never closed.
func parsePage(path, text string) *page {
	p := &page{path: filepath.ToSlash(path), lines: strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")}
	opened, marks := -1, ""
	for i, line := range p.lines {
		found := fence.FindStringSubmatch(line)
		switch {
		case found == nil:
		case opened < 0:
			opened, marks = i+1, found[1]
			p.blocks = append(p.blocks, block{info: strings.TrimSpace(found[2]), first: i + 1})
		case strings.HasPrefix(found[1], marks) && found[2] == "":
			p.blocks[len(p.blocks)-1].last = i
			opened = -1
		}
	}
	if opened >= 0 {
		return nil
	}
	return p
}

func (p *page) content(b block) []string { return p.lines[b.first:b.last] }

// prose is the page without its blocks, whose lines are left empty, so that line numbers stay true.
func (p *page) prose() []string {
	lines := slices.Clone(p.lines)
	for _, b := range p.blocks {
		for i := b.first - 1; i <= b.last; i++ {
			lines[i] = ""
		}
	}
	return lines
}

// rewrite puts new content into blocks and writes the page where that changed anything. A key is the index of a block.
func (p *page) rewrite(t *testing.T, contents map[int][]string) {
	t.Helper()
	lines := slices.Clone(p.lines)
	for i := len(p.blocks) - 1; i >= 0; i-- { // from the end, so that the places before stay where they are
		if content, ok := contents[i]; ok {
			lines = slices.Replace(lines, p.blocks[i].first, p.blocks[i].last, content...)
		}
	}
	p.write(t, lines)
}

func (p *page) write(t *testing.T, lines []string) {
	t.Helper()
	if !slices.Equal(lines, p.lines) {
		require.NoError(t, os.WriteFile(p.path, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
		t.Logf("%s is rewritten", p.path)
	}
}

func TestAPageIsTakenApart(t *testing.T) {
	p := parsePage("x.md", "# A\n```go a.go#b\nx\n```\ntext\n````text\n```\n````\n")
	require.NotNil(t, p)
	require.Len(t, p.blocks, 2)
	assert.Equal(t, "go a.go#b", p.blocks[0].info)
	assert.Equal(t, []string{"x"}, p.content(p.blocks[0]))
	assert.Equal(t, []string{"```"}, p.content(p.blocks[1]), "a longer fence may hold a shorter one")
	assert.Equal(t, []string{"# A", "", "", "", "text", "", "", ""}, p.prose())
	assert.Nil(t, parsePage("x.md", "```\nx\n"))
}

func TestAPageIsRewrittenBlockByBlock(t *testing.T) {
	p := parsePage(filepath.Join(t.TempDir(), "x.md"), "a\n```x\n```\nb\n```y\nold\n```\n")
	p.rewrite(t, map[int][]string{0: {"1", "2"}, 1: {"new"}})
	text, err := os.ReadFile(p.path)
	require.NoError(t, err)
	assert.Equal(t, "a\n```x\n1\n2\n```\nb\n```y\nnew\n```\n", string(text))
}
