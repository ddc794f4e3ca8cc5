package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// item is one entry of an archive that a test builds. A name that ends in a slash is a folder's.
type item struct {
	name, content string
	kind          fs.FileMode // 0 for a file or folder
	flag          byte        // of a tar header, instead of the one that kind asks for
}

// formats build an archive of each kind.
var formats = map[string]func(t testing.TB, items ...item) []byte{"zip": zipOf, "tar": tarOf, "tar.gz": gzippedTarOf}

func zipOf(t testing.TB, items ...item) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, i := range items {
		header := &zip.FileHeader{Name: i.name, Method: zip.Deflate}
		header.SetMode(i.kind | 0o777)
		file, err := w.CreateHeader(header)
		require.NoError(t, err)
		_, err = io.WriteString(file, i.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// rawZipOf writes entries as their headers say, with their packed bytes, whether they fit or not.
func rawZipOf(t testing.TB, headers []zip.FileHeader, packed ...[]byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range headers {
		file, err := w.CreateRaw(&headers[i])
		require.NoError(t, err)
		_, err = file.Write(packed[i])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// deflated is content as zip packs it, and a header that tells the truth about it.
func deflated(t testing.TB, name string, content []byte) (zip.FileHeader, []byte) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(b.Len()), UncompressedSize64: uint64(len(content))}, b.Bytes()
}

var tarFlags = map[fs.FileMode]byte{
	fs.ModeSymlink: tar.TypeSymlink, fs.ModeNamedPipe: tar.TypeFifo, fs.ModeDevice: tar.TypeBlock,
	fs.ModeDevice | fs.ModeCharDevice: tar.TypeChar,
}

// socketBit marks a socket among the mode bits of UNIX.
const socketBit = 0o140000

func tarOf(t testing.TB, items ...item) []byte {
	data, err := writeTar(items)
	require.NoError(t, err)
	return data
}

// writeTar fails for names that no writer puts into a tar archive.
func writeTar(items []item) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		header := &tar.Header{Name: i.name, Mode: 0o777, Typeflag: tar.TypeReg, Size: int64(len(i.content))}
		switch {
		case i.flag != 0:
			header.Typeflag, header.Linkname = i.flag, "main.go"
		case i.kind == fs.ModeSocket:
			header.Mode |= socketBit
		case i.kind != 0:
			header.Typeflag, header.Linkname, header.Size = tarFlags[i.kind], i.content, 0
		case i.name != "" && i.name[len(i.name)-1] == '/':
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, i.content); err != nil {
				return nil, err
			}
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func gzippedTarOf(t testing.TB, items ...item) []byte { return gzipped(t, tarOf(t, items...)) }

func gzipped(t testing.TB, content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// unpacked unpacks an archive and returns the folder. Nothing else may appear beside it.
func unpacked(t testing.TB, l limits, data []byte) (string, error) {
	t.Helper()
	around := t.TempDir()
	file, into := filepath.Join(around, "handed-in"), filepath.Join(around, "into")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	err := l.extract(file, into)
	want := []string{"handed-in", "into"}
	if err != nil {
		want = want[:1]
	}
	var got []string
	entries, readErr := os.ReadDir(around)
	require.NoError(t, readErr)
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	require.Equal(t, want, got, "%v", err)
	return into, err
}

// content is all that lies in a folder: files by their slash-separated names, folders with a slash behind them.
func content(t testing.TB, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(folder, path)
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		if entry.IsDir() {
			requireMode(t, 0o700, info)
			if name != "." {
				all[filepath.ToSlash(name)+"/"] = ""
			}
			return nil
		}
		require.True(t, info.Mode().IsRegular(), "%s is %v", name, info.Mode())
		requireMode(t, 0o600, info)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		all[filepath.ToSlash(name)] = string(text)
		return nil
	}))
	return all
}
