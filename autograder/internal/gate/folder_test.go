package gate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

func TestTheSolutionHoldsWhatTheExerciseGives(t *testing.T) {
	root := t.TempDir()
	ex := exercise.Exercise{
		Number: 3, ID: "03-threaded-server", Dir: filepath.Join(root, "exercises", "03-threaded-server"), Port: 3232, Given: []string{"loop.go"},
	}
	ex.Tested = filepath.Join(ex.Dir, "hidden")
	solution := filepath.Join(root, "solutions", ex.ID)
	write := func(dir, name, content string) {
		require.NoError(t, os.MkdirAll(dir, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	write(ex.Dir, "README.md", "# 3. Threaded server\n\nIt listens on port 3232.\n\n```wire\nA connected\n```\n")
	write(ex.Dir, "loop.go", "package main\n")
	write(solution, "loop.go", "package main\n")
	assert.Empty(t, checkFolder(root, ex))

	want := []string{"03-threaded-server: solutions/03-threaded-server/loop.go is not the same as the file that the exercise gives: copy that there"}
	write(solution, "loop.go", "package main\n\n// changed\n")
	assert.Equal(t, want, checkFolder(root, ex))
	require.NoError(t, os.Remove(filepath.Join(solution, "loop.go")))
	assert.Equal(t, want, checkFolder(root, ex))
}
