//go:build linux

package model

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	PlayPart()
	os.Exit(m.Run())
}

// How many there are is exact, whatever else the machine does. The runtime may start a thread or two for its own work.
func TestEachClientHasTheProcessOrTheThreadThatItIsSaidToHave(t *testing.T) {
	const clients = 50
	for kind, want := range map[Kind]struct{ processes, threads float64 }{
		Process:   {processes: 1, threads: 1}, // the parent waits for each child in a system call, which keeps a thread
		Thread:    {threads: 1},
		Goroutine: {},
	} {
		cost, err := Measure(kind, 1, clients)
		require.NoError(t, err, kind)
		assert.Equal(t, want.processes, cost.Processes, kind)
		assert.InDelta(t, want.threads, cost.Threads, 8.0/clients, kind)
	}
}

func TestAServerThatTalksToOneAtATimeIsMeasuredWithoutSilentClients(t *testing.T) {
	cost, err := Measure(OneAtATime, 5, 3)
	require.NoError(t, err)
	assert.Positive(t, cost.CPU)
	assert.Zero(t, cost.Memory)
}

func TestAnUnknownKindIsAnError(t *testing.T) {
	_, err := Measure("two at a time", 1, 0)
	assert.ErrorContains(t, err, "the server does not answer")
}

// Rounds are compared before they are summed up: a round in which everything took ten times as long changes no ratio.
func TestTheTableTellsRatiosOfRounds(t *testing.T) {
	costs := [][]Cost{
		{{CPU: 100 * time.Microsecond, Memory: 2048}, {CPU: time.Millisecond, Memory: 4096}},
		{{CPU: 500 * time.Microsecond, Memory: 4096, Threads: 1}, {CPU: 5 * time.Millisecond, Memory: 8192, Threads: 1}},
	}
	table := Table([]Kind{Goroutine, Thread}, costs)
	assert.Contains(t, table, "| a thread each | 2750 µs (500 µs to 5000 µs) | 5.0 | 6.0 kB (4.0 kB to 8.0 kB) | 2.0 | 1 | 0 |\n")
	table = Table([]Kind{OneAtATime, Process}, [][]Cost{{{CPU: time.Millisecond}}, {{CPU: 2 * time.Millisecond, Memory: 1024}}})
	assert.Contains(t, table, "| one at a time | 1000 µs (1000 µs to 1000 µs) | 1.0 | | | | |\n")
	assert.Contains(t, table, "| a process each | 2000 µs (2000 µs to 2000 µs) | 2.0 | 1.0 kB (1.0 kB to 1.0 kB) |  | 0 | 0 |\n")
}
