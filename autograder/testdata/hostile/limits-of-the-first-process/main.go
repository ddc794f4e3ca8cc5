package main

import (
	"syscall"
	"unsafe"
)

func main() {
	none := syscall.Rlimit{}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, 1, syscall.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&none)), 0, 0, 0)
	if errno != 0 {
		attempt("limit the first process", errno)
	} else {
		attempt("limit the first process", nil)
	}
	confess()
}
