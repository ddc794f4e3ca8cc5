//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/lectures/measured"
)

// Ten clients who ask at the same time wait ten times as long for a callback that waits, and for timers no longer than for
// goroutines.
func TestOnlyACallbackThatWaitsMakesOthersWait(t *testing.T) {
	const clients = 10
	results, err := compare(models, []int{clients}, 1)
	require.NoError(t, err)
	took := func(m model) float64 { return results[m.name][clients].Median }
	waits, timers, goroutines := models[0], models[1], models[2]
	assert.GreaterOrEqual(t, took(waits)/took(goroutines), 5.0)
	assert.LessOrEqual(t, took(timers)/took(goroutines), 2.0)
}

func TestTheTableHasARowForEachNumberOfClients(t *testing.T) {
	var out strings.Builder
	results := map[string]map[int]measured.Spread{"timers on the loop": {100: {Median: 53, Low: 51, High: 60}}}
	printTable(&out, results)
	assert.Contains(t, out.String(), "| 100 | not tried | 53 (51 to 60) | not tried |\n")
	assert.Contains(t, string(picture(results)), "<svg")
}
