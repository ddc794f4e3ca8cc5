package skeleton

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

// emptyLab makes a lab with one exercise, number 3.
func emptyLab(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for file, text := range map[string]string{
		"README.md": "# 3. Threaded server\n",
		"hidden/hidden_test.go": "// Package hidden grades.\n//\n//lab:port 3232\npackage hidden\n\nimport \"testing\"\n\n" +
			"// It speaks first.\n//\n//lab:points 10\nfunc TestFirst(t *testing.T) {}\n",
	} {
		path := filepath.Join(root, "exercises", "03-threaded-server", file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(root, "solutions"), 0o700))
	return root
}

func TestANewExerciseIsCompleteAndGetsTheNextNumber(t *testing.T) {
	root := emptyLab(t)
	id, written, err := Create(root, "chat-room")
	require.NoError(t, err)
	assert.Equal(t, "04-chat-room", id)
	assert.Len(t, written, len(places))
	all, err := exercise.All(filepath.Join(root, "exercises"))
	require.NoError(t, err)
	require.Len(t, all, 2)
	ex := all[1]
	assert.Equal(t, []any{4, "Chat room", 9004, exercise.Server, 10}, []any{ex.Number, ex.Title, ex.Port, ex.Kind, ex.Points()})
	solution, err := os.ReadFile(filepath.Join(root, "solutions", id, "main.go"))
	require.NoError(t, err)
	wrong, err := ex.Wrong(map[string][]byte{"main.go": solution})
	require.NoError(t, err)
	assert.Len(t, wrong, 2)
	_, err = ex.Right(map[string][]byte{"main.go": solution})
	require.NoError(t, err)
	_, err = ex.Visible()
	require.NoError(t, err)

	id, _, err = Create(root, "11-file-transfer")
	require.NoError(t, err)
	assert.Equal(t, "11-file-transfer", id)
}

func TestANewExerciseChangesNothingThatExists(t *testing.T) {
	root := emptyLab(t)
	for slug, want := range map[string]string{
		"03-other":  "number 3 is taken",
		"Chat Room": "is no name for an exercise",
		"../escape": "is no name for an exercise",
		"":          "is no name for an exercise",
		"07-":       "is no name for an exercise",
	} {
		_, _, err := Create(root, slug)
		require.ErrorContains(t, err, want, slug)
	}
	require.NoError(t, os.MkdirAll(filepath.Join(root, "solutions", "08-taken"), 0o700))
	_, _, err := Create(root, "08-taken")
	require.ErrorContains(t, err, "is there already")
	assert.NoDirExists(t, filepath.Join(root, "exercises", "08-taken"))
}
