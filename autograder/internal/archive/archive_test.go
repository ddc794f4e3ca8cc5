package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnArchiveOfEachKindIsUnpacked(t *testing.T) {
	for format, build := range formats {
		t.Run(format, func(t *testing.T) {
			into, err := unpacked(t, course, build(t,
				item{name: "./"},
				item{name: "./lab/exercises/"},
				item{name: "./lab/exercises/01-echo/main.go", content: "package main\n"},
				item{name: "lab/exercises/01-echo/more.go", content: "package main // ü\n"},
				item{name: "lab/"},
				item{name: "lab/empty/"},
				item{name: "lab/empty.txt"},
			))
			require.NoError(t, err)
			assert.Equal(t, map[string]string{
				"lab/": "", "lab/exercises/": "", "lab/exercises/01-echo/": "", "lab/empty/": "", "lab/empty.txt": "",
				"lab/exercises/01-echo/main.go": "package main\n",
				"lab/exercises/01-echo/more.go": "package main // ü\n",
			}, content(t, into))
		})
	}
}

func TestWhatMacOSAddsIsPassedOver(t *testing.T) {
	for format, build := range formats {
		into, err := unpacked(t, course, build(t,
			item{name: "01-echo/.DS_Store", content: "x"}, item{name: "01-echo/main.go", content: "x"}, item{name: "01-echo/._main.go", content: "x"},
			item{name: "__MACOSX/"}, item{name: "__MACOSX/01-echo/._main.go", content: "x"}, item{name: "._01-echo", content: "x"},
		))
		require.NoError(t, err, format)
		assert.Equal(t, map[string]string{"01-echo/": "", "01-echo/main.go": "x"}, content(t, into), format)
	}
}

func TestANameInTheAlphabetOfAnOldWindowsIsKept(t *testing.T) {
	into, err := unpacked(t, course, zipOf(t, item{name: "M\x81ller/01-echo/main.go", content: "x"}))
	require.NoError(t, err)
	assert.Contains(t, content(t, into), "M%81ller/01-echo/main.go")
}

func TestWhatGitWritesOfTheCommitIsNoEntry(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "112ab66"}}))
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "main.go"}))
	require.NoError(t, w.Close())
	into, err := unpacked(t, course, b.Bytes())
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"main.go": ""}, content(t, into))
}

