package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

// The figures in the README's reports are those of one run; what they are about must be what the tests say today.
func TestTheReportInTheREADMEHasTheRequirementsOfToday(t *testing.T) {
	root, err := labRoot()
	require.NoError(t, err)
	all, err := exercise.All(filepath.Join(root, "exercises"))
	require.NoError(t, err)
	var today []string
	for _, ex := range all {
		for _, test := range ex.Tests {
			today = append(today, test.Requirement)
		}
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	shown := regexp.MustCompile(`(?m)^ (?:ok  |FAIL|skip)  \d  (.+)$`).FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, shown)
	for _, line := range shown {
		assert.True(t, slices.Contains(today, line[1]), "no hidden test has this requirement any more: %q", line[1])
	}
}
