package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tcplab/autograder/internal/transcript"
)

// Lengths in bytes.
const (
	nameShown = 200 // of a name in a message
	// longestName is the most that a file's name may have on Linux, macOS and Windows alike.
	longestName = 255
)

// entry is what an archive says of one file or folder.
type entry struct {
	name string
	mode fs.FileMode
	size int64
	odd  string // what it is that cannot be unpacked; empty for nothing of that kind
	open func() (io.ReadCloser, error)
}

// tree is the folder that an archive is unpacked into.
type tree struct {
	root   *os.Root
	limits limits
	most   int64 // bytes that all files may have: the least of what the limits say
	places map[string]place

	entries, files int
	written        int64
}

// place is a name that is taken. It is kept under its name without regard to case.
type place struct {
	name   string
	folder bool
}

func refuse(name, why, remedy string) error {
	return fmt.Errorf("its entry %s %s: %s", transcript.Quote([]byte(name), nameShown), why, remedy)
}

func (t *tree) tooMany() error {
	return fmt.Errorf("it holds more than %d files and folders: %s", t.limits.entries, packLess)
}

func (t *tree) tooMuch() error {
	if t.most < t.limits.total {
		return fmt.Errorf("it unpacks to more than %d MiB, far more than its size makes likely: %s", t.most>>20, packLess)
	}
	return fmt.Errorf("it unpacks to more than %d MiB: %s", t.most>>20, packLess)
}

// add makes the file or folder of an entry.
func (t *tree) add(e entry) error {
	if t.entries++; t.entries > t.limits.entries {
		return t.tooMany()
	}
	name, why := t.clean(e.name, e.mode.IsDir())
	if why != "" {
		return refuse(e.name, why, "rename it, or leave it out, and pack the folder again")
	}
	if name == "." || fromMacOS(name) {
		return nil
	}
	switch kind := e.mode.Type(); {
	case kind == fs.ModeDir && e.size > 0:
		return refuse(e.name, "is a folder that has bytes", packAgain)
	case kind == fs.ModeDir && e.odd == "":
		return t.folder(name)
	case e.odd != "":
		return refuse(e.name, "is "+e.odd, "pack the folder again, without a password and in the usual way")
	case kind != 0:
		return refuse(e.name, "is "+kindOf(kind), packAgain)
	case e.size > t.limits.file:
		return t.tooLarge(e.name)
	case e.size > t.most-t.written:
		return t.tooMuch()
	}
	if err := t.folder(path.Dir(name)); err != nil {
		return err
	}
	if _, err := t.claim(name, false); err != nil {
		return err
	}
	t.files++
	return t.write(name, e)
}

func (t *tree) tooLarge(name string) error {
	return refuse(name, fmt.Sprintf("is larger than %d MiB", t.limits.file>>20), packLess)
}

// kindOf names what is neither a file nor a folder.
func kindOf(kind fs.FileMode) string {
	switch {
	case kind&fs.ModeSymlink != 0:
		return "a symbolic link"
	case kind&fs.ModeNamedPipe != 0:
		return "a pipe"
	case kind&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

var driveLetter = regexp.MustCompile(`^[A-Za-z]:`)

// clean returns an entry's name as it is to be used, or says why it cannot be. Bytes that are no UTF-8, as in the names that
// Windows writes in an alphabet of its own, are kept as %XX.
func (t *tree) clean(name string, folder bool) (string, string) {
	switch {
	case len(name) > t.limits.path:
		return "", fmt.Sprintf("has a name of more than %d bytes", t.limits.path)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "", "has a control character in its name"
	case strings.Contains(name, `\`):
		return "", "has a backslash in its name"
	case strings.HasPrefix(name, "/"), driveLetter.MatchString(name):
		return "", "has an absolute name"
	}
	name = validUTF8(name)
	for strings.HasPrefix(name, "./") { // tar's way to say that the folder itself was packed
		name = name[len("./"):]
	}
	if folder {
		name = strings.TrimSuffix(name, "/")
		if name == "" || name == "." {
			return ".", ""
		}
	}
	parts := strings.Split(name, "/")
	if len(parts) > t.limits.depth {
		return "", fmt.Sprintf("lies more than %d folders deep", t.limits.depth)
	}
	for _, part := range parts {
		switch {
		case part == "..":
			return "", "leads out of the folder"
		case part == "" || part == ".":
			return "", "has no plain name"
		case len(part) > longestName:
			return "", fmt.Sprintf("has a name of more than %d bytes", longestName)
		}
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) { // Windows has more names that are none
		return "", "has a name that this system cannot give"
	}
	return name, ""
}

func validUTF8(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, "%%%02X", name[0])
		} else {
			b.WriteString(name[:size])
		}
		name = name[size:]
	}
	return b.String()
}

// fromMacOS reports whether macOS has packed a file that is not the student's: what the Finder remembers of a folder, or
// a file's attributes, which stand in __MACOSX or in files that begin with "._".
func fromMacOS(name string) bool {
	base := path.Base(name)
	return base == ".DS_Store" || strings.HasPrefix(base, "._") || name == "__MACOSX" || strings.HasPrefix(name, "__MACOSX/")
}

// folder makes a folder and those above it, save those that are there.
func (t *tree) folder(name string) error {
	if name == "." {
		return nil
	}
	if err := t.folder(path.Dir(name)); err != nil {
		return err
	}
	unclaimed, err := t.claim(name, true)
	if err != nil || !unclaimed {
		return err
	}
	if err := t.root.Mkdir(filepath.FromSlash(name), 0o700); err != nil {
		return cannotMake(name, err)
	}
	return nil
}

// claim takes a name, and reports whether it was free. Only a folder may be named again. What differs in case only would be
// one file on some systems and two on others, and so would be graded differently.
func (t *tree) claim(name string, folder bool) (bool, error) {
	key := fold(name)
	taken, found := t.places[key]
	switch {
	case !found:
		t.places[key] = place{name, folder}
	case taken.name != name:
		return false, refuse(name, "differs from "+transcript.Quote([]byte(taken.name), nameShown)+" in upper and lower case only",
			"rename one of them and pack the folder again")
	case taken.folder != folder:
		return false, refuse(name, "is a file and a folder at once", handInAgain)
	case !folder:
		return false, refuse(name, "comes twice", handInAgain)
	}
	return !found, nil
}

// fold gives names the same form that differ in case only.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, name)
}

// write unpacks a file. It counts what comes, whatever size the entry has said.
func (t *tree) write(name string, e entry) error {
	content, err := e.open()
	if err != nil {
		return refuse(e.name, fmt.Sprintf("is damaged (%v)", err), handInAgain)
	}
	defer content.Close()
	file, err := t.root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return cannotMake(name, err)
	}
	defer file.Close() // a second Close does nothing
	n, err := io.Copy(file, io.LimitReader(content, min(t.limits.file, t.most-t.written)+1))
	t.written += n
	switch {
	case errors.As(err, new(*fs.PathError)): // the disk's fault, not the archive's
		return cannotMake(name, err)
	case errors.Is(err, errTooMuch):
		return err
	case err != nil:
		return refuse(e.name, fmt.Sprintf("is damaged or cut off (%v)", err), handInAgain)
	case n > t.limits.file:
		return t.tooLarge(e.name)
	case t.written > t.most:
		return t.tooMuch()
	}
	if err := file.Close(); err != nil {
		return cannotMake(name, err)
	}
	return nil
}

// cannotMake reports what the system says to a name. The path in its error is left out, since it is not escaped.
func cannotMake(name string, err error) error {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("its entry %s cannot be written: %w", transcript.Quote([]byte(name), nameShown), err)
}