// fromPowerShell5 is an archive as Compress-Archive of Windows PowerShell 5.1 makes it.
func fromPowerShell5(t *testing.T, names ...string) []byte {
	var headers []zip.FileHeader
	var contents [][]byte
	for _, name := range names {
		content := "package main\n"
		if strings.HasSuffix(name, `\`) {
			content = ""
		}
		header, packed := deflated(t, name, []byte(content))
		headers, contents = append(headers, header), append(contents, packed)
	}
	return rawZipOf(t, headers, contents...)
}

func TestBackslashesSeparateNamesInWhatWindowsPacks(t *testing.T) {
	into, err := unpacked(t, course, fromPowerShell5(t, `01-echo\main.go`, `01-echo\more\`, `01-echo\more\less.go`))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"01-echo/": "", "01-echo/main.go": "package main\n", "01-echo/more/": "", "01-echo/more/less.go": "package main\n",
	}, content(t, into))
	for name, want := range map[string]string{
		`a\..\..\x`: "leads out of the folder", `\\server\share`: "has an absolute name", `\x`: "has an absolute name",
		`main.go\x`: "is a file and a folder at once", `MAIN.GO`: "in upper and lower case only", `a\\b`: "has no plain name",
	} {
		_, err := unpacked(t, course, fromPowerShell5(t, "main.go", name))
		require.ErrorContains(t, err, want, name)
	}
}

func TestAHostileEntryIsRefusedByItsName(t *testing.T) {
	good := item{name: "main.go", content: "x"}
	for name, c := range map[string]struct {
		items []item
		want  string
	}{
		"the folder above":      {[]item{{name: "../main.go"}}, `its entry "../main.go" leads out of the folder: rename it, or leave it out`},
		"out by a detour":       {[]item{{name: "a/../../main.go"}}, "leads out of the folder"},
		"up and back":           {[]item{{name: "a/../main.go"}}, "leads out of the folder"},
		"a folder out":          {[]item{{name: "../x/"}}, "leads out of the folder"},
		"out of macOS":          {[]item{{name: "__MACOSX/../../main.go"}}, "leads out of the folder"},
		"only up":               {[]item{{name: ".."}}, "leads out of the folder"},
		"an absolute name":      {[]item{{name: "/etc/cron.d/x"}}, `its entry "/etc/cron.d/x" has an absolute name`},
		"two slashes":           {[]item{{name: "//server/share/x"}}, "has an absolute name"},
		"a drive":               {[]item{{name: "C:/x"}}, "has an absolute name"},
		"a drive's own folder":  {[]item{{name: "c:x"}}, "has an absolute name"},
		"a backslash":           {[]item{{name: `a\..\..\x`}}, `"a\\..\\..\\x" has a backslash in its name`},
		"a Windows share":       {[]item{{name: `\\server\share`}}, "has a backslash"},
		"a newline":             {[]item{{name: "a\n::error::b"}}, `"a\n::error::b" has a control character in its name`},
		"an escape sequence":    {[]item{{name: "a\x1b[2J"}}, `"a\x1b[2J" has a control character`},
		"no name":               {[]item{{name: ""}}, `its entry "" has no plain name`},
		"an empty part":         {[]item{{name: "a//b"}}, "has no plain name"},
		"a dot within":          {[]item{{name: "a/./b"}}, "has no plain name"},
		"a symbolic link":       {[]item{{name: "x", content: "/etc", kind: fs.ModeSymlink}}, `"x" is a symbolic link: pack the folder again, with plain files`},
		"a pipe":                {[]item{{name: "x", kind: fs.ModeNamedPipe}}, "is a pipe"},
		"a socket":              {[]item{{name: "x", kind: fs.ModeSocket}}, "is a socket"},
		"a disk":                {[]item{{name: "x", kind: fs.ModeDevice}}, "is a device"},
		"a terminal":            {[]item{{name: "x", kind: fs.ModeDevice | fs.ModeCharDevice}}, "is a device"},
		"a name twice":          {[]item{{name: "./main.go"}}, `"main.go" comes twice: pack the folder again`},
		"another case":          {[]item{{name: "Main.go"}}, `"Main.go" differs from "main.go" in upper and lower case only: rename one`},
		"a letter like another": {[]item{{name: "s.go"}, {name: "ſ.go"}}, "in upper and lower case only"},
		"a folder's other case": {[]item{{name: "a/x"}, {name: "A/y"}}, `"A" differs from "a"`},
		"a file with files":     {[]item{{name: "main.go/x"}}, `"main.go" is a file and a folder at once`},
		"a file as folder":      {[]item{{name: "main.go/"}}, "is a file and a folder at once"},
		"a folder as file":      {[]item{{name: "a/b"}, {name: "a"}}, `"a" is a file and a folder at once`},
		"a deep name":           {[]item{{name: strings.Repeat("a/", 40) + "b"}}, "lies more than 32 folders deep"},
		"a deep folder":         {[]item{{name: strings.Repeat("a/", 40)}}, "lies more than 32 folders deep"},
		"a long name":           {[]item{{name: strings.Repeat("a", 300)}}, "has a name of more than 255 bytes"},
		"a long path":           {[]item{{name: strings.Repeat("abcdefgh/", 200)}}, "has a name of more than 1024 bytes"},
	} {
		for format, build := range formats {
			t.Run(name+" in "+format, func(t *testing.T) {
				_, err := unpacked(t, course, build(t, append([]item{good}, c.items...)...))
				require.ErrorContains(t, err, c.want)
				require.ErrorContains(t, err, `the archive "`)
				require.ErrorContains(t, err, `handed-in" cannot be graded: its entry "`)
				assert.NotContains(t, err.Error(), "\n")
				assert.NotContains(t, err.Error(), "\x1b")
			})
		}
	}
}

// In a tar header's own field a name ends at a zero byte, and the package refuses one in what follows it; zip has no such end.
func TestAZeroByteInANameIsRefused(t *testing.T) {
	_, err := unpacked(t, course, zipOf(t, item{name: "main.go\x00.txt"}))
	require.ErrorContains(t, err, `"main.go\x00.txt" has a control character`)
}

