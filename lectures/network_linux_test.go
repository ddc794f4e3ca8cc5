package lectures

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// insideVariable is set where the tests run in a network of their own.
	insideVariable = "TCPLAB_LECTURES_INSIDE"
	// noNetworkStatus is what the tests inside exit with when they cannot have one. A test binary uses 0, 1 and 2.
	noNetworkStatus = 3
)

// A program of a session does not outlive tests that are interrupted. Its process group is not that of their terminal.
func init() { ownGroup.Pdeathsig = unix.SIGKILL }

// runInOwnNetwork runs this test binary once more, in a user namespace and a network namespace of its own. The lectures'
// programs listen on fixed ports, and there each port is free, whatever else runs on the machine. done tells that the tests
// have run. Where the system does not allow that, they use the machine's own ports.
func runInOwnNetwork() (status int, done bool) {
	if os.Getenv(insideVariable) != "" {
		if err := raiseLoopback(); err != nil {
			return noNetworkStatus, true
		}
		return 0, false
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false
	}
	// The system sends the signal of Pdeathsig when the thread ends that has started the process.
	runtime.LockOSThread()
	inside := exec.Command(self, os.Args[1:]...)
	inside.Env = append(os.Environ(), insideVariable+"=1")
	inside.Stdin, inside.Stdout, inside.Stderr = os.Stdin, os.Stdout, os.Stderr
	inside.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   unix.SIGKILL,
	}
	err = inside.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if exit.ExitCode() == noNetworkStatus {
			return 0, false
		}
		if exit.ExitCode() < 0 {
			fmt.Fprintln(os.Stderr, "the tests of the lectures:", err)
			return 1, true
		}
		return exit.ExitCode(), true
	}
	return 0, err == nil
}

// raiseLoopback switches the loopback interface on, which a new network has switched off.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	loopback, err := unix.NewIfreq("lo")
	if err == nil {
		loopback.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback)
	}
	return errors.Join(err, unix.Close(fd))
}
