package grade

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/transcript"
)

// smallLab is a lab of two exercises whose hidden tests run the program and compare what it prints: all that grading needs,
// without a socket.
func smallLab(t *testing.T) string {
	t.Helper()
	const body = `
import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

func judge(t *testing.T, argument, want string) {
	output, err := exec.Command(os.Getenv("TCPLAB_PROGRAM"), argument).CombinedOutput()
	status, message := "pass", ""
	if err != nil || string(output) != want {
		t.Fail()
		status, message = "fail", "got " + strconv.Quote(string(output))
	}
	number, _ := strconv.Atoi(os.Getenv("TCPLAB_RECORD"))
	json.NewEncoder(os.NewFile(uintptr(number), "record")).Encode(struct {
		Test    string "json:\"test\""
		Status  string "json:\"status\""
		Message string "json:\"message,omitempty\""
		Seed    int    "json:\"seed\""
	}{t.Name(), status, message, 1})
}

// It prints what it is given.
//
//lab:points 6
//lab:hint Look at os.Args.
func TestItEchoes(t *testing.T) { judge(t, "hello", "hello") }

// It prints nothing when it is given nothing.
//
//lab:points 4
//lab:needs TestItEchoes
func TestItEchoesNothing(t *testing.T) { judge(t, "", "") }
`
	const race = `
// It is clean.
//
//lab:points 1
//lab:race
func TestItIsClean(t *testing.T) { judge(t, "clean", "clean") }
`
	const doc = "// Package hidden holds hidden tests.\n//\n//lab:port 3232\n//lab:kind server\npackage hidden\n"
	files := map[string]string{
		"exercises/01-echo/README.md":             "# 1. Echo\n",
		"exercises/01-echo/main.go":               mainFile,
		"exercises/01-echo/hidden/doc.go":         doc,
		"exercises/01-echo/hidden/hidden_test.go": "package hidden\n" + body,
		"exercises/02-more/README.md":             "# 2. More\n",
		"exercises/02-more/main.go":               mainFile,
		"exercises/02-more/hidden/doc.go":         doc,
		"exercises/02-more/hidden/hidden_test.go": "package hidden\n" + strings.Replace(body, "points 4", "points 3", 1) + race,
	}
	// the sandbox is the real one
	lab := os.DirFS(filepath.Join("..", "..", ".."))
	for _, pattern := range []string{"go.mod", "go.sum", "autograder/internal/sandbox/initproc/*.go", "autograder/internal/sandbox/control/*.go",
		"autograder/internal/kernel/*.go"} {
		names, err := fs.Glob(lab, pattern)
		require.NoError(t, err)
		for _, name := range names {
			content, err := fs.ReadFile(lab, name)
			require.NoError(t, err)
			files[name] = string(content)
		}
	}
	root := writeTree(t, files)
	if os.Getenv("GOCACHE") == "" { // it follows the user's cache, which is about to change
		user, err := os.UserCacheDir()
		require.NoError(t, err)
		t.Setenv("GOCACHE", filepath.Join(user, "go-build"))
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	return root
}

const (
	echoes = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(os.Args[1]) }\n"
	shouts = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(os.Args[1] + \"!\") }\n"
	panics = "package main\n\nfunc main() { panic(\"no\") }\n"
)

func TestASubmissionIsGradedFromEndToEnd(t *testing.T) {
	root := smallLab(t)
	fork := writeTree(t, map[string]string{"exercises/01-echo/main.go": echoes, "exercises/02-more/main.go": panics})
	told := map[string]transcript.Status{}
	options := Options{Root: root, Submission: fork, Seed: 7, Progress: func(id string, test TestResult) {
		told[id+" "+test.Name] = test.Status
	}}
	got, err := Submission(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, Schema, got.Schema)
	assert.Equal(t, fork, got.Submission)
	assert.EqualValues(t, 7, got.Seed)
	assert.Equal(t, []int{10, 20}, []int{got.Score, got.MaxScore})
	assert.True(t, got.Complete)
	assert.Equal(t, 1, ExitStatus(got))
	require.Len(t, got.Exercises, 2)
	first, second := got.Exercises[0], got.Exercises[1]
	assert.Equal(t, []any{"01-echo", "Echo", Graded, 10, 10}, []any{first.ID, first.Title, first.Status, first.Score, first.MaxScore})
	require.Len(t, second.Tests, 3)
	failed := second.Tests[0]
	assert.Equal(t, transcript.Fail, failed.Status)
	assert.Equal(t, []int{0, 6}, []int{failed.Points, failed.MaxPoints})
	assert.Equal(t, "It prints what it is given.", failed.Requirement)
	assert.Equal(t, "Look at os.Args.", failed.Hint)
	assert.Contains(t, failed.Message, "exercises/02-more/main.go:3", "the student's own path")
	assert.NotContains(t, failed.Message, "s_")
	assert.Equal(t, "needs TestItEchoes, which failed", second.Tests[1].Message)
	assert.Len(t, told, 5)
	runs, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*", "run-*"))
	require.NoError(t, err)
	assert.Empty(t, runs, "nothing is left behind")
}

func TestProgramsAreGradedTogetherAndASecondTimeWithoutTheGoCommand(t *testing.T) {
	root := smallLab(t)
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	require.NoError(t, err)
	require.Len(t, exercises, 2)
	program := func(number int, content string) Source {
		s := source(map[string]string{"main.go": content})
		s.Exercise = exercises[number-1]
		return s
	}
	one := program(1, shouts)
	one.Run = "TestItEchoes"
	sources := []Source{program(1, echoes), program(2, echoes), program(1, shouts), program(2, "package main\n"), one}
	grader, err := New(t.Context(), Options{Root: root})
	require.NoError(t, err)
	defer func() { require.NoError(t, grader.Close()) }()
	for range 2 {
		results, err := grader.Programs(t.Context(), sources)
		require.NoError(t, err)
		require.Len(t, results, len(sources))
		for i, want := range []int{10, 10, 0, 0, 0} {
			assert.Equal(t, want, results[i].Score, "program %d: %+v", i, results[i])
		}
		if race := results[1].Tests[2]; grader.tools.noRace == "" {
			assert.Equal(t, transcript.Pass, race.Status, race.Message)
		} else {
			assert.Equal(t, transcript.Skipped, race.Status, race.Message)
		}
		assert.Equal(t, BuildFailed, results[3].Status)
		assert.Equal(t, "exercises/01-echo: no file declares func main, where a program begins", results[3].Message)
		assert.Len(t, results[4].Tests, 1)
		assert.Equal(t, 6, results[4].MaxScore, "only what was asked for counts")
		grader.plain.tools.command, grader.race.tools.command, grader.lab.tools.command = "gone", "gone", "gone"
	}
}

func TestAProgramThatWasGradedBeforeIsNotBuiltAgainAndAnotherOneIs(t *testing.T) {
	root := smallLab(t)
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	require.NoError(t, err)
	for run, content := range []string{echoes, echoes, echoes + "\n// another program"} {
		grader, err := New(t.Context(), Options{Root: root})
		require.NoError(t, err)
		require.NoError(t, grader.prepare(t.Context()))
		if grader.runner.level < sandbox.L3 {
			t.Skip("programs are kept only where they run in sandboxes")
		}
		s := source(map[string]string{"main.go": content})
		s.Exercise = exercises[0]
		results, err := grader.Programs(t.Context(), []Source{s})
		require.NoError(t, err)
		assert.Equal(t, 10, results[0].Score)
		assert.Equal(t, []int{1, 0, 1}[run], grader.plain.outputs, "calls of the go command in run %d", run)
		require.NoError(t, grader.Close())
	}
}

func TestWithoutACCompilerTheRaceTestIsSkippedWithTheReason(t *testing.T) {
	root := smallLab(t)
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	require.NoError(t, err)
	t.Setenv("CC", "no-such-compiler")
	if noRace() == "" {
		t.Skip("this system's race detector needs no C compiler")
	}
	grader, err := New(t.Context(), Options{Root: root})
	require.NoError(t, err)
	defer func() { require.NoError(t, grader.Close()) }()
	s := source(map[string]string{"main.go": echoes})
	s.Exercise = exercises[1]
	results, err := grader.Programs(t.Context(), []Source{s})
	require.NoError(t, err)
	race := results[0].Tests[2]
	assert.Equal(t, transcript.Skipped, race.Status)
	assert.Contains(t, race.Message, `"no-such-compiler" is not in PATH`)
	assert.True(t, race.Unobservable)
	assert.False(t, results[0].complete(), "a machine's lack is no verdict on a student")
}

func TestHiddenTestsThatDoNotBuildAreTheGradersError(t *testing.T) {
	root := smallLab(t)
	hidden := filepath.Join(root, "exercises", "02-more", "hidden", "hidden_test.go")
	content, err := os.ReadFile(hidden)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(hidden, append(content, "var x = undefined\n"...), 0o600))
	fork := writeTree(t, map[string]string{"01-echo/main.go": echoes, "02-more/main.go": echoes})
	got, err := Submission(t.Context(), Options{Root: root, Submission: fork})
	require.NoError(t, err)
	assert.Equal(t, Graded, got.Exercises[0].Status)
	assert.Equal(t, Errored, got.Exercises[1].Status)
	assert.Contains(t, got.Exercises[1].Message, "undefined: undefined")
	assert.Equal(t, 2, ExitStatus(got))
}

func TestAnInterruptedSubmissionHasNoResultAndLeavesNothing(t *testing.T) {
	root := smallLab(t)
	fork := writeTree(t, map[string]string{"01-echo/main.go": echoes})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Submission(ctx, Options{Root: root, Submission: fork})
	require.ErrorIs(t, err, context.Canceled)
	runs, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*", "run-*"))
	require.NoError(t, err)
	assert.Empty(t, runs)
}
