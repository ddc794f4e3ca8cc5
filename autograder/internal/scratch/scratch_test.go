package scratch

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets this binary be another run of the autograder: one that makes a folder, says where, and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("SCRATCH_TEST_OTHER_RUN") == "" {
		os.Exit(m.Run())
	}
	dir, err := New()
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(dir.Path + "\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestAFolderIsPrivateAndGoneWhenClosed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := New()
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(dir.Path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir.Path, "file"), nil, 0o600))
	require.NoError(t, dir.Close())
	assert.NoDirExists(t, dir.Path)
}

func TestAFolderWithoutPermissionsIsRemovedToo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := New()
	require.NoError(t, err)
	locked := filepath.Join(dir.Path, "a", "b")
	require.NoError(t, os.MkdirAll(locked, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(locked, "file"), nil, 0o600))
	require.NoError(t, os.Chmod(locked, 0))
	require.NoError(t, dir.Close())
	assert.NoDirExists(t, dir.Path)
}

func TestTwoRunsLeaveEachOtherAlone(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, err := New()
	require.NoError(t, err)
	second, err := New()
	require.NoError(t, err)
	assert.DirExists(t, first.Path)
	assert.NotEqual(t, first.Path, second.Path)
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
}

func TestTheNextRunRemovesWhatAKilledRunLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "SCRATCH_TEST_OTHER_RUN=1")
	stdin, err := other.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	left := line[:len(line)-1]

	while, err := New()
	require.NoError(t, err)
	assert.DirExists(t, left, "its run is alive")
	require.NoError(t, while.Close())

	require.NoError(t, other.Process.Kill())
	require.Error(t, other.Wait())
	assert.DirExists(t, left)
	after, err := New()
	require.NoError(t, err)
	assert.NoDirExists(t, left)
	require.NoError(t, after.Close())
}

func TestAPlantedSymbolicLinkIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the temporary folder of Windows belongs to one user")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	dir, err := New()
	require.NoError(t, err)
	require.NoError(t, dir.Close())
	parent := filepath.Dir(dir.Path)
	require.NoError(t, os.RemoveAll(parent))
	require.NoError(t, os.Symlink(t.TempDir(), parent))
	_, err = New()
	require.Error(t, err)
	assert.Contains(t, err.Error(), parent)
	assert.Contains(t, err.Error(), "TMPDIR")
}

func TestACacheThatCannotBeWrittenIsNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the cache's variable differs from system to system")
	}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	t.Setenv("XDG_CACHE_HOME", file)
	_, err := Cache()
	require.Error(t, err)
	assert.Contains(t, err.Error(), filepath.Join(file, "tcplab"))
	assert.Contains(t, err.Error(), "set XDG_CACHE_HOME to a folder that can be written")
}

func TestTheCacheIsMadeWhereItIsMissing(t *testing.T) {
	base := filepath.Join(t.TempDir(), "deeper")
	t.Setenv("XDG_CACHE_HOME", base)
	if runtime.GOOS != "linux" {
		t.Skip("the cache's variable differs from system to system")
	}
	cache, err := Cache()
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(base, "tcplab"), cache)
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	assert.Empty(t, entries, "the probe is gone")
}
