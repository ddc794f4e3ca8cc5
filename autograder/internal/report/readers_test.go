package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
)

// seen is what a reader of a format, which shares nothing with its writer, finds out about scores.
type seen struct {
	scores   [][2]int // of each exercise, and the points that it has; nil where the format does not say it, and so is total
	total    []int
	complete bool
}

// readers read each format by its own rules, and fail the test where it breaks them.
var readers = map[string]func(t *testing.T, text string) seen{
	"text": readText, "json": readJSON, "junit": readJUnit, "markdown": readMarkdown, "github": readGitHub,
	"gradescope": readGradescope, "classroom50": readClassroom50, "ctrf": readCTRF, "html": readHTML,
}

// requireSameScores reads a report and wants it to say what r says.
func requireSameScores(t *testing.T, format, text string, r grade.Result) {
	t.Helper()
	read, ok := readers[format]
	if !ok {
		return
	}
	got := read(t, text)
	want := seen{scores: [][2]int{}, total: []int{r.Score, r.MaxScore}, complete: r.Complete}
	for _, e := range r.Exercises {
		want.scores = append(want.scores, [2]int{e.Score, e.MaxScore})
	}
	if got.scores == nil {
		want.scores = nil
	}
	if got.total == nil {
		want.total = nil
	}
	require.True(t, got.scores != nil || got.total != nil)
	require.Equal(t, want, got, format)
}

func numbers(t *testing.T, texts ...string) (all []int) {
	t.Helper()
	for _, text := range texts {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		all = append(all, n)
	}
	return all
}

func pair(t *testing.T, texts []string) [2]int { return [2]int(numbers(t, texts...)) }

var (
	textScore = regexp.MustCompile(`(?m)^\d\d.*  (-?\d+)/(-?\d+)$`)
	textTotal = regexp.MustCompile(`(?m)^Total(?: of what could be judged)? +(-?\d+)/(-?\d+)$`)
)

func readText(t *testing.T, text string) (got seen) {
	got.complete = !strings.Contains(text, "\nTHIS IS NOT A VERDICT")
	got.scores = [][2]int{}
	for _, line := range textScore.FindAllStringSubmatch(text, -1) {
		got.scores = append(got.scores, pair(t, line[1:]))
	}
	got.total = numbers(t, textTotal.FindStringSubmatch(text)[1:]...)
	return got
}

// readStrictly reads JSON that may hold the keys of into and no others.
func readStrictly(t *testing.T, text string, into any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(into))
	_, err := decoder.Token()
	require.ErrorIs(t, err, io.EOF)
}

func readJSON(t *testing.T, text string) seen {
	var r grade.Result
	readStrictly(t, text, &r)
	got := seen{scores: [][2]int{}, total: []int{r.Score, r.MaxScore}, complete: r.Complete}
	for _, e := range r.Exercises {
		got.scores = append(got.scores, [2]int{e.Score, e.MaxScore})
	}
	return got
}

// xmlElement is any element of any document.
type xmlElement struct {
	XMLName  xml.Name
	Attrs    []xml.Attr   `xml:",any,attr"`
	Children []xmlElement `xml:",any"`
	Text     string       `xml:",chardata"`
}

