//go:build linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

var models = []model{selecting, polling, {"epoll", 0, with(newEpollWaiter)}, goroutines}

// epollWaiter waits with epoll(7): the table is the kernel's own and stays there, and only what is ready is told.
type epollWaiter struct{ queue int }

func newEpollWaiter() (waiter, error) {
	queue, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &epollWaiter{queue}, os.NewSyscallError("epoll_create1", err)
}

func (w *epollWaiter) add(fd int) error {
	return unix.EpollCtl(w.queue, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Fd: int32(fd), Events: unix.EPOLLIN})
}

func (w *epollWaiter) wait() (ready []int, err error) {
	var events [64]unix.EpollEvent
	n, err := unix.EpollWait(w.queue, events[:], -1)
	if err != nil {
		return nil, err
	}
	for _, event := range events[:n] {
		ready = append(ready, int(event.Fd))
	}
	return ready, nil
}
