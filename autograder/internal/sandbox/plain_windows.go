package sandbox

import (
	"os/exec"
	"syscall"
)

// ownGroup does nothing: Windows ends a process without its group.
func ownGroup(*exec.Cmd) {}

func killGroup(command *exec.Cmd) error { return command.Process.Kill() }

func exitOf(status syscall.WaitStatus) Exit { return Exit{Status: status.ExitStatus()} }

func setReceiveBuffer(raw syscall.RawConn, size int) error {
	var optErr error
	err := raw.Control(func(fd uintptr) {
		optErr = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, size)
	})
	if err != nil {
		return err
	}
	return optErr
}
