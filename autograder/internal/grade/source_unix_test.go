//go:build unix

package grade

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

func TestOnlyTheGoFilesOfAFolderAreRead(t *testing.T) {
	root := writeTree(t, map[string]string{
		"exercises/01-echo/main.go":        mainFile,
		"exercises/01-echo/line.go":        "package main\n",
		"exercises/01-echo/main_test.go":   "package main\n",
		"exercises/01-echo/_draft.go":      "package main\n",
		"exercises/01-echo/.hidden.go":     "package main\n",
		"exercises/01-echo/README.md":      "# Echo\n",
		"exercises/01-echo/hidden/main.go": "package hidden\n",
	})
	source, err := ReadSource(echo, root, "exercises/01-echo")
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"main.go": []byte(mainFile), "line.go": []byte("package main\n")}, source.Files)
	assert.Equal(t, "exercises/01-echo", source.Display)
	assert.Empty(t, source.LeftOut)
	assert.Empty(t, source.Problem)
}

func TestWhatIsNoPlainFileIsLeftOutWithAReason(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such files")
	}
	root := writeTree(t, map[string]string{
		"secret.go":             "package main\n",
		"01-echo/main.go":       mainFile,
		"01-echo/big.go":        strings.Repeat("/", maxFileSize+1),
		"01-echo/\x1b[31m.go":   "package main\n",
		"01-echo/folder.go/x":   "",
		"01-echo/two names.go":  "package main\n",
		"01-echo/almost-big.go": strings.Repeat("/", maxFileSize),
	})
	folder := filepath.Join(root, "01-echo")
	require.NoError(t, os.Symlink(filepath.Join(root, "secret.go"), filepath.Join(folder, "symlink.go")))
	require.NoError(t, os.Symlink("main.go", filepath.Join(folder, "inside.go")))
	require.NoError(t, os.Link(filepath.Join(root, "secret.go"), filepath.Join(folder, "hardlink.go")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "pipe.go"), 0o600))
	source, err := ReadSource(echo, root, "01-echo")
	require.NoError(t, err)
	assert.Len(t, source.Files, 2)
	assert.Equal(t, []string{
		`01-echo/\x1b[31m.go was left out: its name has characters that a Go file's name cannot have`,
		"01-echo/big.go was left out: it is larger than 256 KiB",
		"01-echo/folder.go was left out: it is a folder, not a plain file",
		"01-echo/hardlink.go was left out: it is a hard link to a file that has other names too",
		"01-echo/inside.go was left out: it is a symbolic link, not a plain file",
		"01-echo/pipe.go was left out: it is a pipe, not a plain file",
		"01-echo/symlink.go was left out: it is a symbolic link, not a plain file",
		"01-echo/two names.go was left out: its name has characters that a Go file's name cannot have",
	}, source.LeftOut)
}

func TestAFolderWithTooManyFilesIsRefused(t *testing.T) {
	files := map[string]string{}
	for i := range maxFiles + 1 {
		files[fmt.Sprintf("go/f%d.go", i)] = "package main\n"
	}
	for i := range maxEntries + 1 {
		files[fmt.Sprintf("any/f%d", i)] = ""
	}
	root := writeTree(t, files)
	source, err := ReadSource(echo, root, "go")
	require.NoError(t, err)
	assert.Equal(t, "go holds more than 40 Go files: an exercise needs a few", source.Problem)
	source, err = ReadSource(echo, root, "any")
	require.NoError(t, err)
	assert.Equal(t, "any holds more than 1000 files: remove what does not belong to the program", source.Problem)
	gives := echo
	gives.Dir, gives.Given = writeTree(t, map[string]string{"loop.go": "package main\n"}), []string{"loop.go"}
	source, err = ReadSource(gives, root, "any")
	require.NoError(t, err)
	assert.NotEmpty(t, source.Problem)
}

func TestAMissingFolderIsNotAnError(t *testing.T) {
	source, err := ReadSource(echo, t.TempDir(), "exercises/01-echo")
	require.NoError(t, err)
	assert.True(t, source.Missing)
}

func TestAFileOrALinkInPlaceOfTheFolderIsAProblemOfTheStudents(t *testing.T) {
	root := writeTree(t, map[string]string{"01-echo": "", "elsewhere/main.go": mainFile})
	source, err := ReadSource(echo, root, "01-echo")
	require.NoError(t, err)
	assert.Equal(t, "01-echo is a file, not a folder: make it a folder that holds main.go", source.Problem)
	if runtime.GOOS == "windows" {
		return
	}
	require.NoError(t, os.Symlink("elsewhere", filepath.Join(root, "02-link")))
	source, err = ReadSource(echo, root, "02-link")
	require.NoError(t, err)
	assert.Equal(t, "02-link is a symbolic link, not a folder: make it a folder that holds main.go", source.Problem)
}

func TestTheHashDependsOnNamesAndContentsOnly(t *testing.T) {
	base := Source{Display: "a", Files: map[string][]byte{"a.go": []byte("xy"), "b.go": []byte("z")}}
	same := Source{Display: "b", Exercise: echo, Files: map[string][]byte{"b.go": []byte("z"), "a.go": []byte("xy")}}
	assert.Equal(t, base.hash(), same.hash())
	assert.Len(t, base.hash(), hashLength)
	for _, other := range []map[string][]byte{
		{"a.go": []byte("x"), "b.go": []byte("yz")},
		{"a.gox": []byte("y"), "b.go": []byte("z")},
		{"a.go": []byte("xy")},
		{"a.go": []byte("z"), "b.go": []byte("xy")},
	} {
		assert.NotEqual(t, base.hash(), Source{Files: other}.hash(), "%q", other)
	}
}

func TestOneTestIsGradedWithAllThatItNeeds(t *testing.T) {
	ex := exercise.Exercise{ID: "01-echo", Tests: []exercise.Test{
		{Name: "TestA"}, {Name: "TestB", Needs: []string{"TestA"}}, {Name: "TestC", Needs: []string{"TestB"}}, {Name: "TestD"},
	}}
	names := func(run string) (names []string) {
		tests, err := Source{Exercise: ex, Run: run}.tests()
		require.NoError(t, err)
		for _, test := range tests {
			names = append(names, test.Name)
		}
		return names
	}
	assert.Equal(t, []string{"TestA", "TestB", "TestC"}, names("TestC"))
	assert.Equal(t, []string{"TestD"}, names("TestD"))
	assert.Equal(t, []string{"TestA", "TestB", "TestC", "TestD"}, names(""))
	_, err := Source{Exercise: ex, Run: "TestX"}.tests()
	assert.EqualError(t, err, `exercise 01-echo has no hidden test "TestX"; it has TestA, TestB, TestC, TestD`)
}
