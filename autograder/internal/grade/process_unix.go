//go:build unix

package grade

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// killGroup ends a child and what it has started. That nobody is left is what was wanted.
func killGroup(command *exec.Cmd) error {
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		return err
	}
	return nil
}

// inherit lets a child have file, and returns the number by which the child knows it.
func inherit(command *exec.Cmd, file *os.File) (number string) {
	command.ExtraFiles = append(command.ExtraFiles, file)
	return strconv.Itoa(2 + len(command.ExtraFiles)) // after the standard streams
}
