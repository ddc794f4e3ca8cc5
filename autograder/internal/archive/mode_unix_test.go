//go:build unix

package archive

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

func requireMode(t testing.TB, want fs.FileMode, info fs.FileInfo) {
	t.Helper()
	require.Equal(t, want, info.Mode().Perm(), info.Name())
}
