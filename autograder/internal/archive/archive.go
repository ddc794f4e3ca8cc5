// Package archive unpacks what students hand in as one file: zip, tar and gzipped tar. An archive comes from a stranger, so
// nothing that it says of itself is believed: names are taken apart before anything is made, sizes are counted while they are
// unpacked, and everything is written through an os.Root, which nothing leaves.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"tcplab/autograder/internal/transcript"
)

// limits bound what an archive may cost. The lab itself has 343 files and 1 MB; with its history it has 2,100 files and 5 MB.
// The largest thing that an honest archive holds is a compiled program that was left in a folder: that of exercise 3 has
// 3.4 MB, and 4.3 MB with the race detector.
type limits struct {
	archive int64 // bytes of the archive itself
	entries int
	file    int64 // bytes of one unpacked file
	total   int64 // bytes of all unpacked files
	ratio   int64 // bytes that one byte of the archive may become, beyond free: the lab's become 3, zeros 1,032 (zlib's notes)
	free    int64 // bytes for which no ratio is asked: a thousand small files that are alike were seen to shrink to a 133rd
	depth   int   // names in a path
	path    int   // bytes of a path
}

var course = limits{
	archive: 128 << 20, entries: 10_000, file: 32 << 20, total: 128 << 20, ratio: 100, free: 16 << 20, depth: 32, path: 1024,
}

// The advice that ends most errors.
const (
	packAgain   = "pack the folder again, with plain files and folders only"
	handInAgain = "pack the folder again and hand in the new archive"
	packLess    = "leave out what does not belong to the exercises, such as compiled programs"
)

// Extract unpacks an archive into a folder that does not exist yet. Its format is told by its content, not by its name.
// What macOS adds of its own accord is passed over, permissions and times are not kept, and folders need no entries of their
// own. Where anything is wrong, nothing stays, and the error names the archive, the entry, and what to do.
func Extract(file, into string) error { return course.extract(file, into) }

func (l limits) extract(file, into string) error {
	if err := l.unpack(file, into); err != nil {
		return fmt.Errorf("the archive %s cannot be graded: %w", transcript.Quote([]byte(file), nameShown), err)
	}
	return nil
}

func (l limits) unpack(file, into string) error {
	source, err := os.Open(file)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is no file")
	case info.Size() == 0:
		return errors.New("it has no bytes at all, as after an upload that failed: hand it in again")
	case info.Size() > l.archive:
		return fmt.Errorf("it is larger than %d MiB: %s", l.archive>>20, packLess)
	}
	read, err := reading(source)
	if err != nil {
		return err
	}
	if err := os.Mkdir(into, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(into)
	if err == nil {
		t := &tree{root: root, limits: l, most: min(l.total, l.ratio*info.Size()+l.free), places: map[string]place{}}
		err = read(source, info.Size(), t)
		if err == nil && t.files == 0 {
			err = errors.New("it holds no file: pack the folder that holds the exercises")
		}
		err = errors.Join(err, root.Close())
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(into))
	}
	return nil
}

// reading tells the format of an archive by how it begins.
func reading(source io.ReaderAt) (func(source *os.File, size int64, t *tree) error, error) {
	head := make([]byte, 512) // a tar archive's first header
	n, err := source.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")): // an entry, or the end of an empty one
		return unzip, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")): // RFC 1952, 2.3.1
		return ungzip, nil
	}
	// A header carries a checksum of itself. Nothing but zeros is one, too: the end of an archive without entries.
	if _, err := tar.NewReader(bytes.NewReader(head)).Next(); n == 512 && !errors.Is(err, tar.ErrHeader) {
		return func(source *os.File, _ int64, t *tree) error { return untar(bufio.NewReader(source), t) }, nil
	}
	return nil, errors.New("it is no zip, tar or gzipped tar archive: pack the folder that holds the exercises as one of these, or name the folder itself")
}

