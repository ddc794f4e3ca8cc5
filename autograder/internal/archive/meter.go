package archive

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// errTooMuch ends the reading of what turns out to be larger than it may be.
var errTooMuch = errors.New("too much")

// metered reads no more than left bytes.
type metered struct {
	io.Reader
	left int64
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if m.left -= int64(n); m.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}

// meteredAt reads no more than left bytes, or any number where left is -1.
type meteredAt struct {
	io.ReaderAt
	left int64
}

func (m *meteredAt) ReadAt(p []byte, at int64) (int, error) {
	if m.left >= 0 {
		if int64(len(p)) > m.left {
			return 0, errTooMuch
		}
		m.left -= int64(len(p))
	}
	return m.ReaderAt.ReadAt(p, at)
}

// endWatcher knows whether its reader has come to the end of the file.
type endWatcher struct {
	io.Reader
	ended bool
}

func (w *endWatcher) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.ended = w.ended || n == 0 && errors.Is(err, io.EOF)
	return n, err
}

// checkOverlap refuses a zip archive whose entries share bytes, as those do that unpack a small archive to any size
// (D. Fifield, "A better zip bomb", 2019). No honest program writes one.
func checkOverlap(archive *zip.Reader, size int64) error {
	type span struct {
		from, to int64
		name     string
	}
	var spans []span
	for _, file := range archive.File {
		from, err := file.DataOffset()
		if err != nil {
			return refuse(file.Name, fmt.Sprintf("is damaged (%v)", err), handInAgain)
		}
		if from > size || file.CompressedSize64 > uint64(size-from) {
			return refuse(file.Name, "goes beyond the end of the archive", handInAgain)
		}
		spans = append(spans, span{from, from + int64(file.CompressedSize64), file.Name})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	end := int64(0)
	for _, s := range spans {
		if s.from < end && s.to > s.from {
			return refuse(s.name, "shares bytes with another entry", handInAgain)
		}
		end = max(end, s.to)
	}
	return nil
}
