package report

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// doubled is a result with two tests of one name, and one that has a name which was made up for another.
func doubled() grade.Result {
	r := perfect()
	tests := &r.Exercises[0].Tests
	for _, name := range []string{"TestGreets", "TestGreets (2)", "TestGreets"} {
		*tests = append(*tests, grade.TestResult{Name: name, Status: transcript.Pass})
	}
	return r
}

func TestNoTwoTestsHaveOneName(t *testing.T) {
	var names []string
	for _, n := range entries(doubled().Exercises[0]) {
		names = append(names, n.Name)
	}
	assert.Equal(t, []string{"TestGreets", "TestAnswers", "TestGreets (2)", "TestGreets (2) (2)", "TestGreets (3)"}, names)
	requireSameScores(t, "junit", render(t, "junit", doubled()), doubled())
}

func TestJUnitSortsTestsByExerciseAndVerdict(t *testing.T) {
	var suites xmlElement
	require.NoError(t, xml.Unmarshal([]byte(render(t, "junit", broken())), &suites))
	var got []string
	for _, suite := range suites.Children {
		for _, test := range suite.named("testcase") {
			line := test.attribute("classname") + " " + test.attribute("name")
			for _, child := range test.Children[1:] {
				line += " " + child.XMLName.Local + ": " + child.attribute("message")
			}
			got = append(got, line)
		}
	}
	assert.Equal(t, []string{
		"tcplab.ex01 TestGreets",
		"tcplab.ex01 TestAnswers error: port 3232 is held by another program: nc (process 4711)",
		"tcplab.ex01 TestIsClean skipped: the race detector needs a C compiler",
		"tcplab.ex02 IsGraded error: the disk is full",
	}, got)
}

func TestGitHubShowsTenProblemsAtMostAtTheirPlaces(t *testing.T) {
	commands, _ := runnerReads(t, render(t, "github", mixed()))
	var got []string
	for _, c := range commands[1:] {
		got = append(got, strings.Join([]string{c.name, c.properties["file"], c.properties["line"], c.properties["title"]}, "|"))
	}
	assert.Equal(t, []string{
		"error|exercises/02-echo-client/main.go|12|02 Echo client: 0 of 10 points",
		"error|exercises/03-threaded-server/main.go|1|03 Threaded server: 2 of 10 points",
		"error|exercises/05-time-streamer/main.go|1|05 Time streamer: 0 of 10 points",
		"notice|||TCP lab",
	}, got)
	assert.Contains(t, commands[2].data, "A client that stays silent delays nobody.\n")
	assert.Contains(t, commands[2].data, "\nHint: what else can run")

	many := perfect()
	for range 20 {
		many.Exercises = append(many.Exercises, mixed().Exercises[2])
	}
	commands, _ = runnerReads(t, render(t, "github", many))
	require.Len(t, commands, 1+annotationsShown+1)
	assert.Equal(t, "11 more exercises are in the log of this step", commands[annotationsShown].data)
}

func TestOnlyTheCompilersOwnPlaceIsAnnotated(t *testing.T) {
	for message, want := range map[string]string{
		"exercises/02-echo-client/serve.go:7:1: x":    "file=exercises/02-echo-client/serve.go,line=7,",
		"02-echo-client/serve.go:7:1: x":              "file=02-echo-client/serve.go,line=7,",
		"exercises/01-echo-server/main.go:7:1: x":     "file=exercises/02-echo-client/main.go,line=1,",
		"exercises/02-echo-client/../../x.go:7:1: x":  "file=exercises/02-echo-client/main.go,line=1,",
		"it says: exercises/02-echo-client/x.go:7: x": "file=exercises/02-echo-client/main.go,line=1,",
	} {
		r := mixed()
		r.Exercises[1].Message = message
		assert.Contains(t, render(t, "github", r), "::error "+want)
	}
}

func TestTheRunnerCannotBeToldByAStudentToReadCommandsAgain(t *testing.T) {
	again := options()
	again.Token = ""
	seen := map[string]bool{}
	for range 3 {
		var b strings.Builder
		require.NoError(t, GitHub(&b, mixed(), again))
		commands, _ := runnerReads(t, b.String())
		seen[commands[0].data] = true
		assert.Greater(t, len(commands[0].data), 20)
	}
	assert.Len(t, seen, 3, "each run has a token of its own")

	r := mixed()
	r.Exercises[2].Tests[1].Message = "\n::" + options().Token + "::\n::error::forged"
	commands, _ := runnerReads(t, render(t, "github", r))
	for _, c := range commands {
		assert.NotEqual(t, "forged", c.data)
	}
}