func (e xmlElement) attribute(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// junitShape is what readers of JUnit agree on: an element's attributes, and what may stand in it. A mark of ! says always.
var junitShape = map[string]struct{ attributes, children string }{
	"testsuites": {"name tests! failures! errors! skipped! time!", "testsuite"},
	"testsuite":  {"name! tests! failures! errors! skipped! time! timestamp!", "properties testcase"},
	"testcase":   {"classname! name! file time!", "properties failure error skipped"},
	"properties": {"", "property"},
	"property":   {"name! value", ""},
	"failure":    {"message! type!", ""},
	"error":      {"message! type!", ""},
	"skipped":    {"message!", ""},
}

func requireJUnitShape(t *testing.T, e xmlElement) {
	t.Helper()
	shape, known := junitShape[e.XMLName.Local]
	require.True(t, known, e.XMLName.Local)
	allowed := " " + strings.ReplaceAll(shape.attributes, "!", "") + " "
	for _, a := range e.Attrs {
		require.Contains(t, allowed, " "+a.Name.Local+" ", e.XMLName.Local)
	}
	for name := range strings.FieldsSeq(shape.attributes) {
		if name, always := strings.CutSuffix(name, "!"); always {
			require.NotEmpty(t, e.attribute(name), "%s in %s", name, e.XMLName.Local)
		}
	}
	for _, child := range e.Children {
		require.Contains(t, " "+shape.children+" ", " "+child.XMLName.Local+" ")
		requireJUnitShape(t, child)
	}
}

func (e xmlElement) named(name string) (all []xmlElement) {
	for _, child := range e.Children {
		if child.XMLName.Local == name {
			all = append(all, child)
		}
	}
	return all
}

func readJUnit(t *testing.T, text string) seen {
	var suites xmlElement
	require.NoError(t, xml.Unmarshal([]byte(text), &suites))
	require.Equal(t, "testsuites", suites.XMLName.Local)
	got := seen{complete: true, scores: [][2]int{}}
	sum := map[string]int{}
	for _, suite := range suites.Children {
		requireJUnitShape(t, suite)
		count, names, score := map[string]int{}, map[string]bool{}, [2]int{}
		for _, property := range suite.named("properties")[0].Children {
			switch property.attribute("name") {
			case "score":
				score[0] = numbers(t, property.attribute("value"))[0]
			case "max_score":
				score[1] = numbers(t, property.attribute("value"))[0]
			}
		}
		got.scores = append(got.scores, score)
		for _, test := range suite.named("testcase") {
			name := test.attribute("classname") + " " + test.attribute("name")
			require.False(t, names[name], "GitLab would drop a second %s", name)
			names[name] = true
			count["tests"]++
			for kind, total := range map[string]string{"failure": "failures", "error": "errors", "skipped": "skipped"} {
				count[total] += len(test.named(kind))
			}
		}
		for _, total := range []string{"tests", "failures", "errors", "skipped"} {
			require.Equal(t, strconv.Itoa(count[total]), suite.attribute(total), total)
			sum[total] += count[total]
		}
	}
	requireJUnitShape(t, suites)
	for total, n := range sum {
		require.Equal(t, strconv.Itoa(n), suites.attribute(total), total)
	}
	got.complete = !strings.Contains(text, `name="complete" value="false"`)
	return got
}

var (
	markdownTotal = regexp.MustCompile(`(?m)\A## TCP lab: (-?\d+)/(-?\d+)$`)
	markdownRow   = regexp.MustCompile(`(?m)^\| .*? \| (-?\d+)/(-?\d+) \| (?:\d+ of \d+ requirements met|does not build|not submitted|not graded, by no fault of the program) \|$`)
	backticks     = regexp.MustCompile("`+")
	fenceOpens    = regexp.MustCompile("^ {0,3}(`{3,})[^`]*$")
)

// outsideOfCode is Markdown without its code blocks and spans: what could become HTML, a link or a heading.
func outsideOfCode(t *testing.T, text string) string {
	var out []string
	fence := ""
	for line := range strings.SplitSeq(text, "\n") {
		bare := strings.TrimSpace(line)
		switch opens := fenceOpens.FindStringSubmatch(line); {
		case fence != "":
			if strings.HasPrefix(bare, fence) && strings.Trim(bare, "`") == "" {
				fence = ""
			}
		case opens != nil:
			fence = opens[1]
		default:
			out = append(out, withoutSpans(line))
		}
	}
	require.Empty(t, fence, "a code block was left open")
	return strings.Join(out, "\n")
}

// withoutSpans is a line without its code spans, each of which ends with as many backticks as it begins with.
func withoutSpans(line string) string {
	runs := backticks.FindAllStringIndex(line, -1)
	for i, opens := range runs {
		for _, closes := range runs[i+1:] {
			if closes[1]-closes[0] == opens[1]-opens[0] {
				return line[:opens[0]] + withoutSpans(line[closes[1]:])
			}
		}
	}
	return line
}

func readMarkdown(t *testing.T, text string) seen {
	require.Less(t, len(text), 900<<10)
	outside := outsideOfCode(t, text)
	prose := strings.NewReplacer("**THIS", "THIS", "program.**", "program.", "*The rest", "", "all.*", "").Replace(outside)
	require.NotRegexp(t, "[<>`*_~$@\\[\\]{}\\\\]|://|www\\.", prose, "something from a student is more than text")
	require.NotRegexp(t, `(?m)^(?:#[^#]|####|=|    )`, outside)
	got := seen{complete: !strings.Contains(outside, "\n**THIS IS NOT A VERDICT"), scores: [][2]int{}}
	got.total = numbers(t, markdownTotal.FindStringSubmatch(text)[1:]...)
	for _, row := range markdownRow.FindAllStringSubmatch(outside, -1) {
		got.scores = append(got.scores, pair(t, row[1:]))
	}
	return got
}

type command struct {
	name, data string
	properties map[string]string
}

var githubUndo = strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")

// runnerReads is what GitHub's runner takes for commands in a step's log.
func runnerReads(t *testing.T, log string) (commands []command, printed string) {
	stopped := ""
	for line := range strings.SplitSeq(log, "\n") {
		bare := strings.TrimSpace(line)
		if stopped != "" && bare != "::"+stopped+"::" {
			printed += line + "\n"
			continue
		}
		if stopped != "" {
			stopped = ""
			continue
		}
		require.NotContains(t, line, "##[")
		rest, ok := strings.CutPrefix(bare, "::")
		if !ok {
			printed += line + "\n"
			continue
		}
		head, data, ok := strings.Cut(rest, "::")
		require.True(t, ok, line)
		name, properties, _ := strings.Cut(head, " ")
		c := command{name: name, data: githubUndo.Replace(data), properties: map[string]string{}}
		for property := range strings.SplitSeq(properties, ",") {
			key, value, _ := strings.Cut(property, "=")
			c.properties[key] = githubUndo.Replace(value)
		}
		if name == "stop-commands" {
			stopped = data
		}
		commands = append(commands, c)
	}
	require.Empty(t, stopped, "the runner was never told to read commands again")
	return commands, printed
}

func readGitHub(t *testing.T, text string) seen {
	commands, printed := runnerReads(t, text)
	errors := 0
	require.Equal(t, "stop-commands", commands[0].name)
	for _, c := range commands[1:] {
		require.Contains(t, []string{"error", "warning", "notice"}, c.name)
		for key := range c.properties {
			require.Contains(t, []string{"file", "line", "title"}, key)
		}
		if c.properties["file"] != "" {
			require.Regexp(t, `\A(exercises/)?[^\n]*\.go\z`, c.properties["file"])
			numbers(t, c.properties["line"])
		}
		errors++
	}
	require.LessOrEqual(t, errors, annotationsShown+1)
	got := readText(t, printed)
	last := commands[len(commands)-1]
	require.Equal(t, "TCP lab", last.properties["title"])
	require.Equal(t, got.complete, last.name == "notice")
	require.True(t, strings.HasPrefix(last.data, fmt.Sprintf("%d/%d points", got.total[0], got.total[1])), last.data)
	return got
}

// extra is what all JSON formats carry where they have room for more.
type extra struct {
	Schema    string `json:"schema"`
	Seed      uint64 `json:"seed"`
	Score     int    `json:"score"`
	MaxScore  int    `json:"max_score"`
	Complete  bool   `json:"complete"`
	Exercises []struct {
		ID       string `json:"id"`
		Score    int    `json:"score"`
		MaxScore int    `json:"max_score"`
	} `json:"exercises"`
}

func (x extra) seen() seen {
	got := seen{total: []int{x.Score, x.MaxScore}, complete: x.Complete, scores: [][2]int{}}
	for _, e := range x.Exercises {
		got.scores = append(got.scores, [2]int{e.Score, e.MaxScore})
	}
	return got
}

func readGradescope(t *testing.T, text string) seen {
	var results struct {
		Score            *float64 `json:"score"`
		ExecutionTime    float64  `json:"execution_time"`
		Output           string   `json:"output"`
		OutputFormat     string   `json:"output_format"`
		TestOutputFormat string   `json:"test_output_format"`
		TestNameFormat   string   `json:"test_name_format"`
		Visibility       string   `json:"visibility"`
		StdoutVisibility string   `json:"stdout_visibility"`
		ExtraData        extra    `json:"extra_data"`
		Tests            []struct {
			Score      *float64 `json:"score"`
			MaxScore   *float64 `json:"max_score"`
			Status     string   `json:"status"`
			Name       string   `json:"name"`
			Number     string   `json:"number"`
			Output     string   `json:"output"`
			Visibility string   `json:"visibility"`
		} `json:"tests"`
	}
	readStrictly(t, text, &results)
	require.Equal(t, []string{"text", "text", "text", "visible", "hidden"}, []string{
		results.OutputFormat, results.TestOutputFormat, results.TestNameFormat, results.Visibility, results.StdoutVisibility,
	})
	got := results.ExtraData.seen()
	require.Equal(t, got.complete, results.Score != nil)
	if got.complete {
		require.Equal(t, got.total[0], int(*results.Score))
	}
	for _, test := range results.Tests {
		require.Equal(t, got.complete, test.Score != nil, "a part of a score would be taken for the score")
		require.NotNil(t, test.MaxScore)
		require.NotEmpty(t, test.Name)
		require.Contains(t, []string{"passed", "failed", ""}, test.Status)
		require.Equal(t, "visible", test.Visibility)
	}
	return got
}

func readClassroom50(t *testing.T, text string) seen {
	var result struct {
		Schema     string `json:"schema"`
		Classroom  string `json:"classroom"`
		Assignment string `json:"assignment"`
		Submission string `json:"submission"`
		Commit     string `json:"commit"`
		Release    string `json:"release"`
		Review     string `json:"review"`
		Datetime   string `json:"datetime"`
		Score      int    `json:"score"`
		MaxScore   int    `json:"max-score"`
		Tests      []struct {
			Name        string `json:"test-name"`
			Passed      bool   `json:"passed"`
			Score       int    `json:"score"`
			MaxScore    int    `json:"max-score"`
			Requirement string `json:"requirement"`
			Output      string `json:"output"`
		} `json:"tests"`
	}
	readStrictly(t, text, &result)
	require.Equal(t, "classroom50/result/v1", result.Schema)
	require.Equal(t, "2027-01-31T22:59:58Z", result.Datetime)
	run := options().Classroom50
	require.Equal(t, run, Classroom50Run{
		result.Classroom, result.Assignment, result.Submission, result.Commit, result.Release, result.Review,
	})
	require.NotNil(t, result.Tests)
	for _, test := range result.Tests {
		require.NotEmpty(t, test.Name)
	}
	return seen{total: []int{result.Score, result.MaxScore}, complete: true}
}

// kind is the type of a value in CTRF's schema, and whether it has to be there.
type kind func(value any) bool

func isText(value any) bool { _, ok := value.(string); return ok }
func isName(value any) bool { s, ok := value.(string); return ok && s != "" }
func isInteger(value any) bool {
	n, ok := value.(json.Number)
	_, err := strconv.ParseInt(n.String(), 10, 64)
	return ok && err == nil
}
func isObject(value any) bool { _, ok := value.(map[string]any); return ok }
func isTexts(value any) bool {
	list, ok := value.([]any)
	for _, element := range list {
		ok = ok && isText(element)
	}
	return ok && len(list) > 0
}
func isList(value any) bool { _, ok := value.([]any); return ok }
func isStatus(value any) bool {
	return strings.Contains("|passed|failed|skipped|pending|other|", "|"+fmt.Sprint(value)+"|")
}

// requireKeys wants an object with the keys of both maps, each of its kind, all of the first, and no others.
func requireKeys(t *testing.T, value any, always, maybe map[string]kind) map[string]any {
	t.Helper()
	object, ok := value.(map[string]any)
	require.True(t, ok)
	for key := range always {
		require.Contains(t, object, key)
	}
	for key, got := range object {
		is, known := always[key]
		if !known {
			is, known = maybe[key]
		}
		require.True(t, known, "the schema of CTRF is closed and knows no %s", key)
		require.True(t, is(got), "%s: %v", key, got)
	}
	return object
}

// readCTRF checks a report by the schema that the npm package ctrf 0.3.0 holds, as far as its keys are used here.
func readCTRF(t *testing.T, text string) seen {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document any
	require.NoError(t, decoder.Decode(&document))
	report := requireKeys(t, document, map[string]kind{"reportFormat": isName, "specVersion": isName, "results": isObject},
		map[string]kind{"timestamp": isText, "generatedBy": isText, "extra": isObject})
	require.Equal(t, "CTRF", report["reportFormat"])
	require.Regexp(t, `^[0-9]+\.[0-9]+\.[0-9]+$`, report["specVersion"])
	results := requireKeys(t, report["results"], map[string]kind{"tool": isObject, "summary": isObject, "tests": isList},
		map[string]kind{"environment": isObject, "extra": isObject})
	requireKeys(t, results["tool"], map[string]kind{"name": isName}, map[string]kind{"version": isText, "extra": isObject})
	summary := requireKeys(t, results["summary"], map[string]kind{
		"tests": isInteger, "passed": isInteger, "failed": isInteger, "skipped": isInteger, "pending": isInteger, "other": isInteger,
		"start": isInteger, "stop": isInteger,
	}, map[string]kind{"flaky": isInteger, "suites": isInteger, "duration": isInteger, "extra": isObject})
	count := map[string]int{}
	for _, value := range results["tests"].([]any) {
		test := requireKeys(t, value, map[string]kind{"name": isName, "status": isStatus, "duration": isInteger}, map[string]kind{
			"testId": isName, "suite": isTexts, "message": isText, "trace": isText, "rawStatus": isText, "filePath": isText,
			"tags": isTexts, "stdout": isTexts, "extra": isObject,
		})
		count[test["status"].(string)]++
		count["tests"]++
	}
	for _, word := range []string{"tests", "passed", "failed", "skipped", "pending", "other"} {
		require.Equal(t, strconv.Itoa(count[word]), summary[word].(json.Number).String(), word)
	}
	var points extra
	again, err := json.Marshal(results["extra"])
	require.NoError(t, err)
	readStrictly(t, string(again), &points)
	return points.seen()
}
