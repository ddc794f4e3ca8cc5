package main

import (
	"syscall"
	"unsafe"
)

const memfdCreate = 319 // on amd64

func result(number syscall.Errno) error {
	if number == 0 {
		return nil
	}
	return number
}

func main() {
	name := []byte("x\x00")
	_, _, number := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(&name[0])), 0, 0)
	attempt("memfd_create", result(number))
	confess()
}
