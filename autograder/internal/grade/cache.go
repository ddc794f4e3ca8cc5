package grade

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// programCache keeps built programs from one run to the next: a class that is graded again after a test was mended, or the
// lab's own programs of known worth, need no compiler then. Only programs that run confined may be kept, since any other
// could change what is kept.
type programCache struct {
	dir string
}

// How much is kept. A program of the course has about 2 MiB.
const (
	maxKeptPrograms = 600
	keptProgramDays = 3
)

// place is where the program that is built from a source is kept. Everything that shapes the program is part of the name.
func (c *programCache) place(hash string, race bool, modules map[string]string) string {
	sum := sha256.New()
	fmt.Fprintln(sum, hash, race, runtime.Version(), runtime.GOOS, runtime.GOARCH, buildFlags(race), submissionModule(modules))
	return filepath.Join(c.dir, hex.EncodeToString(sum.Sum(nil))[:hashLength]+executableSuffix)
}

// find returns the kept program of a source, or "".
func (c *programCache) find(place string) string {
	if c == nil {
		return ""
	}
	now := time.Now()
	if err := os.Chtimes(place, now, now); err != nil { // for prune
		return ""
	}
	return place
}

// keep moves a built program to its place, and returns where it is now. What cannot be moved stays where it is.
func (c *programCache) keep(executable, place string) string {
	if c == nil || os.MkdirAll(c.dir, 0o700) != nil || os.Rename(executable, place) != nil {
		return executable
	}
	return place
}

// prune removes the programs that have not been used for the longest time. What cannot be removed stays until the next run.
func (c *programCache) prune() {
	if c == nil {
		return
	}
	type kept struct {
		path string
		used time.Time
	}
	var all []kept
	entries, _ := os.ReadDir(c.dir) // a folder that is not there holds nothing
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			all = append(all, kept{filepath.Join(c.dir, entry.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b kept) int { return b.used.Compare(a.used) })
	for i, program := range all {
		if age := time.Since(program.used); age > keptProgramDays*24*time.Hour || i >= maxKeptPrograms && age > time.Hour {
			_ = os.RemoveAll(program.path) // a folder is of an older version, which built the visible tests there
		}
	}
}
