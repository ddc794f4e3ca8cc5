package transcript

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "go test ./autograder/internal/transcript -update writes it")
	assert.Equal(t, string(want), text)
}

func tell(t *testing.T, f Failure) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, f.WriteText(&b, "       "))
	requireHarmless(t, b.String(), "\n\t")
	return b.String()
}

func TestAFailureTellsItsStoryInOrder(t *testing.T) {
	golden(t, "silent-client.txt", tell(t, Failure{
		Requirement: "A client that stays silent delays nobody.",
		Hint:        "what else can run while serve waits in Read?",
		Again:       "make test EX=3 RUN=TestSilentClientDelaysNobody",
		Record: Record{
			Test: "TestSilentClientDelaysNobody", Status: Fail, Seed: 42,
			Message: `B waits for "HELLO\n": the program sleeps and will not send it`,
			Meaning: "B waits while A is open: clients are served one after the other.",
			Steps: []Step{
				{MS: 0, Kind: Started},
				{MS: 1.5, Kind: Listening, Note: "the program listens on port 3232"},
				{MS: 1.61, Who: "A", Kind: Connected},
				{MS: 2.04, Who: "A", Kind: Received, Data: "HELLO\n"},
				{MS: 2.1, Who: "B", Kind: Connected},
				{MS: 31.02, Who: "B", Kind: Wanted, Note: `B waits for "HELLO\n": the program sleeps and will not send it`},
			},
			Expected: `"HELLO\n"`, Actual: `""`, Diff: Diff(nil, []byte("HELLO\n")),
		},
	}))
}

func TestAFailureShowsEveryKindOfStepAndKeepsExactLengths(t *testing.T) {
	line := strings.Repeat("echo ", 200_000) + "end\n"
	got := strings.ToUpper(line[:65_536])
	golden(t, "every-kind.txt", tell(t, Failure{
		Hint: "how long can a line be?",
		Record: Record{
			Test: "TestX", Status: Fail,
			Message: "the answer ends too early",
			Meaning: "A buffer of fixed size was taken for the whole line.",
			Steps: []Step{
				{MS: 0, Kind: Started, Note: "-count 3"},
				{MS: 0.6, Kind: Listening, Note: "the test listens on port 3232"},
				{MS: 1, Who: "A", Kind: Accepted},
				{MS: 2, Who: "A", Kind: Sent, Data: Bytes(line)},
				{MS: 3, Who: "A", Kind: HalfClosed},
				{MS: 4, Who: "A", Kind: Received, Data: Bytes(got)},
				{MS: 5, Who: "A", Kind: Observed, Note: "silence: every thread sleeps"},
				{MS: 6, Who: "B", Kind: Sent, Data: "x", Note: "again and again"},
				{MS: 7, Who: "B", Kind: GotReset},
				{MS: 8, Who: "C", Kind: Reset},
				{MS: 9, Who: "C", Kind: Closed},
				{MS: 9.5, Kind: Killed},
				{MS: 10, Kind: Exited, Note: "exit status 2\npanic: no\x1b[31m"},
				{MS: 11, Who: "A", Kind: GotEOF},
				{MS: 12, Who: "A", Kind: "new-kind", Data: "data"},
				{MS: 12345.67, Who: "A", Kind: Wanted, Data: Bytes(strings.ToUpper(line)), Note: "but the stream ended"},
			},
			Expected: fmt.Sprintf("%q", strings.ToUpper(line)), Actual: fmt.Sprintf("%q", got),
			Diff: Diff([]byte(got), []byte(strings.ToUpper(line))),
		},
	}))
}

func TestOfALongStoryWhatWasAskedLastIsShown(t *testing.T) {
	steps := []Step{{Kind: Noted, Note: "the first rule"}}
	for i, rule := range []string{"the second rule", "the third rule"} {
		steps = append(steps, Step{MS: float64(i), Kind: Noted, Note: rule})
		for j := range 100 {
			steps = append(steps, Step{MS: float64(j), Who: fmt.Sprintf("C%d", j), Kind: Connected})
		}
	}
	steps = append(steps, Step{MS: 501, Who: "C50", Kind: Wanted, Data: "x"})
	text := tell(t, Failure{Record: Record{Test: "T", Status: Fail, Steps: steps}})
	assert.Contains(t, text, "the third rule")
}

