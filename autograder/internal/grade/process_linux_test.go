package grade

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestATestDoesNotShareItsProcessorTimeWithWhatElseRunsInTheTerminal(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = []string{"TCPLAB_PROGRAM=hangs"}
	child.SysProcAttr = childAttributes()
	require.NoError(t, child.Start())
	defer func() {
		assert.NoError(t, unix.Kill(-child.Process.Pid, unix.SIGKILL))
		assert.Error(t, child.Wait())
	}()
	session, err := unix.Getsid(child.Process.Pid)
	require.NoError(t, err)
	assert.Equal(t, child.Process.Pid, session)
	group, err := unix.Getpgid(child.Process.Pid)
	require.NoError(t, err)
	assert.Equal(t, child.Process.Pid, group)
}
