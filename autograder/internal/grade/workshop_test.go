package grade

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompilingTheStandardLibraryIsNoPartOfAProgramsTime(t *testing.T) {
	b := newTestBuilder(t)
	b.tools.command = filepath.Join(t.TempDir(), "go")
	require.NoError(t, os.WriteFile(b.tools.command, []byte("#!/bin/sh\necho\n"), 0o700))
	if exec.Command(b.tools.command).Run() != nil {
		t.Skip("this system does not run scripts")
	}
	b.home = filepath.Join(t.TempDir(), "home")
	const noTimeLeft = -int(buildWall / buildWallEach)
	said, err := b.callGo(t.Context(), t.TempDir(), t.TempDir(), nil, noTimeLeft, []string{"build"})
	require.NoError(t, err)
	assert.Equal(t, "more time than it is given", said.limit)
	marks, err := filepath.Glob(filepath.Join(filepath.Dir(b.home), "warm-*"))
	require.NoError(t, err)
	require.Len(t, marks, 1, "the library was compiled although no time was left")
	assert.True(t, isWarm(marks[0]))
}

func TestTheStandardLibraryIsCompiledAgainWhenItIsGoneOrWasNotUsedForLong(t *testing.T) {
	dir := t.TempDir()
	mark, compiled := filepath.Join(dir, "warm"), filepath.Join(dir, "fmt.a")
	assert.False(t, isWarm(mark), "it never was")
	require.NoError(t, os.WriteFile(compiled, nil, 0o600))
	require.NoError(t, os.WriteFile(mark, []byte("\n"+compiled+"\n"), 0o600))
	assert.True(t, isWarm(mark))
	old := time.Now().Add(-warmFor - time.Hour)
	require.NoError(t, os.Chtimes(mark, old, old))
	assert.False(t, isWarm(mark), "the cache may be about to lose it")
	require.NoError(t, os.WriteFile(mark, []byte(compiled+"\n"), 0o600))
	require.NoError(t, os.Chtimes(mark, time.Now(), time.Now()))
	require.NoError(t, os.Remove(compiled))
	assert.False(t, isWarm(mark), "it is gone")
}

func TestACompilerThatDiesOfALimitIsToldFromOneThatFindsAnError(t *testing.T) {
	for _, died := range []string{
		"go build submission/s_1: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed",
		"fatal error: runtime: out of memory",
		"fatal error: runtime: cannot map pages in arena address space",
		"SIGSEGV: segmentation violation",
	} {
		assert.True(t, outgrown([]string{"s_1/main.go:3:2: declared and not used: x", died}), died)
	}
	for _, found := range []string{
		`s_1/main.go:7:2: undefined: fatal`,
		`s_1/main.go:9:1: syntax error: unexpected "fatal error: out of memory"`,
		"main.main: relocation target main.helper not defined",
	} {
		assert.False(t, outgrown([]string{found}), found)
	}
}
