package grade

import "syscall"

// childAttributes give a child a process group of its own, which is killed as one. The child dies with the autograder even
// when that is killed without a chance to do anything.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
