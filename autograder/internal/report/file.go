package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A report is written beside its destination under such a name until it is whole.
const (
	unfinishedPrefix = ".tcplab-unfinished-"
	// unfinishedAge is when a leftover of a grader that was killed may go; no report takes so long to write.
	unfinishedAge = time.Hour
)

// ToFile writes what render writes to the file at path: all of it, or nothing. The text goes to a file in the same folder,
// reaches the disk, and then takes the place of what was at path. A device or a pipe, such as /dev/stdout, is written to
// as it is, since to replace it would be a disaster.
func ToFile(path string, render func(io.Writer) error) error {
	if path == "" {
		return errors.New("no file name was given for the report; name one with -o FILE")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder; name a file in it for the report", path)
	case err == nil && !info.Mode().IsRegular():
		return toDevice(path, render)
	case err == nil:
		// The target of a link is replaced, not the link.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write the report: %w", err)
	}

	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder %s does not exist; make it first, or name another file for the report", folder)
	}
	removeLeftovers(folder)
	mode := fs.FileMode(0o666) // less what the user's umask takes away
	if info != nil {
		mode = info.Mode().Perm()
	}
	name := filepath.Join(folder, fmt.Sprintf("%s%d-%016x", ownPrefix(), os.Getpid(), rand.Uint64()))
	unfinished, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("write the report to %s: %w", path, err)
	}
	defer os.Remove(name) // finds nothing once the file has its final name
	if err := finish(unfinished, render); err != nil {
		return fmt.Errorf("write the report to %s: %w", path, err)
	}
	if err := os.Rename(name, path); err != nil {
		return fmt.Errorf("write the report to %s: %w", path, err)
	}
	return nil
}

// finish fills the file, brings it to the disk and closes it in any case.
func finish(file *os.File, render func(io.Writer) error) error {
	defer file.Close() // a second Close does nothing; this one is for a render that fails or panics
	if err := render(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

func toDevice(path string, render func(io.Writer) error) error {
	device, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return errors.Join(render(device), device.Close())
}

// removeLeftovers removes what a grader left that was killed while it wrote. What cannot be removed does no harm.
func removeLeftovers(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() && strings.HasPrefix(entry.Name(), unfinishedPrefix) &&
			(time.Since(info.ModTime()) > unfinishedAge || orphaned(entry.Name())) {
			_ = os.Remove(filepath.Join(folder, entry.Name()))
		}
	}
}

// ownPrefix begins the names of the unfinished files of this machine; the writer's process id follows. Another machine may
// write to the same folder.
func ownPrefix() string {
	host, err := os.Hostname()
	if err != nil || strings.ContainsAny(host, `/\`) {
		host = "unknown"
	}
	return unfinishedPrefix + host + "-"
}

// orphaned reports whether the process of this machine that wrote an unfinished file is no more.
func orphaned(name string) bool {
	rest, ours := strings.CutPrefix(name, ownPrefix())
	number, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	if !ours || err != nil {
		return false
	}
	process, err := os.FindProcess(pid)
	return err != nil || errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
