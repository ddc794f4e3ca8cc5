//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package scratch

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// hold locks a file until the returned Closer is closed or the process ends, however it ends: the kernel sees to that.
func hold(path string) (io.Closer, error) { return flock(path, os.O_CREATE, syscall.LOCK_EX) }

// Lock is for short exclusive work, among all processes of this machine, on what path stands for.
func Lock(ctx context.Context, path string) (release func(), err error) {
	for {
		lock, err := flock(path, os.O_CREATE, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = lock.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, err
		}
		select { // a blocking flock could not be interrupted
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockEvery):
		}
	}
}

// TryLock is Lock for long work: it does not wait, and fails with ErrLocked when somebody else holds the lock.
func TryLock(path string) (release func(), err error) {
	lock, err := flock(path, os.O_CREATE, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = lock.Close() }, nil
}

// lockEvery is how often a lock that somebody else holds is asked for.
const lockEvery = 20 * time.Millisecond

// abandoned reports whether nobody holds the lock of a run's folder.
func abandoned(run string) bool {
	lock, err := flock(filepath.Join(run, lockName), 0, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, fs.ErrNotExist) {
		return true // killed between making the folder and locking it
	}
	if err != nil {
		return false
	}
	_ = lock.Close()
	return true
}

func flock(path string, create, how int) (io.Closer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|create, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return file, nil
}

func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
