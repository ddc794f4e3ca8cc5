package kernel

import "golang.org/x/sys/unix"

// LimitDescriptors lets a process make no descriptor whose number is most or more.
func LimitDescriptors(pid, most int) error {
	limit := unix.Rlimit{Cur: uint64(most), Max: uint64(most)}
	return unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil)
}

// Stop lets no thread of a process run until Continue does.
func Stop(pid int) error { return unix.Kill(pid, unix.SIGSTOP) }

// Continue undoes Stop.
func Continue(pid int) error { return unix.Kill(pid, unix.SIGCONT) }
