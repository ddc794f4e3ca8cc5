package kernel

import "golang.org/x/sys/unix"

// Stop lets no thread of a process run until Continue does.
func Stop(pid int) error { return unix.Kill(pid, unix.SIGSTOP) }

// Continue undoes Stop.
func Continue(pid int) error { return unix.Kill(pid, unix.SIGCONT) }
