package grade

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

func newTestBuilder(t *testing.T) *builder {
	t.Helper()
	tools, err := findToolchain(t.Context(), ".")
	require.NoError(t, err)
	return &builder{tools: tools, scratch: t.TempDir(), home: t.TempDir(), built: map[string]program{}, uses: map[string]int{}}
}

// says is a whole program that prints a text.
func says(text string) map[string]string {
	return map[string]string{"main.go": "package main\n\nfunc main() { print(\"" + text + "\") }\n"}
}

func TestManySourcesAreBuiltInOneCallAndEqualOnesOnce(t *testing.T) {
	b := newTestBuilder(t)
	one, two, same := source(says("one")), source(says("two")), source(says("one"))
	same.Display = "exercises/02-other"
	bad := source(map[string]string{"main.go": mainFile, "line.go": "package main\n\nvar x = undefined\nvar x int\n"})
	require.NoError(t, b.buildAll(t.Context(), []Source{one, two, same, bad}))
	assert.Equal(t, 1, b.outputs, "calls of the go command")
	assert.Len(t, b.built, 3)
	for text, s := range map[string]Source{"one": one, "two": two} {
		output, err := exec.Command(b.built[s.hash()].path).CombinedOutput()
		require.NoError(t, err)
		assert.Equal(t, text, string(output))
	}
	failed := b.built[bad.hash()]
	assert.Empty(t, failed.path)
	assert.Empty(t, failed.fault)
	assert.Equal(t, []string{
		"exercises/01-echo/line.go:3:9: undefined: undefined",
		"exercises/01-echo/line.go:4:5: x redeclared in this block",
		"    exercises/01-echo/line.go:3:5: other declaration of x",
	}, studentLines(failed.lines, bad.hash(), bad.Display))
	require.NoError(t, b.buildAll(t.Context(), []Source{one, same, bad}))
	assert.Equal(t, 1, b.outputs, "nothing is built again")
	entries, err := os.ReadDir(b.home)
	require.NoError(t, err)
	assert.Empty(t, entries, "no copy of a program is left outside the scratch folder")
}

func TestASourceThatStopsTheWholeCallDoesNotStopTheOthers(t *testing.T) {
	b := newTestBuilder(t)
	good := source(says("good"))
	// Neither passes precheck, which is what keeps such sources out of the call.
	missing := source(imports("github.com/foo/bar"))
	mixed := source(map[string]string{"main.go": mainFile, "line.go": "package line\n"})
	bad := source(map[string]string{"main.go": "package main\n\nfunc main() { x() }\n"})
	require.NoError(t, b.buildAll(t.Context(), []Source{good, missing, mixed, bad}))
	assert.NotEmpty(t, b.built[good.hash()].path, b.built[good.hash()].fault)
	lines := studentLines(b.built[missing.hash()].lines, missing.hash(), missing.Display)
	require.NotEmpty(t, lines, b.built[missing.hash()].fault)
	assert.Contains(t, lines[0], "exercises/01-echo/main.go:3:8: no required module provides package github.com/foo/bar")
	assert.Empty(t, b.built[mixed.hash()].path)
	assert.Equal(t, []string{"exercises/01-echo/main.go:3:15: undefined: x"},
		studentLines(b.built[bad.hash()].lines, bad.hash(), bad.Display))
}

func TestAToolchainThatFailsIsNeverTheStudentsFault(t *testing.T) {
	b := newTestBuilder(t)
	b.tools.command = filepath.Join(t.TempDir(), "go")
	script := "#!/bin/sh\necho 'go: no space left on \x1b[31mdevice' >&2\nexit 1\n"
	require.NoError(t, os.WriteFile(b.tools.command, []byte(script), 0o700))
	one, two := source(says("one")), source(says("two"))
	if err := b.buildAll(t.Context(), []Source{one, two}); err != nil {
		t.Skip("this system does not run scripts")
	}
	for _, s := range []Source{one, two} {
		built := b.built[s.hash()]
		assert.Empty(t, built.path)
		assert.Empty(t, built.lines)
		assert.Equal(t, `the go command did not build it: go: no space left on \x1b[31mdevice`, built.fault)
	}
}

func TestAMissingGoCommandIsAnErrorOfItsOwn(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findToolchain(t.Context(), ".")
	assert.ErrorIs(t, err, ErrNoGo)
}

func TestAModuleThatIsNotOnThisMachineIsFetched(t *testing.T) {
	const module = "golang.org/x/sys"
	output, err := exec.Command("go", "env", "GOMODCACHE").Output()
	require.NoError(t, err)
	here := filepath.ToSlash(filepath.Join(strings.TrimSpace(string(output)), "cache", "download"))
	tools := newTestBuilder(t).tools
	using := map[string]Source{"": {Exercise: exercise.Exercise{ID: "06-x", Module: module}}}
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw") // so that it can be removed
	t.Setenv("GOPROXY", "off")
	_, err = tools.modulesOf(t.Context(), using)
	require.ErrorContains(t, err, "module "+module+", which exercise 06-x uses, is not to be had (")
	require.NotContains(t, err.Error(), "%!")
	t.Setenv("GOPROXY", "file:///"+strings.TrimPrefix(here, "/"))
	folders, err := tools.modulesOf(t.Context(), using)
	require.NoError(t, err)
	require.DirExists(t, filepath.Join(folders[module], "unix"))
}

func TestAnInterruptedBuildIsNoVerdict(t *testing.T) {
	b := newTestBuilder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.buildAll(ctx, []Source{source(says("one"))}), context.Canceled)
	assert.Empty(t, b.built)
}

func TestTheUsersGoSettingsDoNotReachASubmission(t *testing.T) {
	t.Setenv("GOFLAGS", "-tags=cheat")
	t.Setenv("GOOS", "plan9")
	t.Setenv("GODEBUG", "multipathtcp=1")
	t.Setenv("GOCACHE", "/the/cache")
	env := strings.Join(submissionEnv("/temp", false), "\n") + "\n"
	assert.NotContains(t, env, "cheat")
	assert.NotContains(t, env, "plan9")
	assert.NotContains(t, env, "GODEBUG")
	assert.Contains(t, env, "GOCACHE=/the/cache\n")
	assert.Contains(t, env, "CGO_ENABLED=0\n")
}

func TestCompilerLinesAreTheStudentsOwnAndSafeToPrint(t *testing.T) {
	lines := []string{
		"s_0123456789abcdef/main.go:1:2: undefined: x",
		"\ts_0123456789abcdef/main.go:3:4: other declaration of \x1b[31mx\r",
		"package submission/s_0123456789abcdef: odd",
	}
	assert.Equal(t, []string{
		"exercises/03-x/main.go:1:2: undefined: x",
		`    exercises/03-x/main.go:3:4: other declaration of \x1b[31mx`,
		"package exercises/03-x: odd",
	}, studentLines(lines, "0123456789abcdef", "exercises/03-x"))
}

func TestALongListOfLinesIsCutWithItsNumber(t *testing.T) {
	lines := strings.Split(strings.Repeat("line\n", 50), "\n")[:50]
	short := shortList(lines)
	assert.Len(t, short, maxBuildLines+1)
	assert.Equal(t, "... and 30 more lines", short[maxBuildLines])
	assert.Len(t, lines, 50)
	assert.Equal(t, lines[:20], shortList(lines[:20]))
}
