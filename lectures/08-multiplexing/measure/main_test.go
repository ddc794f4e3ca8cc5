//go:build linux

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tcplab/lectures/measured"
)

func TestMain(m *testing.M) {
	servePart()
	os.Exit(m.Run())
}

// What poll looks at in vain costs time; what epoll and Go's runtime do not look at costs none.
func TestPollPaysForThoseWhoSayNothingAndEpollDoesNot(t *testing.T) {
	const idle = 5000
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if limit.Max < idle+100 {
		t.Skipf("a process may have no more than %d descriptors here; ulimit -Hn", limit.Max)
	}
	results, err := compare(models[1:], []int{idle}, 5, 50)
	require.NoError(t, err)
	// The server's own processor time, and of five rounds the least: what else the machine does only adds to it.
	cost := func(name string) float64 { return results[name][idle].cpu.Low }
	assert.GreaterOrEqual(t, cost("poll")/cost("goroutines"), 5.0)
	assert.LessOrEqual(t, cost("epoll")/cost("goroutines"), 3.0)
}

func TestSelectKnowsNoDescriptorAbove1023(t *testing.T) {
	w := &selectWaiter{}
	require.NoError(t, w.add(1023))
	assert.ErrorContains(t, w.add(1024), "knows no descriptor above 1023")
}

func TestEveryModelAnswers(t *testing.T) {
	results, err := compare(models, []int{0, 3}, 2, 10)
	require.NoError(t, err)
	for _, m := range models {
		for _, idle := range []int{0, 3} {
			r := results[m.name][idle]
			assert.Positive(t, r.roundTrip.Median, m.name)
			assert.LessOrEqual(t, r.roundTrip.Low, r.roundTrip.High, m.name)
		}
	}
}

func TestTheTablesHaveARowForEachNumberOfIdleConnections(t *testing.T) {
	var out strings.Builder
	printTables(&out, map[string]map[int]result{"poll": {100: {
		cpu: measured.Spread{Median: 12, Low: 11, High: 13}, roundTrip: measured.Spread{Median: 25, Low: 24, High: 26}}}})
	assert.Contains(t, out.String(), "| idle connections | select | poll | epoll | goroutines |\n")
	assert.Contains(t, out.String(), "| 100 | cannot | 12 (11 to 13) | cannot | cannot |\n")
	assert.Contains(t, out.String(), "| 100 | cannot | 25 (24 to 26) | cannot | cannot |\n")
	assert.Contains(t, string(picture(nil)), "<svg")
}
