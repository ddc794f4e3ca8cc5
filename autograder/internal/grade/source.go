package grade

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// What a folder may hold. A course's programs are a hundred times smaller; the limits keep a hostile folder from being read.
const (
	maxFiles    = 40
	maxFileSize = 256 << 10 // bytes
	maxEntries  = 1000      // of a folder, files that are not Go's included
)

// Source is one program to be graded: its files, apart from where they came from.
type Source struct {
	Exercise exercise.Exercise
	// Display is the folder as the student knows it ("exercises/03-threaded-server"). Messages begin with it.
	Display string
	// Files holds the Go files by their names.
	Files map[string][]byte
	// LeftOut says, one line each, what of the folder was left out and why.
	LeftOut []string
	// Missing is set when the submission has no such folder.
	Missing bool
	// Problem is set when the folder cannot be taken for a program; it tells the student why.
	Problem string
	// Run is the name of the one test to grade, with those that it needs; empty for all of them.
	Run string
}

// ReadSource reads the folder rel (slash-separated) of a submission. Of a stranger's folder only plain files are read that
// are really in it: a link could lead to the solution, a pipe would never end. The error is the grader's, never the
// student's: what is wrong with the folder itself is in the Source.
func ReadSource(ex exercise.Exercise, submission, rel string) (Source, error) {
	source := Source{Exercise: ex, Display: transcript.Line(rel, 200)}
	root, err := os.OpenRoot(submission)
	if err != nil {
		return source, fmt.Errorf("read the submission: %w", err)
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(rel))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		source.Missing = true
		return source, nil
	case err != nil:
		return source, fmt.Errorf("read the submission: %w", err)
	case !info.IsDir():
		source.Problem = fmt.Sprintf("%s is %s, not a folder: make it a folder that holds main.go", source.Display, kindOf(info))
		return source, nil
	}
	folder, err := root.OpenRoot(filepath.FromSlash(rel))
	if err != nil {
		return source, fmt.Errorf("read the submission: %w", err)
	}
	defer folder.Close()
	if err := source.readFolder(folder); err != nil {
		return source, err
	}
	if source.Problem != "" {
		return source, nil // nothing of it is built
	}
	return source, source.takeGiven()
}

// takeGiven puts the exercise's own copies of the given files in place of the student's.
func (s *Source) takeGiven() error {
	for _, name := range s.Exercise.Given {
		content, err := os.ReadFile(filepath.Join(s.Exercise.Dir, name))
		if err != nil {
			return fmt.Errorf("read what exercise %s gives: %w", s.Exercise.ID, err)
		}
		if changed, ok := s.Files[name]; ok && !bytes.Equal(changed, content) {
			s.leaveOut(name, "it comes with the exercise and is not part of the task, so it was graded as it came")
		}
		s.Files[name] = content
	}
	return nil
}

