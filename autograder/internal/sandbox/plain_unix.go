//go:build unix

package sandbox

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the program a process group of its own, so that its children can be killed with it.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func killGroup(command *exec.Cmd) error {
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		return err
	}
	return nil
}

func exitOf(status syscall.WaitStatus) Exit {
	if status.Signaled() {
		return Exit{Status: -1, Signal: status.Signal()}
	}
	return Exit{Status: status.ExitStatus()}
}

func setReceiveBuffer(raw syscall.RawConn, size int) error {
	var optErr error
	err := raw.Control(func(fd uintptr) {
		optErr = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, size)
	})
	if err != nil {
		return err
	}
	return optErr
}
