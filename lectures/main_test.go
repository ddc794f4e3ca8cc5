// Package lectures holds the lectures to what they say: the code that they show is the code that is compiled, the output is
// that of a real run, every link leads somewhere, and no term is used before it is explained. With -update, what can be
// rewritten is rewritten:
//
//	go test ./lectures -update
package lectures

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// labRoot is the lab's folder, seen from this package's.
const labRoot = ".."

var update = flag.Bool("update", false, "rewrite the code and the output that the lectures show")

func TestMain(m *testing.M) {
	if status, done := runInOwnNetwork(); done {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// lectureFolders are the folders of the lectures, in their order.
func lectureFolders(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob("[0-9][0-9]-*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	slices.Sort(folders)
	return folders
}

// lecturePages are the pages below this folder: the lectures, and those about them.
func lecturePages(t *testing.T) []*page {
	t.Helper()
	var pages []*page
	for _, pattern := range []string{"*.md", "[0-9][0-9]-*/*.md"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			pages = append(pages, readPage(t, file))
		}
	}
	require.NotEmpty(t, pages)
	return pages
}
