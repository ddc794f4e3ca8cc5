//go:build linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// watch asks for an event when fd can be read. What it returns says, without waiting, whether there is one now.
func watch(fd int, kind trigger) (ready func() (bool, error), err error) {
	queue, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	what := unix.EpollEvent{Fd: int32(fd), Events: unix.EPOLLIN}
	if kind == edge {
		what.Events |= unix.EPOLLET
	}
	if err := unix.EpollCtl(queue, unix.EPOLL_CTL_ADD, fd, &what); err != nil {
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	return func() (bool, error) {
		n, err := unix.EpollWait(queue, make([]unix.EpollEvent, 1), 0) // for 0 milliseconds
		return n > 0, os.NewSyscallError("epoll_wait", err)
	}, nil
}
