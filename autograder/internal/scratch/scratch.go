// Package scratch gives every run of the autograder a temporary folder of its own, which does not outlive it by more than
// one run: what a killed run leaves behind, the next one removes. It also knows where the user's cache is.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// lockName is the file in a run's folder that its run holds a lock on for as long as it lives.
const lockName = "lock"

// ErrLocked is TryLock's when another process holds the lock.
var ErrLocked = errors.New("another process holds the lock")

// Dir is the temporary folder of one run.
type Dir struct {
	// Path is absolute. Only the user who runs the autograder can look into it.
	Path string
	lock io.Closer
}

// New makes a folder for this run and removes those of runs that are no more.
func New() (*Dir, error) {
	parent, err := parentDir()
	if err != nil {
		return nil, err
	}
	// A folder has no lock yet at the moment that it is made. Nobody sweeps while anybody makes one.
	release, err := Lock(context.Background(), filepath.Join(parent, lockName))
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	defer release()
	sweep(parent)
	path, err := os.MkdirTemp(parent, "run-")
	if err != nil {
		return nil, unwritable(parent, "TMPDIR", err)
	}
	lock, err := hold(filepath.Join(path, lockName))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("scratch: %w", err), os.RemoveAll(path))
	}
	return &Dir{Path: path, lock: lock}, nil
}

// LockPort waits until no other process of this user uses a TCP port of the machine for grading, and keeps it to this one
// until release is called.
func LockPort(ctx context.Context, port int) (release func(), err error) {
	parent, err := parentDir()
	if err != nil {
		return nil, err
	}
	release, err = Lock(ctx, filepath.Join(parent, fmt.Sprintf("port-%d", port)))
	if err != nil {
		return nil, fmt.Errorf("scratch: wait for port %d: %w", port, err)
	}
	return release, nil
}

// Close removes the folder with all that is in it.
func (d *Dir) Close() error {
	if runtime.GOOS != "windows" {
		return errors.Join(remove(d.Path), d.lock.Close())
	}
	return errors.Join(d.lock.Close(), remove(d.Path)) // Windows removes no file that is open
}

// sweep removes the folders whose run is no more. What cannot be removed stays for the next run: it harms nobody.
func sweep(parent string) {
	runs, _ := filepath.Glob(filepath.Join(parent, "run-*"))
	for _, run := range runs {
		if abandoned(run) {
			_ = remove(run)
		}
	}
}

// remove deletes a tree even when a program has taken its own permissions away from a folder in it.
func remove(tree string) error {
	if os.RemoveAll(tree) == nil {
		return nil
	}
	_ = filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(tree)
}

// parentDir is the folder that holds the folders of all runs of this user.
func parentDir() (string, error) {
	name := "tcplab"
	if uid := os.Getuid(); uid >= 0 {
		name += "-" + strconv.Itoa(uid) // the system's temporary folder is everybody's, except on Windows
	}
	parent := filepath.Join(os.TempDir(), name)
	if err := os.Mkdir(parent, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", unwritable(parent, "TMPDIR", err)
	}
	info, err := os.Lstat(parent)
	if err != nil {
		return "", fmt.Errorf("scratch: %w", err)
	}
	// In a folder that everybody can write to, somebody else may have been there first.
	if !info.IsDir() || !mine(info) {
		return "", fmt.Errorf("scratch: %s is not a folder of yours; remove it, or set TMPDIR to a folder of your own", parent)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(parent, 0o700); err != nil {
			return "", fmt.Errorf("scratch: %w", err)
		}
	}
	return filepath.Abs(parent)
}

// Cache is the folder for what is worth keeping from one run to the next. It exists and can be written when Cache returns.
func Cache() (string, error) {
	variable := map[string]string{"windows": "LocalAppData", "darwin": "HOME", "ios": "HOME"}[runtime.GOOS]
	if variable == "" {
		variable = "XDG_CACHE_HOME"
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the cache: %w; set %s to a folder that can be written", err, variable)
	}
	cache := filepath.Join(base, "tcplab")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", unwritable(cache, variable, err)
	}
	// Permissions alone do not tell: the disk may be full, or mounted to be read only.
	probe, err := os.CreateTemp(cache, ".probe-")
	if err != nil {
		return "", unwritable(cache, variable, err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return "", unwritable(cache, variable, err)
	}
	return cache, nil
}

func unwritable(dir, variable string, err error) error {
	return fmt.Errorf("cannot write to %s: %w; set %s to a folder that can be written", dir, err, variable)
}
