package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// element is a node of a page as an XML reader sees it.
type element struct {
	name     string
	attr     map[string]string
	text     string // of this element and all below it
	children []*element
}

// parsePage reads a page with encoding/xml, which knows nothing of how it was written and forgives nothing.
func parsePage(t *testing.T, page string) *element {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	root := &element{}
	open := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			require.Len(t, open, 1)
			return root
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				require.NotContains(t, e.attr, a.Name.Local, "an attribute comes twice")
				e.attr[a.Name.Local] = a.Value
			}
			parent := open[len(open)-1]
			parent.children = append(parent.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
}

// all collects the elements of a name, in the order of the page.
func (e *element) all(name string) (found []*element) {
	for _, child := range e.children {
		if child.name == name || name == "*" {
			found = append(found, child)
		}
		found = append(found, child.all(name)...)
	}
	return found
}

func (e *element) classed(name, class string) (found []*element) {
	for _, one := range e.all(name) {
		if strings.Contains(" "+one.attr["class"]+" ", " "+class+" ") {
			found = append(found, one)
		}
	}
	return found
}

// requireAccessible is what a reader without eyes or without a mouse depends on.
func requireAccessible(t *testing.T, page *element) {
	t.Helper()
	ids := map[string]bool{}
	for _, e := range page.all("*") {
		if id := e.attr["id"]; id != "" {
			require.False(t, ids[id], "the id %q comes twice", id)
			ids[id] = true
		}
	}
	level := 0
	for _, e := range page.all("*") {
		for _, to := range strings.Fields(e.attr["aria-labelledby"] + " " + e.attr["for"] + " " + strings.TrimPrefix(e.attr["href"], "#")) {
			if e.name != "a" || strings.HasPrefix(e.attr["href"], "#") {
				require.True(t, ids[to], "%s refers to %q, which is not there", e.name, to)
			}
		}
		if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' {
			require.LessOrEqual(t, int(e.name[1]-'0'), level+1, "a heading skips a level: %s", e.text)
			level = int(e.name[1] - '0')
		}
		if e.attr["tabindex"] != "" && e.name == "div" {
			require.Equal(t, "region", e.attr["role"])
			require.NotEmpty(t, e.attr["aria-label"]+e.attr["aria-labelledby"])
		}
	}
	require.Len(t, page.all("h1"), 1)
	require.Len(t, page.all("main"), 1)
	require.NotEmpty(t, page.all("header"))
	require.Equal(t, "en", page.all("html")[0].attr["lang"])
	require.NotEmpty(t, page.all("title")[0].text)
	for _, svg := range page.all("svg") {
		require.Equal(t, "img", svg.attr["role"])
		require.NotEmpty(t, svg.children)
		require.Equal(t, "title", svg.children[0].name)
		require.Equal(t, "desc", svg.children[1].name)
		require.Equal(t, svg.children[0].attr["id"]+" "+svg.children[1].attr["id"], svg.attr["aria-labelledby"])
		require.NotEmpty(t, svg.children[0].text)
		require.NotEmpty(t, svg.children[1].text)
	}
	for _, table := range page.all("table") {
		require.NotEmpty(t, table.all("th"))
		for _, header := range table.all("th") {
			require.NotEmpty(t, header.attr["scope"])
			require.NotEmpty(t, strings.TrimSpace(header.text))
		}
	}
	for _, input := range page.all("input") {
		require.NotEmpty(t, input.attr["id"])
	}
}

// requireSelfContained finds everything by which a page could load, run or send something that is not its own.
func requireSelfContained(t *testing.T, page *element, scripts int) {
	t.Helper()
	require.Len(t, page.all("script"), scripts)
	for _, e := range page.all("*") {
		require.NotContains(t, []string{"link", "img", "iframe", "object", "embed", "form", "base", "image", "use"}, e.name)
		for name, value := range e.attr {
			require.False(t, strings.HasPrefix(name, "on"), "%s has %s", e.name, name)
			require.NotEqual(t, "src", name)
			if name == "href" {
				require.NotRegexp(t, `^[a-zA-Z][a-zA-Z0-9+.-]*:|^//`, value)
			}
		}
	}
	style := page.all("style")[0].text
	require.NotContains(t, style, "url(")
	require.NotContains(t, style, "@import")
	policy := ""
	for _, meta := range page.all("meta") {
		if meta.attr["http-equiv"] == "Content-Security-Policy" {
			policy = meta.attr["content"]
		}
	}
	require.Contains(t, policy, "default-src 'none'")
}

