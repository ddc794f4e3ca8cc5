package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func writing(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	all := []string{}
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

func TestAFileHoldsTheWholeReportAndNothingElseRemains(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.json")
	for _, text := range []string{"first, and longer", "second"} {
		require.NoError(t, ToFile(path, writing(text)))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
	}
	assert.Equal(t, []string{"report.json"}, names(t, folder))
}

func TestAReportThatFailsHalfwayLeavesTheOldOneAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.json")
	require.NoError(t, ToFile(path, writing("old")))
	halfway := func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("no more")
	}
	require.ErrorContains(t, ToFile(path, halfway), "no more")
	require.Panics(t, func() { _ = ToFile(path, func(io.Writer) error { panic("no more") }) })
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(got))
	assert.Equal(t, []string{"report.json"}, names(t, folder))
	require.Error(t, ToFile(filepath.Join(folder, "new.json"), halfway))
	assert.Equal(t, []string{"report.json"}, names(t, folder))
}

func TestAPlaceThatCannotHoldAReportIsNamed(t *testing.T) {
	folder := t.TempDir()
	require.ErrorContains(t, ToFile("", writing("x")), "no file name")
	require.ErrorContains(t, ToFile(folder, writing("x")), folder+" is a folder; name a file in it")
	require.ErrorContains(t, ToFile(filepath.Join(folder, "no", "report"), writing("x")), "make it first")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o644))
	require.ErrorContains(t, ToFile(filepath.Join(folder, "file", "report"), writing("x")), "write the report")
	assert.Equal(t, []string{"file"}, names(t, folder))
}

func TestALinkStaysALinkAndAFileKeepsItsMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there, and files have no such modes")
	}
	folder := t.TempDir()
	target, link := filepath.Join(folder, "target"), filepath.Join(folder, "link")
	require.NoError(t, os.WriteFile(target, []byte("old"), 0o600))
	require.NoError(t, os.Symlink("target", link))
	require.NoError(t, ToFile(link, writing("new")))
	got, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.Equal(t, "new", string(got))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink)
	info, err = os.Stat(target)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestADeviceIsWrittenToAndNotReplaced(t *testing.T) {
	link := filepath.Join(t.TempDir(), "device")
	if runtime.GOOS == "windows" || os.Symlink(os.DevNull, link) != nil {
		t.Skip("this system has no file for the device, or no links")
	}
	require.NoError(t, ToFile(link, writing("gone")))
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeDevice)
	require.ErrorContains(t, ToFile(link, func(io.Writer) error { return errors.New("no more") }), "no more")
}

func TestWhatAKilledGraderLeftIsRemovedWhenItIsOld(t *testing.T) {
	folder := t.TempDir()
	old, young := filepath.Join(folder, unfinishedPrefix+"old"), filepath.Join(folder, unfinishedPrefix+"young")
	require.NoError(t, os.WriteFile(old, nil, 0o644))
	require.NoError(t, os.WriteFile(young, nil, 0o644))
	long := time.Now().Add(-2 * unfinishedAge)
	require.NoError(t, os.Chtimes(old, long, long))
	require.NoError(t, ToFile(filepath.Join(folder, "report"), writing("x")))
	assert.Equal(t, []string{unfinishedPrefix + "young", "report"}, names(t, folder))
}

func TestWhatAKilledGraderLeftIsRemovedByTheNextWhateverItsAge(t *testing.T) {
	folder := t.TempDir()
	gone := exec.Command("go", "version") // any program that ends
	require.NoError(t, gone.Run())
	left := filepath.Join(folder, fmt.Sprintf("%s%d-0123", ownPrefix(), gone.Process.Pid))
	busy := filepath.Join(folder, fmt.Sprintf("%s%d-0123", ownPrefix(), os.Getpid()))
	foreign := filepath.Join(folder, unfinishedPrefix+"another-machine-1-0123")
	for _, name := range []string{left, busy, foreign} {
		require.NoError(t, os.WriteFile(name, nil, 0o600))
	}
	require.NoError(t, ToFile(filepath.Join(folder, "report"), func(io.Writer) error { return nil }))
	assert.NoFileExists(t, left)
	assert.FileExists(t, busy, "its writer is still at work")
	assert.FileExists(t, foreign, "nobody here knows whether its writer is still at work")
}
