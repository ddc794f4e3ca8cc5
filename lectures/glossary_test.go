package lectures

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const glossaryPage = "glossary.md"

var (
	// glossaryEntry is a term, the lecture that introduces it, and what it means.
	glossaryEntry = regexp.MustCompile(`^\*\*([^*]+)\*\* \(\[([0-9]+)\]\(([0-9]{2}-[a-z0-9-]+)/README\.md\)\): .+`)
	bold          = regexp.MustCompile(`\*\*[^*]+\*\*`)
	comment       = regexp.MustCompile(`(?s)<!--.*?-->`)
	// referenceLink is [words][name], which a line [name]: target explains.
	referenceLink = regexp.MustCompile(`\[[^\]]*\]\[[^\]]*\]`)
	reference     = regexp.MustCompile(`^\[[^\]]+\]: `)
)

type term struct{ words, lecture string }

// glossary are the terms of the glossary, in its order.
func glossary(p *page) ([]term, error) {
	var terms []term
	for i, line := range p.prose() {
		if !strings.HasPrefix(line, "**") {
			continue
		}
		found := glossaryEntry.FindStringSubmatch(line)
		if found == nil {
			return nil, fmt.Errorf("%s:%d: write **term** ([3](03-socket-api/README.md)): explanation", p.path, i+1)
		}
		if fmt.Sprintf("%02s", found[2]) != found[3][:2] {
			return nil, fmt.Errorf("%s:%d: %s is not lecture %s", p.path, i+1, found[3], found[2])
		}
		terms = append(terms, term{found[1], found[3]})
	}
	return terms, nil
}

// told is what a reader of a lecture reads as its text: not its title, objectives and headings, which announce what will be
// explained, not what is code, and not the words of links, which may point ahead.
func (p *page) told() string {
	var lines []string
	begun := false
	for _, line := range p.prose() {
		isHeading := heading.MatchString(line)
		begun = begun || strings.HasPrefix(line, "## ")
		if begun && !isHeading && !reference.MatchString(line) {
			lines = append(lines, line)
		}
	}
	text := comment.ReplaceAllString(strings.Join(lines, "\n"), "")
	for _, left := range []*regexp.Regexp{codeSpan, linkText, referenceLink} {
		text = left.ReplaceAllString(text, "")
	}
	return text
}

// introduction says how a text uses a term first: not at all, in bold as is right where it is explained, or in passing.
func introduction(text, words string) (inBold, used bool) {
	pattern := regexp.MustCompile(`(?i)\b` + strings.ReplaceAll(regexp.QuoteMeta(words), " ", `\s+`) + `(?:s|es|d|ed)?\b`)
	first := pattern.FindStringIndex(text)
	if first == nil {
		return false, false
	}
	return slices.ContainsFunc(bold.FindAllStringIndex(text, -1), func(span []int) bool {
		return span[0] <= first[0] && first[1] <= span[1]
	}), true
}

// No term is used before it is explained: in the order of the lectures, each term of the glossary comes first in bold, in the
// lecture that the glossary names.
func TestNoTermIsUsedBeforeItIsExplained(t *testing.T) {
	terms, err := glossary(readPage(t, glossaryPage))
	require.NoError(t, err)
	require.NotEmpty(t, terms)
	folders := lectureFolders(t)
	texts := map[string]string{}
	for _, folder := range folders {
		texts[folder] = readPage(t, path.Join(folder, "README.md")).told()
	}
	for _, term := range terms {
		first := slices.IndexFunc(folders, func(folder string) bool {
			_, used := introduction(texts[folder], term.words)
			return used
		})
		if !assert.GreaterOrEqual(t, first, 0, "no lecture uses %q, which is in %s", term.words, glossaryPage) {
			continue
		}
		inBold, _ := introduction(texts[folders[first]], term.words)
		assert.True(t, inBold, "lectures/%s uses %q before it is explained: explain it there, in **bold**", folders[first], term.words)
		assert.Equal(t, term.lecture, folders[first], "%q is used there already", term.words)
	}
}

func TestTheGlossaryIsInAlphabeticalOrder(t *testing.T) {
	terms, err := glossary(readPage(t, glossaryPage))
	require.NoError(t, err)
	var words []string
	for _, term := range terms {
		words = append(words, strings.ToLower(term.words))
	}
	sorted := slices.Sorted(slices.Values(words))
	assert.Equal(t, slices.Compact(sorted), words)
}

func TestTheFirstUseOfATermCounts(t *testing.T) {
	p := parsePage("x.md", strings.Join([]string{
		"# Sockets", "- you can say what a socket is", "## What a socket is", "`socket` and [the socket](x) and [sockets][x]", "[x]: https://go.dev/socket",
		"Two **listening", "sockets** wait. A port is", "a **port**. Ports too.", "```text", "backlog", "```", "<!-- backlog -->",
	}, "\n"))
	for words, want := range map[string][2]bool{
		"socket": {true, true}, "listening socket": {true, true}, "port": {false, true}, "backlog": {false, false}, "or": {false, false},
	} {
		inBold, used := introduction(p.told(), words)
		assert.Equal(t, want, [2]bool{inBold, used}, words)
	}
}

func TestAnEntryOfTheGlossaryNamesItsLecture(t *testing.T) {
	terms, err := glossary(parsePage("g.md", "# G\n\n**port** ([2](02-tcp/README.md)): a number.\n"))
	require.NoError(t, err)
	assert.Equal(t, []term{{"port", "02-tcp"}}, terms)
	for _, line := range []string{"**port**: a number", "**port** ([3](02-tcp/README.md)): a number.", "**port** ([2](02-tcp/README.md)):"} {
		_, err := glossary(parsePage("g.md", line))
		require.ErrorContains(t, err, "g.md:1: ")
	}
}
