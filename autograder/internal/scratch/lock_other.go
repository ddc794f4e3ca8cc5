//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package scratch

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Without file locks, a folder belongs to the process whose number its lock file holds.
const (
	// settling is how long a folder may be without that number.
	settling = time.Minute
	// longestRun is when a number that is in use again no longer protects a folder.
	longestRun = 24 * time.Hour
)

func hold(path string) (io.Closer, error) {
	return io.NopCloser(nil), os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600)
}

// Lock does nothing here: two runs that begin at the same moment may do the same work twice.
func Lock(context.Context, string) (release func(), err error) { return func() {}, nil }

// TryLock is for long work: it fails with ErrLocked when the file holds the number of another process that lives. Two runs that
// begin at the same moment may both get it.
func TryLock(path string) (release func(), err error) {
	text, _ := os.ReadFile(path) // a file that is not there is nobody's
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && pid != os.Getpid() {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Release()
			return nil, ErrLocked
		}
	}
	if _, err := hold(path); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil
}

func abandoned(run string) bool {
	info, err := os.Stat(run)
	if err != nil {
		return false
	}
	age := time.Since(info.ModTime())
	text, err := os.ReadFile(filepath.Join(run, lockName))
	if err != nil {
		return age > settling
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return age > settling
	}
	process, err := os.FindProcess(pid) // on Windows this fails where no such process exists
	if err != nil {
		return true
	}
	_ = process.Release()
	return age > longestRun
}

func mine(fs.FileInfo) bool { return true }
