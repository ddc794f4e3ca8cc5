package main

import (
	"runtime"
	"syscall"
)

func main() {
	for range 20_000 {
		go func() {
			runtime.LockOSThread()
			syscall.Pause()
		}()
	}
	confess()
}
