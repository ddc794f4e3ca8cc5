package kernel

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Stop lets no thread of a process run until Continue does, from the moment when Stopped says so: the kernel gives the signal to one
// thread, and the others run until that one gets a processor and has taken it.
func Stop(pid int) error { return unix.Kill(pid, unix.SIGSTOP) }

// Stopped reports whether every thread of a process is stopped, or has ended.
func Stopped(pid int) bool {
	threads, _ := threadsOf(pid) // of a process that is gone nothing runs
	return !slices.ContainsFunc(threads, func(thread string) bool {
		state := stateOf(fmt.Sprintf("/proc/%d/task/%s/stat", pid, thread))
		return state != 0 && !strings.ContainsRune("TtZX", rune(state))
	})
}

// Continue undoes Stop.
func Continue(pid int) error { return unix.Kill(pid, unix.SIGCONT) }

// LeaveDescriptors lets a process open only n descriptors more, until restore is called. The kernel gives out the lowest
// number that is free, and none from the limit on.
func LeaveDescriptors(pid, n int) (restore func() error, err error) {
	pid = Living(pid)
	limit, free := 0, 0
	for ; free <= n; limit++ {
		if _, err := os.Lstat(fmt.Sprintf("/proc/%d/fd/%d", pid, limit)); err != nil {
			free++
		}
	}
	var before unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		return nil, fmt.Errorf("prlimit: %w", err)
	}
	// the number at which the loop ended would be the first one too many
	now := unix.Rlimit{Cur: min(uint64(limit-1), before.Max), Max: before.Max}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &now, nil); err != nil {
		return nil, fmt.Errorf("prlimit: %w", err)
	}
	return func() error { return unix.Prlimit(pid, unix.RLIMIT_NOFILE, &before, nil) }, nil
}

// Terminate sends a program the signal that asks it to end, which it can prepare for.
func Terminate(pid int) error { return unix.Kill(pid, unix.SIGTERM) }

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

// Quit sends a program the signal that ends a Go program with the stacks of its goroutines on standard error.
func Quit(pid int) error { return unix.Kill(pid, unix.SIGQUIT) }
