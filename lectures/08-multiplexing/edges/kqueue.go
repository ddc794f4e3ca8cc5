//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// watch asks for an event when fd can be read. What it returns says, without waiting, whether there is one now.
func watch(fd int, kind trigger) (ready func() (bool, error), err error) {
	queue, err := unix.Kqueue()
	if err != nil {
		return nil, os.NewSyscallError("kqueue", err)
	}
	flags := unix.EV_ADD
	if kind == edge {
		flags |= unix.EV_CLEAR
	}
	var what unix.Kevent_t
	unix.SetKevent(&what, fd, unix.EVFILT_READ, flags)
	if _, err := unix.Kevent(queue, []unix.Kevent_t{what}, nil, nil); err != nil {
		return nil, os.NewSyscallError("kevent", err)
	}
	return func() (bool, error) {
		n, err := unix.Kevent(queue, nil, make([]unix.Kevent_t, 1), &unix.Timespec{}) // for no time at all
		return n > 0, os.NewSyscallError("kevent", err)
	}, nil
}