// damaged says that an archive is not what its format demands.
func damaged(err error) error {
	return fmt.Errorf("it is damaged or cut off (%w): %s", err, handInAgain)
}

// ungzip reads a gzipped tar archive to its last byte, since the checksum stands there.
func ungzip(source *os.File, _ int64, t *tree) error {
	unpacked, err := gzip.NewReader(bufio.NewReader(source))
	if err != nil {
		return damaged(err)
	}
	// Besides its content, an entry takes a header and padding, and as much again for a long name.
	const besides = 4 * 512
	stream := &metered{Reader: unpacked, left: t.most + int64(t.limits.entries)*besides}
	err = untar(stream, t)
	if err == nil {
		_, err = io.Copy(io.Discard, stream)
		if err != nil && !errors.Is(err, errTooMuch) {
			err = damaged(err)
		}
	}
	if errors.Is(err, errTooMuch) {
		return t.tooMuch()
	}
	return err
}

// untar reads a tar archive up to its end mark.
func untar(stream io.Reader, t *tree) error {
	watched := &endWatcher{Reader: stream}
	reader := tar.NewReader(watched)
	for {
		header, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF) && watched.ended:
			// The package takes an archive without its end mark for whole. It may have been cut between two entries.
			return damaged(errors.New("its end is missing"))
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTooMuch):
			return err
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // names are checked in add
			return damaged(err)
		case header.Typeflag == tar.TypeXGlobalHeader: // a remark on the whole, such as git's of the commit
			continue
		}
		e := entry{name: header.Name, mode: header.FileInfo().Mode(), size: header.Size}
		e.open = func() (io.ReadCloser, error) { return io.NopCloser(reader), nil }
		switch header.Typeflag {
		case tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo: // the mode says so
		case tar.TypeLink:
			e.odd = "a hard link"
		default:
			e.odd = fmt.Sprintf("of the unusual kind %q", header.Typeflag)
		}
		if err := t.add(e); err != nil {
			return err
		}
	}
}

// unzip reads a zip archive by its directory, which stands at the end.
func unzip(source *os.File, size int64, t *tree) error {
	// The directory's own count of entries can lie, and an entry in it takes a hundred times the memory of a byte. One with a
	// name of middling length and the usual extras has less than 256 bytes.
	directory := &meteredAt{ReaderAt: source, left: 128<<10 + int64(t.limits.entries)*256}
	archive, err := zip.NewReader(directory, size)
	switch {
	case errors.Is(err, errTooMuch):
		return t.tooMany()
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // names are checked in add
		return damaged(err)
	case len(archive.File) > t.limits.entries:
		return t.tooMany()
	}
	directory.left = -1
	if err := checkOverlap(archive, size); err != nil {
		return err
	}
	for _, file := range archive.File {
		e := entry{name: file.Name, mode: file.Mode(), size: int64(min(file.UncompressedSize64, 1<<62)), open: file.Open}
		// APPNOTE.TXT, 4.4.17.1, wants slashes. Compress-Archive of Windows PowerShell 5.1, which Windows comes with, writes backslashes,
		// and says (4.4.2.2) that its names are those of MS-DOS, of which a backslash is never a part.
		if file.CreatorVersion>>8 == 0 {
			e.name = strings.ReplaceAll(e.name, `\`, "/")
			if strings.HasSuffix(e.name, "/") {
				e.mode |= fs.ModeDir
			}
		}
		// APPNOTE.TXT, 4.4.4: bit 0 is encryption, bit 6 is strong encryption, bit 13 hides the sizes.
		const encrypted = 1<<0 | 1<<6 | 1<<13
		switch {
		case file.Flags&encrypted != 0:
			e.odd = "encrypted"
		case file.Method != zip.Store && file.Method != zip.Deflate:
			e.odd = fmt.Sprintf("packed by the unusual method %d", file.Method)
		}
		if err := t.add(e); err != nil {
			return err
		}
	}
	return nil
}
