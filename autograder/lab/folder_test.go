package lab

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatWasBuiltOfFoldersThatNobodyUsesIsRemoved(t *testing.T) {
	built := t.TempDir()
	for name, age := range map[string]time.Duration{"used": keptFolders - time.Hour, "forgotten": keptFolders + time.Hour} {
		folder := filepath.Join(built, name)
		require.NoError(t, os.Mkdir(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "program"), nil, 0o700))
		at := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(folder, at, at))
	}
	forgetFolders(built)
	assert.FileExists(t, filepath.Join(built, "used", "program"))
	assert.NoDirExists(t, filepath.Join(built, "forgotten"))
}
