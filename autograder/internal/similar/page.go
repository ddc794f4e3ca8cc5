package similar

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode"

	"tcplab/autograder/internal/transcript"
)

//go:embed page.html.tmpl
var pageTemplate string

// Finding is the pairs of one exercise.
type Finding struct {
	ID, Title string
	Pairs     []Pair
}

// excerpt is one side of a region, ready to be shown.
type excerpt struct {
	Place Span
	Lines []numbered
}

type numbered struct {
	Number int
	Text   string
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"name":    func(text string) string { return transcript.Line(text, nameShown) },
	"excerpt": func(p Program, s Span) excerpt { return excerpt{s, linesOf(p.Files[s.File], s)} },
}).Parse(pageTemplate))

// nameShown is how much is shown of a name, in bytes.
const nameShown = 80

// WriteHTML writes the findings as one page without anything from elsewhere, with the regions side by side.
func WriteHTML(w io.Writer, findings []Finding, least int) error {
	none := !slices.ContainsFunc(findings, func(f Finding) bool { return len(f.Pairs) > 0 })
	return page.Execute(w, map[string]any{"Findings": findings, "Least": least, "None": none})
}

// linesOf cuts a span out of a file. Characters that would change how others look are shown as what they are.
func linesOf(text []byte, s Span) []numbered {
	var lines []numbered
	number := 0
	for line := range strings.Lines(string(text)) {
		if number++; number >= s.First && number <= s.Last {
			shown := strings.Map(func(r rune) rune {
				if r == '\t' || unicode.IsPrint(r) {
					return r
				}
				return unicode.ReplacementChar
			}, strings.TrimRight(line, "\r\n"))
			lines = append(lines, numbered{number, shown})
		}
	}
	return lines
}
