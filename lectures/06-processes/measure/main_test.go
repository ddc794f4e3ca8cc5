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

// The thresholds leave a busy machine room: fifteen times and more has been seen.
func TestAProcessCostsManyTimesAConversation(t *testing.T) {
	costs, err := model.Compare(kinds, 1, 20, 5)
	require.NoError(t, err)
	assert.Greater(t, costs[1][0].CPU, 5*costs[0][0].CPU)
}