func requirePrintable(t *testing.T, page string) {
	t.Helper()
	for _, c := range page {
		require.True(t, c == '\n' || c == '\t' || !unicode.IsControl(c) && !unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp), "%U", c)
	}
}

// wireStory has a step of every kind on three connections.
func wireStory() []transcript.Step {
	return []transcript.Step{
		{MS: 0, Kind: transcript.Started, Note: "main -port 3232"}, {MS: 3.1, Kind: transcript.Listening},
		{MS: 3.4, Who: "A", Kind: transcript.Connected}, {MS: 3.9, Who: "A", Kind: transcript.Received, Data: "HELLO\n"},
		{MS: 4.2, Who: "B", Kind: transcript.Connected}, {MS: 4.6, Who: "B", Kind: transcript.Received, Data: "HELLO\n"},
		{MS: 5.0, Who: "B", Kind: transcript.Sent, Data: "hänsel und gretel\n"},
		{MS: 5.4, Who: "B", Kind: transcript.Received, Data: "HÄNSEL UND GRETEL\n"}, {MS: 5.5, Who: "B", Kind: transcript.GotEOF},
		{MS: 5.8, Who: "B", Kind: transcript.Closed},
		{MS: 6.0, Who: "C", Kind: transcript.Accepted}, {MS: 6.1, Who: "C", Kind: transcript.Reset},
		{MS: 6.3, Who: "A", Kind: transcript.Sent, Data: transcript.Bytes(strings.Repeat("anna\x00", 40_000))},
		{MS: 6.9, Who: "A", Kind: transcript.HalfClosed}, {MS: 7.0, Who: "A", Kind: transcript.Observed, Note: "200000 bytes wait in the program's receive queue"},
		{MS: 7.4, Who: "C", Kind: transcript.GotReset},
		{MS: 41.7, Who: "A", Kind: transcript.Wanted, Data: "ANNA", Note: "the program sleeps in Read and will not send it, though its client has closed its sending side"},
		{MS: 42, Kind: transcript.Killed},
	}
}

func onTheWire() grade.Result {
	r := mixed()
	r.Exercises[2].Tests[1].Transcript = wireStory()
	r.Exercises[2].Tests[2].Transcript = wireStory()[:4]
	return r
}

func page(t *testing.T, r grade.Result) *element {
	t.Helper()
	text := render(t, "html", r)
	requirePrintable(t, text)
	return parsePage(t, text)
}

// readHTML reads the scores from a page as a person would: the large number, and the one beside each heading.
func readHTML(t *testing.T, text string) seen {
	t.Helper()
	parsed := parsePage(t, text)
	score := parsed.classed("p", "score")[0]
	of := strings.Fields(score.all("span")[0].text)
	got := seen{
		scores: [][2]int{}, total: numbers(t, score.all("strong")[0].text, of[1]),
		complete: !strings.Contains(score.text, "that could be judged"),
	}
	for _, section := range parsed.classed("section", "exercise") {
		points, _, _ := strings.Cut(section.classed("p", "points")[0].text, " ")
		earned, most, found := strings.Cut(points, "/")
		require.True(t, found)
		both := numbers(t, earned, most)
		got.scores = append(got.scores, [2]int{both[0], both[1]})
	}
	return got
}

func TestAStudentsPageIsOneFileForEveryReader(t *testing.T) {
	for _, r := range []grade.Result{perfect(), mixed(), broken(), onTheWire(), hostile(), {}} {
		parsed := page(t, r)
		requireAccessible(t, parsed)
		requireSelfContained(t, parsed, 0)
	}
}

