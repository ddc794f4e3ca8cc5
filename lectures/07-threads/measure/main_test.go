//go:build linux

package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/lectures/06-processes/model"
)

func TestMain(m *testing.M) {
	model.PlayPart()
	os.Exit(m.Run())
}

// The thresholds leave a busy machine room: three and a half times has been seen for a thread, and 160 times for a process.
func TestAGoroutineIsCheaperThanAThreadAndAThreadThanAProcess(t *testing.T) {
	costs, err := model.Compare(kinds, 1, 20, 50)
	require.NoError(t, err)
	goroutine, thread, process := costs[0][0], costs[1][0], costs[2][0]
	assert.Greater(t, thread.Memory, 2*goroutine.Memory)
	assert.Greater(t, process.Memory, 30*goroutine.Memory)
	assert.Greater(t, process.CPU, 5*goroutine.CPU)
}
