package lectures

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sessionInfo is what follows the fence of a block that shows what happens in terminals.
const sessionInfo = "console session"

// kind says what a line of a session is.
type kind int

const (
	printed     kind = iota // what the terminal showed
	command                 // `$ go run ...` starts a program
	typed                   // `> text` types a line
	inputEnds               // `^D` ends the input
	interrupted             // `^C` interrupts the program
	remark                  // `# words` says something to the reader
)

// entry is a line of a session.
type entry struct {
	terminal string
	kind     kind
	text     string // without the mark of its kind
}

// turn is something that a person does, and what the terminals show of it until the person does something else.
type turn struct {
	does  entry
	shows []entry
}

var terminalName = regexp.MustCompile(`^\[([a-z0-9]+)\](?: (.*))?$`)

func parseEntry(line string) (entry, error) {
	fields := terminalName.FindStringSubmatch(line)
	if fields == nil {
		return entry{}, fmt.Errorf("%q does not begin with a terminal's name, such as [server]", line)
	}
	e := entry{terminal: fields[1], text: fields[2]}
	for mark, kind := range map[string]kind{"$": command, ">": typed, "#": remark} {
		if text, ok := strings.CutPrefix(e.text, mark+" "); ok {
			return entry{e.terminal, kind, text}, nil
		}
	}
	switch e.text {
	case "^D":
		return entry{terminal: e.terminal, kind: inputEnds}, nil
	case "^C":
		return entry{terminal: e.terminal, kind: interrupted}, nil
	case ">":
		return entry{terminal: e.terminal, kind: typed}, nil
	}
	return e, nil
}

func (e entry) String() string {
	text := map[kind]string{printed: "", command: "$ ", typed: "> ", inputEnds: "^D", interrupted: "^C", remark: "# "}[e.kind] + e.text
	return strings.TrimRight("["+e.terminal+"] "+text, " ")
}

func parseSession(lines []string) ([]turn, error) {
	var turns []turn
	for _, line := range lines {
		e, err := parseEntry(line)
		switch {
		case err != nil:
			return nil, err
		case e.kind != printed:
			turns = append(turns, turn{does: e})
		case len(turns) == 0:
			return nil, fmt.Errorf("%q is shown before anything has been started", line)
		default:
			last := &turns[len(turns)-1]
			last.shows = append(last.shows, e)
		}
	}
	if len(turns) == 0 {
		return nil, errors.New("the session is empty: begin with [server] $ go run ./lectures/...")
	}
	return turns, nil
}

func formatSession(turns []turn) []string {
	var lines []string
	for _, t := range turns {
		lines = append(lines, t.does.String())
		for _, e := range t.shows {
			lines = append(lines, e.String())
		}
	}
	return lines
}

// program is the package that a command runs, and its arguments. Other commands are not taken: the replay would need a shell,
// and the reader a program that not everybody has.
func program(command string) (pkg string, args []string, err error) {
	fields := strings.Fields(command)
	if len(fields) < 3 || fields[0] != "go" || fields[1] != "run" ||
		!strings.HasPrefix(fields[2], "./lectures/") && !strings.HasPrefix(fields[2], "./autograder") {
		return "", nil, fmt.Errorf("%q is not of the form: go run ./lectures/FOLDER [ARGUMENT ...]", command)
	}
	return fields[2], fields[3:], nil
}

// varying are the parts of an output that are different in every run, and what stands for them in a comparison.
var varying = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`), "TIME"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d(\.\d+)?\b`), "TIME"},
	{regexp.MustCompile(`\b(\d+(\.\d+)?( ?)(h|m|s|ms|µs|us|ns))+\b`), "DURATION"},
	{regexp.MustCompile(`(?i)\b(pid|process|child)( |=|: )\d+\b`), "$1${2}PID"},
	// Systems take the ports of clients from 32768 upwards, or from 49152.
	{regexp.MustCompile(`\b(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})\b`), "PORT"},
}

func normalise(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	return text
}

