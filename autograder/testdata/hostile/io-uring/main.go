package main

import "syscall"

func raw(what string, number uintptr, a, b, c uintptr) {
	if _, _, failed := syscall.Syscall6(number, a, b, c, 0, 0, 0); failed != 0 {
		attempt(what, failed)
		return
	}
	attempt(what, nil)
}

func main() {
	raw("io_uring_setup", 425, 8, 0, 0)
	confess()
}
