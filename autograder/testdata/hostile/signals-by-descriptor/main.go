package main

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	// fcntl(2) and ioctl(2): the owner, the signal, and that it is wanted
	const setOwner, setSignal, setOwnerEx, setGroup = 8, 10, 15, 0x8902
	call := func(what string, number, fd, command, argument uintptr) {
		_, _, failed := syscall.Syscall(number, fd, command, argument)
		if what == "" {
			return
		}
		if failed == 0 {
			attempt(what, nil)
			return
		}
		attempt(what, failed)
	}
	owner, ex := int32(1), [2]int32{1, 1}
	for _, signal := range []syscall.Signal{syscall.SIGSYS, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGKILL} {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			continue
		}
		fd := uintptr(pair[0])
		call("F_SETOWN", syscall.SYS_FCNTL, fd, setOwner, 1)
		call("F_SETOWN_EX", syscall.SYS_FCNTL, fd, setOwnerEx, uintptr(unsafe.Pointer(&ex)))
		call("SIOCSPGRP", syscall.SYS_IOCTL, fd, setGroup, uintptr(unsafe.Pointer(&owner)))
		call("", syscall.SYS_FCNTL, fd, setSignal, uintptr(signal))
		call("", syscall.SYS_FCNTL, fd, syscall.F_SETFL, syscall.O_ASYNC|syscall.O_NONBLOCK)
		_, _ = syscall.Write(pair[1], []byte("x"))
	}
	<-time.After(100 * time.Millisecond)
	if _, err := os.Stat("/proc/1/status"); err == nil {
		attempt("the first process is gone", errors.New("its being there"))
	}
	confess()
}