func TestAStoryOfThreeHundredClientsIsShortenedButForTheFailingOne(t *testing.T) {
	var steps []Step
	for i := range 300 {
		name := fmt.Sprintf("C%d", i)
		steps = append(steps, Step{MS: float64(i), Who: name, Kind: Connected}, Step{MS: float64(i), Who: name, Kind: Received, Data: "HELLO\n"})
	}
	for i := range 200 {
		name := fmt.Sprintf("C%d", 299-i)
		steps = append(steps, Step{MS: float64(300 + i), Who: name, Kind: Sent, Data: Bytes(name + "\n")})
	}
	steps = append(steps, Step{MS: 501, Who: "C150", Kind: Wanted, Data: "C150\n", Note: "another client's text came"})
	text := tell(t, Failure{Record: Record{Test: "T", Status: Fail, Steps: steps}})
	golden(t, "many-clients.txt", text)

	shown, leftOut := 0, 0
	for line := range strings.Lines(text) {
		var n, connections int
		if _, err := fmt.Sscanf(strings.ReplaceAll(line, ",", ""), " … %d steps on %d connections left out …", &n, &connections); err == nil {
			leftOut += n
		} else {
			shown++
		}
	}
	assert.Equal(t, len(steps), shown+leftOut, "every step is shown or counted")
	assert.Equal(t, 4, strings.Count(text, "  C150  "), "the failing connection's steps are all there")
}

func TestTheFailingConnectionIsShownInFullUpToALimit(t *testing.T) {
	steps := func(n int) (all []Step) {
		for i := range n {
			all = append(all, Step{MS: float64(i), Who: "A", Kind: Sent, Data: "x"})
		}
		return append(all, Step{Kind: Exited, Note: "exit status 0"})
	}
	assert.NotContains(t, tell(t, Failure{Record: Record{Steps: steps(manyOwn)}}), "left out")
	assert.Contains(t, tell(t, Failure{Record: Record{Steps: steps(100_000)}}), "… 99,920 steps on 1 connection left out …")
}

func TestWhatTheFailingStepSaysIsNotSaidTwice(t *testing.T) {
	steps := []Step{{Who: "A", Kind: Wanted, Note: "A: end of stream"}}
	assert.Equal(t, "          0.0 ms  A  end of stream\n", tell(t, Failure{Record: Record{Message: "A: end of stream", Steps: steps}}))
	assert.Equal(t, "       the program exited\n", tell(t, Failure{Record: Record{Message: "the program exited"}}))
	assert.Contains(t, tell(t, Failure{Record: Record{Message: "another reason", Steps: steps}}), "\n       another reason\n")
}

func TestASentenceLosesOnlyTheNameOfItsOwnConnection(t *testing.T) {
	assert.Equal(t, "waits", withoutName("A waits", "A"))
	assert.Equal(t, "Again", withoutName("Again", "A"))
	assert.Equal(t, "A waits", withoutName("A waits", "B"))
	assert.Equal(t, "it waits", withoutName("it waits", ""))
}

func TestNothingInARecordReachesTheTerminalUnescaped(t *testing.T) {
	const evil = "\x1b[2J\r\u202e::error::\x00\u0085##[group]"
	text := tell(t, Failure{
		Requirement: evil, Hint: evil, Again: evil,
		Record: Record{
			Message: evil, Meaning: evil, Expected: evil, Actual: evil, Diff: evil,
			Steps: []Step{{Who: evil, Kind: evil, Data: evil, Note: evil + "\n" + evil}, {Kind: Wanted, Note: "\n::x"}},
		},
	})
	assert.Equal(t, 12, strings.Count(text, "\n"), text)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAFailureThatCannotBeWrittenSaysSo(t *testing.T) {
	require.EqualError(t, Failure{Hint: "x"}.WriteText(brokenPipe{}, ""), "broken pipe")
}