func (s *Source) readFolder(folder *os.Root) error {
	list, err := folder.Open(".")
	if err != nil {
		return fmt.Errorf("read the submission: %w", err)
	}
	defer list.Close()
	entries, err := list.ReadDir(maxEntries + 1)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the submission: %w", err)
	}
	if len(entries) > maxEntries {
		s.Problem = fmt.Sprintf("%s holds more than %d files: remove what does not belong to the program", s.Display, maxEntries)
		return nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	s.Files = map[string][]byte{}
	for _, entry := range entries {
		name := entry.Name()
		if why := steersBuild(name); why != "" {
			s.leaveOut(name, why)
			continue
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name[0] == '_' || name[0] == '.' {
			continue // the go command would not build it into the program either
		}
		if transcript.Line(name, len(name)) != name || strings.ContainsAny(name, ` \`) || !beginsPlain(name) {
			s.leaveOut(name, "its name has characters that a Go file's name cannot have")
			continue
		}
		content, why := readPlain(folder, name)
		if why != "" {
			s.leaveOut(name, why)
			continue
		}
		s.Files[name] = content
		if len(s.Files) > maxFiles {
			s.Problem = fmt.Sprintf("%s holds more than %d Go files: an exercise needs a few", s.Display, maxFiles)
			return nil
		}
	}
	return nil
}

// beginsPlain reports whether the go command takes a name for that of a file: one that begins with another character could be
// taken for a flag, and it refuses the whole package.
func beginsPlain(name string) bool {
	first := name[0]
	return first >= utf8.RuneSelf || '0' <= first && first <= '9' || 'a' <= first|0x20 && first|0x20 <= 'z'
}

// steersBuild says why a file or folder has no effect that would have one on a build by hand, or "".
func steersBuild(name string) string {
	switch {
	case slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum", "vendor"}, name):
		return "every program is built in a module of the grader's own"
	case slices.Contains([]string{".s", ".S", ".c", ".h", ".cc", ".cpp", ".m", ".f", ".syso", ".a"}, path.Ext(name)):
		return "only Go files are built"
	}
	return ""
}

func (s *Source) leaveOut(name, why string) {
	s.LeftOut = append(s.LeftOut, fmt.Sprintf("%s was left out: %s", path.Join(s.Display, transcript.Line(name, 100)), why))
}

// readPlain reads a regular file that has one name, or says why it does not.
func readPlain(folder *os.Root, name string) (content []byte, why string) {
	before, err := folder.Lstat(name)
	if err != nil {
		return nil, "it cannot be read"
	}
	if !before.Mode().IsRegular() {
		return nil, "it is " + kindOf(before) + ", not a plain file"
	}
	file, err := folder.OpenFile(name, openFlags, 0)
	if err != nil {
		return nil, "it cannot be read"
	}
	defer file.Close()
	// Between the look and the opening, somebody may have put something else in its place.
	info, err := file.Stat()
	switch {
	case err != nil || !os.SameFile(before, info):
		return nil, "it changed while it was read"
	case links(info) > 1:
		return nil, "it is a hard link to a file that has other names too"
	case info.Size() > maxFileSize:
		return nil, fmt.Sprintf("it is larger than %d KiB", maxFileSize>>10)
	}
	content, err = io.ReadAll(io.LimitReader(file, maxFileSize+1))
	switch {
	case err != nil:
		return nil, "it cannot be read"
	case len(content) > maxFileSize:
		return nil, "it changed while it was read"
	}
	return content, ""
}

func kindOf(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "a folder"
	case mode.IsRegular():
		return "a file"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	default:
		return "a device"
	}
}

// hashLength is that of a hash in hexadecimal digits: 128 bits, so that nobody can find two programs with the same one.
const hashLength = 32

// hash is the same for two sources exactly when their files are: one of them is built then.
func (s Source) hash() string {
	sum := sha256.New()
	part := func(data []byte) {
		_ = binary.Write(sum, binary.BigEndian, uint64(len(data))) // a hash never fails to be written
		sum.Write(data)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		part([]byte(name))
		part(s.Files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:hashLength]
}

// Fingerprint is the SHA-256, in hexadecimal digits, of all that a source's result depends on: where two sources have the
// same, one result is that of both.
func (s Source) Fingerprint() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %q %t %q\n", s.Exercise.ID, s.Display, s.Run, s.Problem, s.Missing, s.LeftOut)
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintf(sum, "%q %x\n", name, sha256.Sum256(s.Files[name]))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// tests are the tests to grade, in the exercise's order.
func (s Source) tests() ([]exercise.Test, error) {
	if s.Run == "" {
		return s.Exercise.Tests, nil
	}
	byName := map[string]exercise.Test{}
	for _, test := range s.Exercise.Tests {
		byName[test.Name] = test
	}
	if _, ok := byName[s.Run]; !ok {
		return nil, fmt.Errorf("exercise %s has no hidden test %q; it has %s",
			s.Exercise.ID, s.Run, strings.Join(slices.Sorted(maps.Keys(byName)), ", "))
	}
	wanted := map[string]bool{}
	var want func(name string)
	want = func(name string) {
		if !wanted[name] {
			wanted[name] = true
			for _, need := range byName[name].Needs {
				want(need)
			}
		}
	}
	want(s.Run)
	var tests []exercise.Test
	for _, test := range s.Exercise.Tests {
		if wanted[test.Name] {
			tests = append(tests, test)
		}
	}
	return tests, nil
}