func TestAStudentsPageHasEveryScoreAndVerdict(t *testing.T) {
	for _, r := range []grade.Result{perfect(), mixed(), broken()} {
		parsed := page(t, r)
		assert.Contains(t, parsed.classed("p", "score")[0].text, fmt.Sprintf("%d of %d points", r.Score, r.MaxScore))
		sections := parsed.classed("section", "exercise")
		require.Len(t, sections, len(r.Exercises))
		for i, e := range r.Exercises {
			assert.Contains(t, sections[i].classed("p", "points")[0].text, fmt.Sprintf("%d/%d", e.Score, e.MaxScore))
			if len(e.Tests) == 0 {
				continue
			}
			items := sections[i].all("ol")[0].children
			require.Len(t, items, len(e.Tests))
			for j, test := range e.Tests {
				assert.Equal(t, string(test.Status)[:4], items[j].attr["class"][:4])
				assert.Contains(t, items[j].text, test.Requirement)
				assert.Contains(t, items[j].text, fmt.Sprintf("%d/%d", test.Points, test.MaxPoints))
			}
		}
	}
}

func TestEveryFailureShowsItsWireItsBytesAndAHintThatIsFolded(t *testing.T) {
	failures := page(t, onTheWire()).classed("details", "failure")
	require.Len(t, failures, 2)
	assert.Equal(t, "open", failures[0].attr["open"])
	assert.NotContains(t, failures[1].attr, "open")
	first := failures[0]
	require.Len(t, first.all("svg"), 1)
	hint := first.classed("details", "hint")
	require.Len(t, hint, 1)
	assert.NotContains(t, hint[0].attr, "open")
	assert.Contains(t, hint[0].text, "what else can run while serve waits in Read?")
	assert.Contains(t, first.classed("dl", "values")[0].text, `"HELLO\n"`)
	assert.Contains(t, first.text, "make test EX=3 RUN=TestSilentClientDelaysNobody")
	assert.Contains(t, first.text, "clients are served one after the other")
	diff := failures[1].classed("pre", "diff")
	require.Len(t, diff, 1)
	assert.Contains(t, diff[0].text, "first difference at offset 0: got 0x42, want 0x41")
	assert.NotContains(t, first.text, "first difference", "nothing came: there is no byte to compare")
}

func TestTheDiagramHasALaneForEachConnectionAndAMarkForEachStep(t *testing.T) {
	svg := page(t, onTheWire()).all("svg")[0]
	var lanes []string
	for _, name := range svg.classed("text", "lane-name") {
		lanes = append(lanes, name.text)
	}
	assert.Equal(t, []string{"program", "A", "B", "C"}, lanes)
	steps := svg.all("g")
	require.Len(t, steps, len(wireStory()))
	y := 0
	for i, step := range wireStory() {
		assert.Equal(t, step.Time()+" ms", steps[i].classed("text", "time")[0].text)
		var at int
		_, err := fmt.Sscan(steps[i].classed("text", "time")[0].attr["y"], &at)
		require.NoError(t, err)
		require.Greater(t, at, y, "time runs down")
		y = at
	}
	assert.Equal(t, "received", steps[3].attr["class"])
	assert.Contains(t, steps[3].text, `"HELLO\n"`)
	assert.True(t, strings.HasPrefix(steps[3].classed("path", "tip")[0].attr["d"], "M331 "), "received: the head is at the connection's lane")
	assert.True(t, strings.HasPrefix(steps[6].classed("path", "tip")[0].attr["d"], "M123 "), "sent: the head is at the program's lane")
	assert.Contains(t, steps[12].text, "(200000 bytes)")
	assert.Less(t, len(steps[12].text), 200)
	assert.Equal(t, "wanted", steps[16].attr["class"])
	assert.Empty(t, steps[16].classed("path", "tip"), "what did not come has no arrow's head")
	for _, i := range []int{2, 8, 9, 10, 11, 13, 15, 16} {
		assert.NotEmpty(t, append(steps[i].classed("path", "symbol"), steps[i].classed("circle", "symbol")...), "%s has a mark", wireStory()[i].Kind)
	}
	assert.Contains(t, svg.all("desc")[0].text, "3 connections")
}

