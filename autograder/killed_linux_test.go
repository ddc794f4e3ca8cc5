package main

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
)

// How often a grader is started in a row, and how many of them are killed, each at another moment of its work. A longer run:
// go test ./autograder -run Killed -timeout 2h -gradings 500 -kills 50
var (
	gradings = flag.Int("gradings", 12, "how many gradings in a row")
	kills    = flag.Int("kills", 12, "how many of them are killed")
)

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
	mounts, zombies := mountsSeen(t), zombiesSeen()

	for i := range *gradings {
		command := start()
		moment := rand.N(whole)
		if (i+1)**kills / *gradings == i**kills / *gradings {
			moment = 10 * time.Minute // not one of the killed
		}
		signal := []os.Signal{os.Kill, os.Interrupt}[rand.N(2)]
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = command.Wait() // killed, or not
		}()
		select {
		case <-time.After(moment): // nothing is concluded from it: the moment is what is random here
			_ = command.Process.Signal(signal)
			<-ended
		case <-ended:
		}
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
	assert.Equal(t, mounts, mountsSeen(t), "what is mounted")
	// Those of other tests that run now are waited for in a moment; one that nobody waits for stays.
	left := zombiesSeen()
	assert.EventuallyWithT(t, func(c *assert.CollectT) {
		now := zombiesSeen()
		for _, zombie := range left {
			assert.False(c, slices.Contains(now, zombie) && !slices.Contains(zombies, zombie), "nobody waits for %s", zombie)
		}
	}, 10*time.Second, 10*time.Millisecond)
}

// mountsSeen is what this process sees mounted.
func mountsSeen(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	return string(mounts)
}

// zombiesSeen lists the graders, and first processes of sandboxes, that have ended and that nobody has waited for: each with
// its number and when it was started, since numbers are used again.
func zombiesSeen() []string {
	var found []string
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		text, _ := os.ReadFile(stat) // one that ends now is no zombie
		if zombie := zombieStat.FindSubmatch(text); zombie != nil {
			found = append(found, string(zombie[1])+" started at "+string(zombie[2]))
		}
	}
	return found
}

// zombieStat matches proc_pid_stat(5) of such a process: its number, its name, the state Z, and field 22, its start.
var zombieStat = regexp.MustCompile(`^(\d+ \((?:autograder|initproc|program|[a-z-]+\.test)\)) Z (?:\S+ ){18}(\d+) `)

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
