package main

import "syscall"

func main() {
	for name, family := range map[string]int{"AF_VSOCK": 40, "AF_ALG": 38, "AF_PACKET": 17, "AF_XDP": 44, "AF_BLUETOOTH": 31} {
		_, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
		attempt(name, err)
	}
	_, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, 1)
	attempt("raw socket", err)
	confess()
}
