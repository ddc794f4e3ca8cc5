package main

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ten naps of a tenth of a second take a second one after the other. Side by side they take as long as one, and the test
// leaves the machine half a second less for its other work than that.
func TestAQueueTakesSeveralTimesAsLong(t *testing.T) {
	total := map[string]time.Duration{}
	for _, s := range servers {
		waits, all, err := queue(s.attend, 10, 100*time.Millisecond)
		require.NoError(t, err, s.name)
		require.Len(t, waits, 10)
		total[s.name] = all
	}
	assert.Greater(t, total["one at a time"], 5*total["a goroutine each"])
}

func TestEachClientOfAQueueWaitsForAllBeforeIt(t *testing.T) {
	const nap = 20 * time.Millisecond
	waits, _, err := queue(talk, 4, nap)
	require.NoError(t, err)
	for i, wait := range waits {
		assert.GreaterOrEqual(t, wait, time.Duration(i)*nap, "client %d", i)
	}
}

// Linux lets one more in than the backlog says; other systems have rules of their own.
func TestABacklogOfThreeLetsFourConnectionsComplete(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this is a property of Linux")
	}
	n, err := completed(3)
	require.NoError(t, err)
	assert.Equal(t, 4, n)
}
