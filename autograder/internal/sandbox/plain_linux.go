package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/sandbox/control"
)

func (s *plain) Diagnostics() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return -1, fmt.Errorf("sandbox: sock_diag: %w", err)
	}
	return fd, nil
}

// sweep ends what a guarded program has left behind: every process of its user, or, where that is the tester's own, every one
// that has become this process's child when its parent ended.
func (s *plain) sweep() error {
	if s.user != 0 {
		output, err := exec.Command(s.helper, control.Sweep, strconv.Itoa(s.user)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("sandbox: end the processes of user %d: %w: %s", s.user, err, output)
		}
		return nil
	}
	for {
		left := kernel.Descendants(os.Getpid())
		if len(left) == 0 {
			return nil
		}
		for _, pid := range left {
			_ = unix.Kill(pid, unix.SIGKILL) // it may have ended by itself
		}
		for _, pid := range left {
			_, _ = unix.Wait4(pid, nil, 0, nil) // the child of another one is waited for when it has become ours
		}
	}
}

// adopt makes this process the parent of the orphans of its programs, so that sweep finds them.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// holder says who listens on a port of this machine.
func holder(port int) string {
	fd, err := (&plain{}).Diagnostics()
	if err != nil {
		return err.Error()
	}
	diag, err := kernel.NewDiagnostics(fd)
	if err != nil {
		return err.Error()
	}
	defer diag.Close()
	listeners, err := diag.Listeners()
	if err != nil {
		return err.Error()
	}
	for _, l := range listeners {
		if l.Port == port {
			return "it is held by " + kernel.Holder(l.Inode)
		}
	}
	return "nobody is seen to listen there"
}

// unread is how many bytes wait in a pipe.
func unread(stream *os.File) int {
	raw, err := stream.SyscallConn()
	if err != nil {
		return 0
	}
	waiting := 0
	_ = raw.Control(func(fd uintptr) { // fails only on a closed stream, in which nothing waits
		waiting, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) // the same as FIONREAD of pipe(7)
	})
	return waiting
}
