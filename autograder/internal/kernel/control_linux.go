package kernel

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Stop lets no thread of a process run until Continue does.
func Stop(pid int) error { return unix.Kill(pid, unix.SIGSTOP) }

// Continue undoes Stop.
func Continue(pid int) error { return unix.Kill(pid, unix.SIGCONT) }

// Interrupt sends every thread of a Go program the signal with which its own runtime makes goroutines take turns. The program
// does not notice, but for the system calls in which its threads wait: those that cannot be resumed are cut short.
func Interrupt(pid int) error {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return err
	}
	for _, thread := range threads {
		tid, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if err := unix.Tgkill(pid, tid, unix.SIGURG); err != nil && err != unix.ESRCH { // it may have just ended
			return err
		}
	}
	return nil
}
