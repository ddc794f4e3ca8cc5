package main

import "syscall"

func main() {
	for {
		block, err := syscall.Mmap(-1, 0, 64<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
		if err != nil {
			attempt("map more", err)
			confess()
		}
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
	}
}
