//go:build unix

package lab

import "syscall"

func closeOnExec(descriptor int) { syscall.CloseOnExec(descriptor) }
