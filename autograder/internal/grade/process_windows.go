package grade

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// killGroup ends a child only: Windows has no process groups.
func killGroup(command *exec.Cmd) error { return command.Process.Kill() }

// inherit lets a child have file, and returns the handle by which the child knows it.
func inherit(command *exec.Cmd, file *os.File) (number string) {
	handle := syscall.Handle(file.Fd())
	// When this fails the child has no such handle, leaves no record, and its test is an error.
	_ = syscall.SetHandleInformation(handle, syscall.HANDLE_FLAG_INHERIT, syscall.HANDLE_FLAG_INHERIT)
	command.SysProcAttr.AdditionalInheritedHandles = append(command.SysProcAttr.AdditionalInheritedHandles, handle)
	return strconv.FormatUint(uint64(handle), 10)
}
