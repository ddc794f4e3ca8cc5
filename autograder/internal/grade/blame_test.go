package grade

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The builder has no toolchain: nothing is built to find out whose fault these are.
func TestWhatTheMachineLacksIsNeverTheStudentsFault(t *testing.T) {
	student := Source{Files: map[string][]byte{"main.go": []byte("package main\n\nfunc main() {}\n")}}
	b := &builder{}
	for _, lines := range [][]string{
		{"s_1/main.go:1:1: no, that was another one", "write /tmp/x: no space left on device"},
		{"fork/exec compile: cannot allocate memory"},
		{"open /tmp/x: too many open files"},
		{"mkdir /tmp/x: read-only file system"},
	} {
		failed, err := b.blame(t.Context(), student.hash(), lines, "the go command failed")
		require.NoError(t, err)
		assert.Equal(t, program{fault: "the go command failed"}, failed, lines)
	}
	failed, err := b.blame(t.Context(), flawless.hash(), []string{"what it never says"}, "the go command failed")
	require.NoError(t, err)
	assert.Equal(t, program{fault: "the go command failed"}, failed, "nothing is wrong with the flawless program")
}