func TestTheDiagramIsTheSameStoryAsTheTextBelow(t *testing.T) {
	failure := page(t, onTheWire()).classed("details", "failure")[0]
	rows := failure.classed("details", "story")[0].all("tbody")[0].children
	require.Len(t, rows, len(wireStory()))
	for i, row := range rows {
		cells := row.all("td")
		assert.Equal(t, wireStory()[i].Time(), cells[0].text)
		assert.Equal(t, wireStory()[i].Who, cells[1].text)
		assert.NotEmpty(t, cells[2].text)
	}
}

func TestADiagramHoldsItsLabels(t *testing.T) {
	steps := wireStory()
	for i := range 60 {
		who := fmt.Sprintf("C%d", i)
		steps = append(steps, transcript.Step{MS: 50, Who: who, Kind: transcript.Connected},
			transcript.Step{MS: 51, Who: who, Kind: transcript.Sent, Data: transcript.Bytes(strings.Repeat("\x00", 100)), Note: strings.Repeat("word ", 300)})
	}
	d := diagramOf("x", steps)
	for _, row := range d.Rows {
		for _, line := range row.Label {
			assert.LessOrEqual(t, float64(line.X)+letterWidth*float64(len([]rune(line.Text))), float64(d.Width))
			assert.LessOrEqual(t, line.Y, d.Height)
		}
	}
	for _, l := range d.Lanes {
		assert.Less(t, l.X, d.Width)
	}
}

func TestBytesOfAStudentStayTextOnThePage(t *testing.T) {
	for _, bytes := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'--></style></svg></title><script>`, "]]>&#60;b&amp;",
		"{{.}}${x}`", "\u202e\u2066rtl\u2069", "\x00\x01\x1b[2J\x7f\u0085", "\xff\xfe", strings.Repeat("<b>\u202e\x00", 2<<10),
	} {
		r := onTheWire()
		r.Submission = bytes
		for i := range r.Exercises {
			e := &r.Exercises[i]
			e.ID, e.Title, e.Message = fmt.Sprint(i, "-", bytes), bytes, bytes
			for j := range e.Tests {
				test := &e.Tests[j]
				test.Name, test.Requirement, test.Message, test.Meaning, test.Hint = bytes, bytes, bytes, bytes, bytes
				test.Expected, test.Actual, test.Diff = bytes, bytes, bytes
				test.Transcript = []transcript.Step{
					{Who: bytes, Kind: transcript.Kind(bytes), Data: transcript.Bytes(bytes), Note: bytes},
					{Who: bytes, Kind: transcript.Received, Data: transcript.Bytes(bytes), Note: bytes},
					{Who: bytes, Kind: transcript.Wanted, Note: bytes},
				}
			}
		}
		parsed := page(t, r)
		requireAccessible(t, parsed)
		requireSelfContained(t, parsed, 0)
		assert.Empty(t, parsed.all("b"))
		assert.Less(t, len(render(t, "html", r)), 512<<10, "a page stays one that a browser opens at once")
		if strings.HasPrefix(bytes, "<script>") {
			assert.Contains(t, parsed.all("h1")[0].text, bytes, "what it was can still be read")
		}
		var class strings.Builder
		student := Student{ID: bytes, Name: bytes, Result: r}
		require.NoError(t, HTMLClass(&class, []Student{student}, ClassOptions{
			Title: bytes, Page: func(id string) string { return id },
			Mistakes: []Mistake{{Exercise: r.Exercises[2].ID, Description: bytes, Fails: []string{bytes}}},
		}))
		requirePrintable(t, strings.ReplaceAll(class.String(), "\u00a0", ""))
		parsed = parsePage(t, class.String())
		requireAccessible(t, parsed)
		requireSelfContained(t, parsed, 1)
	}
}
