package exercise

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// FuzzDirectives looks for a comment that makes the reader panic, or a reading that contradicts the rules.
func FuzzDirectives(f *testing.F) {
	f.Add("//lab:points 4\n//lab:needs TestSecond")
	f.Add("//lab:hint x\n// lab:race\n//lab:")
	f.Add("//lab:needs TestFirst TestFirst\n//lab:points 10")
	f.Add("//line other.go:7\n//lab:points four")
	f.Fuzz(func(t *testing.T, comment string) {
		for line := range strings.SplitSeq(comment, "\n") {
			if !strings.HasPrefix(line, "//") {
				return
			}
		}
		loadOrNameTheFile(t, readme, header+"\n// It speaks.\n"+comment+"\nfunc TestFirst(t *testing.T) {}\n"+second)
	})
}

// FuzzLoad looks for a README or a file of hidden tests that makes the reader panic, for an error that does not name the
// file or folder that it is about, and for an exercise that contradicts the rules.
func FuzzLoad(f *testing.F) {
	f.Add(readme, header+first+second)
	f.Add("#  \n", header+first+second)
	f.Add("# 3.\n", header+strings.Replace(first, "4", "5", 1)+strings.Replace(first, "4", "5", 1))
	f.Add(readme, header+"\n//line other.go:7\n"+first+second)
	f.Add("Text\n# Late", "//line x.go:1\n"+header+first+second+"func {")
	f.Add(readme, strings.Replace(header, "//lab:kind client", "//lab:given ../main.go\n//lab:module golang.org/x/sys", 1)+first+second)
	f.Add(readme, header+"\n/* It is. */\n//lab:points 10\nfunc TestFirst(*testing.T)\n")
	f.Add(readme, header+"\n// It is.\n//lab:points 10\nfunc (t T) TestFirst(t, u *testing.T) {}\nfunc TestX[T any](t *x.T) {}")
	f.Fuzz(loadOrNameTheFile)
}

// loadOrNameTheFile loads an exercise of these files, which stand in for the visible tests as well.
func loadOrNameTheFile(t *testing.T, readme, hidden string) {
	dir := folder(t, "03-threaded-server", map[string]string{"README.md": readme, "hidden/hidden_test.go": hidden, "main_test.go": hidden})
	file := filepath.Join(dir, "hidden", "hidden_test.go")
	_, _ = Requirement(file, "TestFirst") // it has no errors, and must not panic
	ex, err := Load(dir)
	if err != nil {
		require.Zero(t, ex)
		require.Regexp(t, regexp.QuoteMeta(filepath.ToSlash(dir))+`/(README\.md|hidden/hidden_test\.go|hidden)[: ]`, filepath.ToSlash(err.Error()))
		return
	}
	require.Equal(t, PointsEach, ex.Points())
	require.NotEmpty(t, ex.Title)
	require.NotZero(t, ex.Port)
	names := map[string]bool{}
	for _, test := range ex.Tests {
		require.NotEmpty(t, test.Requirement)
		require.NotContains(t, test.Needs, test.Name)
		require.Equal(t, file, test.File)
		require.LessOrEqual(t, test.Line, 1+strings.Count(hidden, "\n"))
		require.False(t, names[test.Name], "%s is there twice", test.Name)
		names[test.Name] = true
	}
	if visible, err := ex.Visible(); err != nil {
		require.Contains(t, err.Error(), filepath.Join(dir, "main_test.go"))
	} else {
		require.Zero(t, visible.Points())
	}
	require.NoError(t, os.RemoveAll(dir)) // thousands of them would fill the disk
}

// FuzzVariant looks for the file of a wrong program that makes its reader panic or change the solution, and for one that is
// taken although it is not the one program that it seems to be: an edit that fits two places or changes nothing, a file or a
// killer named twice, a name that the go command passes over.
func FuzzVariant(f *testing.F) {
	f.Add("Wrong.\nkilled by TestX\n-- old --\n\tclose()\n-- new --\n")
	f.Add("Wrong.\nkilled by TestX\nkilled by TestY\n-- old --\n\tclose()\n-- new --\n\tclose()\n")
	f.Add("Wrong.\n-- old --\n\tserve()\n\tserve()\n-- new --\n\tserve()\n-- old --\nfunc serve() {\n-- new --\n")
	f.Add("Right.\n-- main.go --\npackage main\n-- main.go --\npackage other\n")
	f.Add("Right.\n-- .go --\n-- x_test.go --\n-- _x.go --\n-- a\\b.go --\n-- a b.go --\n")
	f.Add("Wrong.\n-- old --\n}\n\n\n-- new --\n")
	f.Fuzz(func(t *testing.T, text string) {
		before := maps.Clone(solution)
		for name := range before {
			before[name] = bytes.Clone(before[name])
		}
		v, err := parseVariant([]byte(text), solution)
		require.Equal(t, before, solution)
		if err != nil {
			return
		}
		require.NotEmpty(t, v.About)
		require.NotEmpty(t, v.Files)
		require.NotEqual(t, solution, v.Files)
		archive := txtar.Parse([]byte(text))
		require.LessOrEqual(t, len(killedBy.FindAll(archive.Comment, -1)), 1)
		for name, content := range v.Files {
			require.Regexp(t, `^[a-z0-9][A-Za-z0-9_]*\.go$`, name)
			require.False(t, strings.HasSuffix(name, "_test.go"), name)
			if archive.Files[0].Name != "old" {
				require.Contains(t, archive.Files, txtar.File{Name: name, Data: content})
			}
		}
		if archive.Files[0].Name != "old" {
			require.Len(t, v.Files, len(archive.Files))
			return
		}
		require.Len(t, v.Files, len(solution))
		if len(archive.Files) == 2 { // one edit: taken back, it gives the solution
			old, replacement := string(archive.Files[0].Data), string(archive.Files[1].Data)
			places := 0
			for name, content := range solution {
				for at := range content {
					if strings.HasPrefix(string(content[at:]), old) {
						places++
						require.Equal(t, string(content[:at])+replacement+string(content[at+len(old):]), string(v.Files[name]))
					}
				}
			}
			require.Equal(t, 1, places)
		}
	})
}
