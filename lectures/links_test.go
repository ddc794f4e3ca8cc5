package lectures

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// inlineLink is [words](target) or ![words](target); words may hold brackets of an image inside.
	inlineLink = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)`)
	htmlLink   = regexp.MustCompile(`(?:src|href|srcset)="([^"]+)"`)
	htmlAnchor = regexp.MustCompile(`<a (?:id|name)="([^"]+)">`)
	heading    = regexp.MustCompile(`^#{1,6} +(.+?)(?: +#+)?$`)
	codeSpan   = regexp.MustCompile("`[^`]*`")
	// slugless are the characters that code hosts leave out of an anchor.
	slugless = regexp.MustCompile(`[^\p{L}\p{N}\p{M}_ -]`)
	linkText = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

// links are the targets of a page's links, without those to other hosts.
func (p *page) links() []string {
	var targets []string
	for _, line := range p.prose() {
		line = codeSpan.ReplaceAllString(line, "")
		for _, pattern := range []*regexp.Regexp{inlineLink, htmlLink} {
			for _, found := range pattern.FindAllStringSubmatch(line, -1) {
				if !strings.Contains(found[1], "://") && !strings.HasPrefix(found[1], "mailto:") {
					targets = append(targets, found[1])
				}
			}
		}
	}
	return targets
}

// anchors are the places of a page that a link can lead to: its headings, named as code hosts name them, and those in HTML.
func (p *page) anchors() map[string]bool {
	anchors := map[string]bool{}
	for _, line := range p.prose() {
		for _, found := range htmlAnchor.FindAllStringSubmatch(line, -1) {
			anchors[found[1]] = true
		}
		if found := heading.FindStringSubmatch(line); found != nil {
			words := linkText.ReplaceAllString(found[1], "$1")
			slug := strings.ReplaceAll(slugless.ReplaceAllString(strings.ToLower(words), ""), " ", "-")
			unique := slug
			for n := 1; anchors[unique]; n++ {
				unique = fmt.Sprintf("%s-%d", slug, n)
			}
			anchors[unique] = true
		}
	}
	return anchors
}

// brokenLink says what is wrong with a link of the page at from, or nothing. A link leads to a file or folder of the lab, and
// to a place in it where it is a page.
func brokenLink(from, target string) string {
	file, anchor, _ := strings.Cut(target, "#")
	file, err := url.PathUnescape(file)
	if err != nil {
		return err.Error()
	}
	to := filepath.FromSlash(from)
	if file != "" {
		to = filepath.FromSlash(path.Join(path.Dir(from), file))
	}
	info, err := os.Stat(to)
	switch {
	case err != nil:
		return err.Error()
	case info.IsDir() && anchor != "":
		return "a folder has no places: link to its README.md"
	case anchor == "" || !strings.HasSuffix(to, ".md"): // #L7 is a line of a program
		return ""
	}
	content, err := os.ReadFile(to)
	if err != nil {
		return err.Error()
	}
	if p := parsePage(to, string(content)); p == nil || !p.anchors()[anchor] {
		return to + " has no heading or anchor of that name"
	}
	return ""
}

// Every link inside the lab leads somewhere.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	pages := lecturePages(t)
	for _, pattern := range []string{"README.md", "exercises/*/README.md"} {
		files, err := filepath.Glob(filepath.Join(labRoot, filepath.FromSlash(pattern)))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			pages = append(pages, readPage(t, file))
		}
	}
	for _, p := range pages {
		for _, target := range p.links() {
			assert.Empty(t, brokenLink(p.path, target), "%s links to %s", p.path, target)
		}
	}
}

// namedTest is a test that a page says is in the file that it links to, as in [1](../hidden_test.go): TestIt.
var namedTest = regexp.MustCompile(`\]\(([^)\s]+_test\.go)\): (Test\w+)`)

// A test that is moved to another file, or gets another name, is named by no page as before.
func TestTheTestsThatPagesNameAreWhereTheySay(t *testing.T) {
	found := 0
	for _, p := range lecturePages(t) {
		for _, line := range p.prose() {
			for _, named := range namedTest.FindAllStringSubmatch(line, -1) {
				content, err := os.ReadFile(path.Join(path.Dir(p.path), named[1]))
				require.NoError(t, err)
				assert.Contains(t, string(content), "\nfunc "+named[2]+"(", "%s: %s", p.path, named[1])
				found++
			}
		}
	}
	assert.NotZero(t, found)
}

func TestLinksAreFoundInProseOnly(t *testing.T) {
	p := parsePage("x.md", "[a](b.md#c) and `[no](link)` ![i](p.svg \"title\") <img src=\"q.svg\">\n[web](https://go.dev/x)\n```text\n[no](x)\n```\n[![i](r.svg)](s.md)\n")
	assert.ElementsMatch(t, []string{"b.md#c", "p.svg", "q.svg", "r.svg", "s.md"}, p.links())
}

func TestAnchorsAreNamedAsCodeHostsNameThem(t *testing.T) {
	p := parsePage("x.md", "# 3. The socket API\n## `select`, and what's *wrong*\n## [A link](x) – twice\n## A link – twice\n<a id=\"here\"></a>\n")
	assert.Equal(t, map[string]bool{
		"3-the-socket-api": true, "select-and-whats-wrong": true, "a-link--twice": true, "a-link--twice-1": true, "here": true,
	}, p.anchors())
}

func TestABrokenLinkIsFound(t *testing.T) {
	dir := t.TempDir()
	from := filepath.ToSlash(filepath.Join(dir, "x.md"))
	require.NoError(t, os.WriteFile(from, []byte("# Here\n"), 0o600))
	for target, want := range map[string]string{
		"x.md": "", "#here": "", "x.md#here": "", ".": "", "y.md": "no such file", "#there": "no heading or anchor", ".#here": "link to its README.md",
	} {
		if got := brokenLink(from, target); want == "" {
			assert.Empty(t, got, target)
		} else {
			assert.Contains(t, got, want, target)
		}
	}
}
