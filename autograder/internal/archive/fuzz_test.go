package archive

import (
	"archive/zip"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzExtract looks for bytes that make the reader panic, write beside its folder, leave something behind when it fails, make
// anything but private files and folders, or go beyond a limit. Every error is one line that can be printed.
func FuzzExtract(f *testing.F) {
	items := []item{{name: "./"}, {name: "lab/01-echo/main.go", content: "package main\n"}, {name: "lab/empty/"}, {name: "__MACOSX/x"}}
	for _, build := range formats {
		f.Add(build(f, items...))
		f.Add(build(f, item{name: "../x"}, item{name: "/x"}))
		f.Add(build(f, item{name: "x", content: "y", kind: fs.ModeSymlink}))
		f.Add(build(f, item{name: "1", content: strings.Repeat("\x00", 1<<20)}, item{name: "2", content: strings.Repeat("\x00", 1<<20)}))
	}
	header, packed := deflated(f, "x", []byte("package main\n"))
	header.UncompressedSize64 = 3
	f.Add(rawZipOf(f, []zip.FileHeader{header}, packed))
	f.Add(tarOf(f, item{name: strings.Repeat("x/", 60) + "x"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		into, err := unpacked(t, small, data)
		if err != nil {
			requirePrintable(t, err)
			return
		}
		all := content(t, into)
		require.NotEmpty(t, all)
		total, files := 0, 0
		for name, text := range all {
			require.LessOrEqual(t, strings.Count(strings.TrimSuffix(name, "/"), "/"), small.depth-1)
			require.LessOrEqual(t, len(text), int(small.file))
			total += len(text)
			if !strings.HasSuffix(name, "/") {
				files++
			}
		}
		require.LessOrEqual(t, total, int(min(small.total, int64(len(data))*small.ratio+small.free)))
		require.LessOrEqual(t, files, small.entries)
		require.NotZero(t, files)
	})
}

// FuzzNames looks for two names that are let out of the folder, take each other's place, or become another file than the one
// that they name, whatever kind of entry they belong to.
func FuzzNames(f *testing.F) {
	f.Add("main.go", "more.go", uint8(0), "x")
	f.Add("./a/b", "A/b", uint8(0), "x")
	f.Add("a/", "a/b", uint8(0), "")
	f.Add("../a", "c:b", uint8(0), "x")
	f.Add("a", "\xff\\", uint8(1), "/etc")
	f.Add("CON", "a:b", uint8(3), "x")
	kinds := []fs.FileMode{0, fs.ModeSymlink, fs.ModeNamedPipe, fs.ModeSocket, fs.ModeDevice, fs.ModeDevice | fs.ModeCharDevice}
	f.Fuzz(func(t *testing.T, one, two string, kind uint8, text string) {
		if len(one)+len(two)+len(text) > 1<<12 {
			return
		}
		items := []item{{name: one, content: text}, {name: two, content: text, kind: kinds[int(kind)%len(kinds)]}}
		for i := range items {
			if strings.HasSuffix(items[i].name, "/") {
				items[i].content = "" // no writer gives a folder bytes
			}
		}
		archives := [][]byte{zipOf(t, items...)}
		if data, err := writeTar(items); err == nil {
			archives = append(archives, data, gzipped(t, data))
		}
		for _, data := range archives {
			into, err := unpacked(t, course, data)
			if err != nil {
				requirePrintable(t, err)
				continue
			}
			all := content(t, into)
			for _, i := range items {
				name := path.Clean(validUTF8(i.name))
				require.True(t, filepath.IsLocal(filepath.FromSlash(name)), i.name)
				if strings.HasSuffix(i.name, "/") && name != "." {
					name += "/"
				}
				if name != "." && !fromMacOS(strings.TrimSuffix(name, "/")) {
					require.Contains(t, all, name)
					require.Equal(t, i.content, all[name])
				}
			}
		}
	})
}

func requirePrintable(t *testing.T, err error) {
	t.Helper()
	for _, r := range err.Error() {
		require.True(t, r >= ' ' && r != 0x7f && r != '\ufffd' && r != '\u202e', "%q", err.Error())
	}
}
