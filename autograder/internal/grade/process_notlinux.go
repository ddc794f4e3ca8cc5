//go:build unix && !linux

package grade

import "syscall"

// childAttributes give a child a process group of its own, which is killed as one.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