func TestWhatOnlyTarCanHoldIsRefused(t *testing.T) {
	for flag, want := range map[byte]string{
		tar.TypeLink: `"x" is a hard link`, tar.TypeCont: `"x" is of the unusual kind '7'`, 'Z': `"x" is of the unusual kind 'Z'`,
	} {
		_, err := unpacked(t, course, tarOf(t, item{name: "main.go"}, item{name: "x", flag: flag}))
		require.ErrorContains(t, err, want)
	}
}

func TestWhatOnlyZipCanHoldIsRefused(t *testing.T) {
	header, packed := deflated(t, "main.go", []byte("package main\n"))
	changed := func(change func(h *zip.FileHeader)) []byte {
		h := header
		change(&h)
		return rawZipOf(t, []zip.FileHeader{h}, packed)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a password":           {changed(func(h *zip.FileHeader) { h.Flags |= 1 }), `"main.go" is encrypted: pack the folder again, without a password`},
		"hidden sizes":         {changed(func(h *zip.FileHeader) { h.Flags |= 1 << 13 }), "is encrypted"},
		"another method":       {changed(func(h *zip.FileHeader) { h.Method = 14 }), `"main.go" is packed by the unusual method 14`},
		"a size too small":     {changed(func(h *zip.FileHeader) { h.UncompressedSize64 = 3 }), `"main.go" is damaged`},
		"a size too large":     {changed(func(h *zip.FileHeader) { h.UncompressedSize64 = 300 }), `"main.go" is damaged or cut off`},
		"a size out of reach":  {changed(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 63 }), `"main.go" is larger than 32 MiB`},
		"a wrong checksum":     {changed(func(h *zip.FileHeader) { h.CRC32++ }), `"main.go" is damaged`},
		"no deflated bytes":    {rawZipOf(t, []zip.FileHeader{header}, bytes.Repeat([]byte{0xff}, len(packed))), `"main.go" is damaged`},
		"bytes of a folder":    {bytes.ReplaceAll(changed(func(h *zip.FileHeader) { h.Name = "x!" }), []byte("x!"), []byte("x/")), `"x/" is a folder that has bytes`},
		"bytes beyond the end": {changed(func(h *zip.FileHeader) { h.CompressedSize64 = 1 << 62 }), `"main.go" goes beyond the end of the archive`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unpacked(t, course, c.data)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestEntriesThatShareBytesAreRefused(t *testing.T) {
	one, packed := deflated(t, "one.go", []byte("package main\n"))
	two := one
	two.Name = "two.go"
	data := rawZipOf(t, []zip.FileHeader{one, two}, packed, packed)
	second := bytes.LastIndex(data, []byte("PK\x01\x02"))
	copy(data[second+42:], []byte{0, 0, 0, 0}) // where in the archive the second entry begins
	_, err := unpacked(t, course, data)
	require.ErrorContains(t, err, `"two.go" shares bytes with another entry`)
}

// small are limits that a test reaches with little data.
var small = limits{archive: 1 << 20, entries: 5, file: 2 << 20, total: 3 << 20, ratio: 100, free: 1 << 20, depth: 4, path: 100}

func TestABombIsRefusedBeforeItGoesOff(t *testing.T) {
	zeros := func(name string, n int) item { return item{name: name, content: strings.Repeat("\x00", n)} }
	for format, build := range formats {
		for want, items := range map[string][]item{
			"holds more than 5 files and folders": {{name: "1"}, {name: "2"}, {name: "3"}, {name: "4"}, {name: "5"}, {name: "6"}},
			"more than 5 files":                   {{name: "._1"}, {name: "._2"}, {name: "._3"}, {name: "._4"}, {name: "._5"}, {name: "._6"}},
			`"2" is larger than 2 MiB: leave out`: {{name: "1"}, zeros("2", 2<<20+1)},
		} {
			_, err := unpacked(t, limits{archive: 4 << 20, entries: 5, file: 2 << 20, total: 8 << 20, ratio: 1000, free: 8 << 20, depth: 4, path: 100}, build(t, items...))
			require.ErrorContains(t, err, want, format)
		}
		if format == "tar" { // it is as large as what it holds
			continue
		}
		_, err := unpacked(t, small, build(t, zeros("1", 1<<19), zeros("2", 1<<19), zeros("3", 1<<19)))
		require.ErrorContains(t, err, "it unpacks to more than 1 MiB, far more than its size makes likely: leave out", format)
	}
	_, err := unpacked(t, limits{archive: 4 << 20, entries: 5, file: 2 << 20, total: 1 << 20, ratio: 1, free: 2 << 20, depth: 4, path: 100},
		tarOf(t, zeros("1", 1<<19), zeros("2", 1<<19), zeros("3", 1)))
	require.ErrorContains(t, err, "it unpacks to more than 1 MiB: leave out")
	_, err = unpacked(t, small, make([]byte, 1<<20+1))
	require.ErrorContains(t, err, "it is larger than 1 MiB: leave out")
	_, err = unpacked(t, small, gzipped(t, make([]byte, 8<<20)))
	require.ErrorContains(t, err, "it unpacks to more than 1 MiB", "zeros alone are the end of an archive")
}

func TestADirectoryThatLiesAboutItsLengthIsRefused(t *testing.T) {
	items := make([]item, 4000)
	for i := range items {
		items[i].name = strings.Repeat("x", 50)
	}
	data := zipOf(t, items...)
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	copy(data[end+8:], []byte{1, 0, 1, 0}) // the number of entries
	_, err := unpacked(t, small, data)
	require.ErrorContains(t, err, "holds more than 5 files and folders")
}

func TestAnArchiveThatIsCutOffIsRefused(t *testing.T) {
	for format, build := range formats {
		whole := build(t, item{name: "main.go", content: "package main\n"}, item{name: "more.go", content: strings.Repeat("package main\n", 100)})
		for length := 0; length < len(whole); length += 37 { // a prime, so that no part of a format is cut at its beginning only
			_, err := unpacked(t, course, whole[:length])
			require.Error(t, err, "%s cut off after %d of %d bytes", format, length, len(whole))
		}
		_, err := unpacked(t, course, whole[:len(whole)/2])
		require.ErrorContains(t, err, "damaged or cut off", format)
		require.ErrorContains(t, err, "hand in the new archive", format)
	}
	whole := tarOf(t, item{name: "main.go", content: strings.Repeat("x", 512)}, item{name: "more.go"})
	_, err := unpacked(t, course, whole[:1024])
	require.ErrorContains(t, err, "cut off (its end is missing)", "between two entries")
}

func TestWhatHoldsNothingOrIsNoArchiveIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"no bytes":       {nil, "has no bytes at all, as after an upload that failed"},
		"an empty zip":   {zipOf(t), "holds no file: pack the folder that holds the exercises"},
		"an empty tar":   {tarOf(t), "holds no file"},
		"an empty tgz":   {gzippedTarOf(t), "holds no file"},
		"folders only":   {zipOf(t, item{name: "a/"}, item{name: "a/b/"}), "holds no file"},
		"macOS alone":    {tarOf(t, item{name: "__MACOSX/x"}), "holds no file"},
		"text":           {[]byte("package main\n"), "is no zip, tar or gzipped tar archive: pack the folder"},
		"long text":      {bytes.Repeat([]byte("package main\n"), 100), "is no zip, tar or gzipped tar archive"},
		"another format": {append([]byte("Rar!\x1a\a"), make([]byte, 600)...), "is no zip, tar or gzipped tar archive"},
		"a gzipped text": {gzipped(t, bytes.Repeat([]byte("package main\n"), 100)), "is damaged or cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unpacked(t, course, c.data)
			require.ErrorContains(t, err, c.want)
		})
	}
	err := Extract(filepath.Join(t.TempDir(), "nowhere.zip"), filepath.Join(t.TempDir(), "into"))
	require.ErrorIs(t, err, os.ErrNotExist)
	err = Extract(t.TempDir(), filepath.Join(t.TempDir(), "into"))
	require.ErrorContains(t, err, "it is no file")
}

func TestAFolderThatExistsIsNotTouched(t *testing.T) {
	folder := t.TempDir()
	file, kept := filepath.Join(folder, "x.zip"), filepath.Join(folder, "into", "kept")
	require.NoError(t, os.WriteFile(file, zipOf(t, item{name: "main.go"}), 0o600))
	require.NoError(t, os.Mkdir(filepath.Dir(kept), 0o700))
	require.NoError(t, os.WriteFile(kept, nil, 0o600))
	require.ErrorIs(t, Extract(file, filepath.Dir(kept)), os.ErrExist)
	assert.FileExists(t, kept)
}
