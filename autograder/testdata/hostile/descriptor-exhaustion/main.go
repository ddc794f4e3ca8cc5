package main

import "syscall"

func main() {
	var err error
	for i := 0; err == nil && i < 1_000_000; i++ {
		_, err = syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	}
	attempt("open a million files", err)
	for fd := 100; fd < 200; fd++ {
		syscall.Close(fd)
	}
	confess()
}
