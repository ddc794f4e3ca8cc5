//go:build unix

package lab

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestATestThatDoesNotGetToRunIsStarved stops a process that measures its lag, for longer than is forgiven.
func TestATestThatDoesNotGetToRunIsStarved(t *testing.T) {
	if os.Getenv(lagVariable) != "" {
		var l lag
		l.begin(t.Context().Done())
		for range 2 {
			fmt.Println("starved:", l.starved())
			_, _ = os.Stdin.Read(make([]byte, 1))
			time.Sleep(2 * stall) // its ticker gets to run, too
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestATestThatDoesNotGetToRunIsStarved$")
	child.Env = append(os.Environ(), lagVariable+"=1")
	in, err := child.StdinPipe()
	require.NoError(t, err)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	assert.Equal(t, "starved: false", lines.Text())
	require.NoError(t, child.Process.Signal(syscall.SIGSTOP))
	time.Sleep(hopelesslyLate + 10*stall)
	require.NoError(t, child.Process.Signal(syscall.SIGCONT))
	_, err = in.Write([]byte("\n"))
	require.NoError(t, err)
	require.True(t, lines.Scan())
	assert.Equal(t, "starved: true", lines.Text())
	require.NoError(t, in.Close())
	require.NoError(t, child.Wait())
}
