package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
)

// kills is how many graders are killed. Each dies at another moment of its work.
const kills = 12

func TestAKilledGraderLeavesNoProcessNoFolderAndNoHalfOfAReport(t *testing.T) {
	root, err := labRoot()
	require.NoError(t, err)
	temp := t.TempDir()
	report := filepath.Join(temp, "report.json")
	start := func() *exec.Cmd {
		command := exec.Command("autograder", "grade", "-ex", "1", "-format", "json", "-o", report)
		command.Dir, command.Env = root, append(os.Environ(), "TMPDIR="+temp)
		require.NoError(t, command.Start())
		return command
	}
	began := time.Now()
	require.NoError(t, start().Wait())
	whole := time.Since(began)
	require.NoError(t, os.Remove(report))

	for i := range kills {
		command := start()
		moment := rand.N(whole)
		<-time.After(moment) // nothing is concluded from it: the moment is what is random here
		signal := []os.Signal{os.Kill, os.Interrupt}[i%2]
		_ = command.Process.Signal(signal) // it may have ended before
		_ = command.Wait()
		require.Eventually(t, func() bool { return len(processesOf(temp)) == 0 }, 10*time.Second, time.Millisecond,
			"after %v at %v there are still %v", signal, moment, processesOf(temp))
		if content, err := os.ReadFile(report); err == nil {
			var result grade.Result
			require.NoError(t, json.Unmarshal(content, &result), "a report is whole or absent")
			require.NoError(t, os.Remove(report))
		}
	}
	require.NoError(t, start().Wait())
	runs, err := filepath.Glob(filepath.Join(temp, "*", "run-*"))
	require.NoError(t, err)
	assert.Empty(t, runs, "the next run has removed what the killed ones left")
	entries, err := os.ReadDir(temp)
	require.NoError(t, err)
	for _, entry := range entries {
		assert.Regexp(t, `^(tcplab-[0-9]+|report\.json)$`, entry.Name())
	}
}

// processesOf lists the processes that were started by a grader with this temporary folder: their command lines or
// environments name it.
func processesOf(temp string) []string {
	var found []string
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		command, _ := os.ReadFile(filepath.Join(process, "cmdline"))
		environment, _ := os.ReadFile(filepath.Join(process, "environ"))
		if len(command) > 0 && strings.Contains(string(command)+string(environment), temp) {
			found = append(found, filepath.Base(process)+" "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return found
}
