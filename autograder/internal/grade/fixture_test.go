package grade

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

var echo = exercise.Exercise{Number: 1, ID: "01-echo", Title: "Echo", Port: 3232, Kind: exercise.Server}

const mainFile = "package main\n\nfunc main() {}\n"

// writeTree writes files, given by their slash-separated names, below a new folder.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	return root
}