// sameTurn reports whether both turns are the same to a reader: what varies from run to run may differ, and so may the order
// in which two terminals show something. Within a terminal the order counts.
func sameTurn(a, b turn) bool {
	shown := func(t turn) map[string][]string {
		lines := map[string][]string{}
		for _, e := range t.shows {
			lines[e.terminal] = append(lines[e.terminal], normalise(e.text))
		}
		return lines
	}
	x, y := shown(a), shown(b)
	for name := range x {
		if !slices.Equal(x[name], y[name]) {
			return false
		}
	}
	return a.does == b.does && len(x) == len(y)
}

func TestASessionIsReadLineByLine(t *testing.T) {
	lines := []string{
		"[server] $ go run ./lectures/x -count 3",
		"[server] listening on 127.0.0.1:2424",
		"[alice] # Alice comes.",
		"[alice] > hello",
		"[alice] < > HELLO",
		"[alice] >",
		"[alice]",
		"[alice] ^D",
		"[server] ^C",
	}
	turns, err := parseSession(lines)
	require.NoError(t, err)
	require.Len(t, turns, 6)
	assert.Equal(t, turn{entry{"alice", typed, "hello"}, []entry{{"alice", printed, "< > HELLO"}}}, turns[2])
	assert.Equal(t, turn{entry{"alice", typed, ""}, []entry{{"alice", printed, ""}}}, turns[3])
	assert.Equal(t, lines, formatSession(turns))
	pkg, args, err := program(turns[0].does.text)
	require.NoError(t, err)
	assert.Equal(t, "./lectures/x", pkg)
	assert.Equal(t, []string{"-count", "3"}, args)
}

func TestASessionThatCannotBeReplayedIsRefused(t *testing.T) {
	for line, want := range map[string]string{
		"listening":        "does not begin with a terminal's name",
		"[server] listens": "is shown before anything has been started",
	} {
		_, err := parseSession([]string{line})
		require.ErrorContains(t, err, want)
	}
	_, err := parseSession(nil)
	require.ErrorContains(t, err, "is empty")
	for _, command := range []string{"nc localhost 3232", "go run", "go test ./lectures/x", "go run ../x"} {
		_, _, err := program(command)
		require.ErrorContains(t, err, "is not of the form")
	}
}

func TestOnlyWhatVariesIsNormalised(t *testing.T) {
	for text, want := range map[string]string{
		"from 127.0.0.1:41234 to 127.0.0.1:2424":      "from 127.0.0.1:PORT to 127.0.0.1:2424",
		"127.0.0.1:32767 and 32768":                   "127.0.0.1:32767 and PORT",
		`{"time":"2026-11-26T02:36:49.123456Z"}`:      `{"time":"TIME"}`,
		"2026/11/26 02:36:49 alice left":              "TIME alice left",
		"alice waited 15.09 s, bob 1m2.5s, eve 12 µs": "alice waited DURATION, bob DURATION, eve DURATION",
		"child 4711 serves her (pid=12)":              "child PID serves her (pid=PID)",
		"> HELLO 123 3 messages":                      "> HELLO 123 3 messages",
	} {
		assert.Equal(t, want, normalise(text))
	}
}

func TestTurnsAreComparedTerminalByTerminal(t *testing.T) {
	session := func(lines ...string) turn {
		turns, err := parseSession(append([]string{"[a] > x"}, lines...))
		require.NoError(t, err)
		return turns[0]
	}
	shown := session("[a] 1", "[b] one", "[a] 2")
	assert.True(t, sameTurn(shown, session("[a] 1", "[a] 2", "[b] one")))
	assert.False(t, sameTurn(shown, session("[a] 2", "[a] 1", "[b] one")))
	assert.False(t, sameTurn(shown, session("[a] 1", "[a] 2")))
	assert.False(t, sameTurn(shown, session("[a] 1", "[a] 2", "[b] one", "[c] more")))
	assert.False(t, sameTurn(turn{does: entry{"a", typed, "y"}}, turn{does: entry{"a", typed, "x"}}))
}
