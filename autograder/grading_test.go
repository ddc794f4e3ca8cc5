package main

import (
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestANameOfAFolderIsOneWordForTheShell(t *testing.T) {
	assert.Equal(t, "../alice", shellWord("../alice"))
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	for _, name := range []string{"", "two words", "$(touch PWNED)", "`id`", "it's", "a;b", "a\nb", "*", "~", "#", "\"", "\\"} {
		said, err := exec.Command("sh", "-c", "printf %s "+shellWord(name)).Output()
		require.NoError(t, err, name)
		assert.Equal(t, name, string(said))
	}
}