func TestClassroom50RefusesWhatIsNoVerdict(t *testing.T) {
	var b strings.Builder
	require.ErrorContains(t, Write("classroom50", &b, broken(), options()), "autograder doctor")
	assert.Empty(t, b.String())
}

func TestGradescopeGetsNoNumberThatIsNoVerdict(t *testing.T) {
	text := render(t, "gradescope", broken())
	assert.NotContains(t, strings.SplitN(text, `"extra_data"`, 2)[0], `"score"`)
	assert.Contains(t, text, "Ask your instructor to run the autograder again.")
	var results struct{ Tests []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(render(t, "gradescope", mixed())), &results))
	assert.Equal(t, "3.2", results.Tests[4]["number"])
}

func TestAMarkdownReportThatIsTooLongKeepsItsScoresAndSaysWhatIsMissing(t *testing.T) {
	r := mixed()
	r.Exercises[2].Tests[1].Message = strings.Repeat("x\n", 1000)
	for range 5000 {
		r.Exercises = append(r.Exercises, mixed().Exercises[2])
	}
	text := render(t, "markdown", r)
	assert.Less(t, len(text), 900<<10)
	assert.Greater(t, len(text), 800<<10)
	assert.Contains(t, text, "## TCP lab: 12/50\n")
	assert.Contains(t, text, "The rest is left out")
	outsideOfCode(t, text)
}

func TestProseShowsAsItself(t *testing.T) {
	assert.Equal(t, "A client, that is silent (1). é", prose("A client, that is silent (1). é"))
	assert.Equal(t, "&#91;x&#93;(y) &#60;b&#62; &#64;all &#42;&#95;&#96;&#124;&#38; https&#58;//x www&#46;x", prose("[x](y) <b> @all *_`|& https://x www.x"))
	assert.Equal(t, "``` a``b ```", code("a``b"))
	assert.Equal(t, "````text\n```\n````\n", fenced("```"))
}

func TestAnExerciseOfAnUnknownStatusIsNoZero(t *testing.T) {
	r := perfect()
	r.Exercises[0].Status = "new"
	assert.Contains(t, render(t, "junit", r), `<error message=`)
	assert.Contains(t, render(t, "ctrf", r), `"status": "other"`)
}

func TestEveryFormatHoldsTheSameScores(t *testing.T) {
	late := mixed()
	late.Score, late.Exercises[0].Score = 10, 8
	late.Exercises[0].Message = "late: 2 of 10 points are taken off"
	partly := mixed()
	partly.Score, partly.Exercises[2].Score = 13, 3
	partly.Exercises[2].Tests = []grade.TestResult{{Name: "DetailsNotShown", Status: transcript.Fail, Points: 3, MaxPoints: 10}}
	incomplete := broken()
	for _, r := range []grade.Result{perfect(), mixed(), late, partly, incomplete, {Complete: true}} {
		for _, format := range Formats() {
			if format == "classroom50" && !r.Complete {
				continue // it is refused, which has a test of its own
			}
			requireSameScores(t, format, render(t, format, r), r)
		}
	}
}

func TestTwoMebibytesOfAStudentsOutputMakeNoReportHugeOrUnsafe(t *testing.T) {
	piece := "`````<script>]]>=cmd()\x00\x1b[2J\n::error::x\n" + strings.Repeat("`", 1<<10)
	output := strings.Repeat(piece, 2<<20/len(piece)+1)
	r := mixed()
	r.Exercises[1].Message = output
	test := &r.Exercises[2].Tests[1]
	test.Message, test.Actual = output, output
	test.Transcript = []transcript.Step{{Who: "A", Kind: transcript.Received, Data: transcript.Bytes(output)}}
	for format := range readers {
		if format == "json" {
			continue // it holds everything
		}
		text := render(t, format, r)
		assert.Less(t, len(text), 900<<10, format)
		requireHarmless(t, format, text)
		requireSameScores(t, format, text, r)
	}
}
