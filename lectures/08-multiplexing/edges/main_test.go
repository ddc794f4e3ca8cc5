//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// events are the answers that a kind gives after each step.
func events(t *testing.T, kind trigger) []string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, show(&out, kind))
	var answers []string
	for line := range strings.Lines(out.String()) {
		if _, answer, ok := strings.Cut(strings.TrimSpace(line), "event: "); ok {
			answers = append(answers, answer)
		}
	}
	return answers
}

func TestALevelIsToldAsLongAsSomethingIsThere(t *testing.T) {
	assert.Equal(t, []string{"true", "true", "true", "false"}, events(t, level))
}

func TestAnEdgeIsToldOnceForEachArrival(t *testing.T) {
	assert.Equal(t, []string{"true", "false", "true", "false"}, events(t, edge))
}
