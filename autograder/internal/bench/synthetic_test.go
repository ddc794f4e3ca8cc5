package bench

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

// filesBelow are the files below a folder by their names.
func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(content)
		return err
	}))
	return files
}

func TestASyntheticClassHoldsEveryKindOfProgramAndDependsOnItsSeedAlone(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	ex, err := exercise.Load(filepath.Join(root, "exercises", "02-echo-client"))
	require.NoError(t, err)
	make := func(seed uint64) (map[string]string, map[string]int) {
		dir := t.TempDir()
		counts, err := makeClass(dir, root, []exercise.Exercise{ex}, 2*len(deck), seed, "mark")
		require.NoError(t, err)
		return filesBelow(t, dir), counts
	}
	first, counts := make(1)
	again, _ := make(1)
	other, _ := make(2)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
	total := 0
	for _, kind := range deck {
		assert.Positive(t, counts[kind], kind)
	}
	for _, count := range counts {
		total += count
	}
	assert.Equal(t, 2*len(deck), total)
}

func TestARenamedCopyIsTheSameProgramWithOtherNames(t *testing.T) {
	const original = `package main

type message struct{ text string }

func main() {
	text, count := "a", 1
	text, other := text+"b", 2
	for i := range count {
		shadow := i
		{
			shadow := shadow + other
			count += shadow
		}
	}
	table := map[string]int{text: count}
	show := func(m message, text string) string { return m.text + text }
	_ = show(message{text: text}, text)
	_ = table
}
`
	copy, err := renamed([]byte(original))
	require.NoError(t, err)
	assert.Contains(t, string(copy), "for myI := range myCount {")
	assert.Contains(t, string(copy), "message{text: text}", "what could be a field keeps its name")
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "main.go", copy, 0)
	require.NoError(t, err)
	_, err = new(types.Config).Check("main", files, []*ast.File{file}, nil)
	assert.NoError(t, err, "%s", copy)
}
