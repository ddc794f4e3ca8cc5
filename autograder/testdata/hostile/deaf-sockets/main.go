package main

import "syscall"

func main() {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, 21, 255) // IP_MINTTL
	}
	attempt("drop what comes from near", err)
	confess()
}
