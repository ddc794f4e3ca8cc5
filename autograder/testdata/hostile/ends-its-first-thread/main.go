package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// init runs on the first thread of the process.
func init() {
	if len(os.Args) == 1 {
		return
	}
	runtime.LockOSThread()
	go func() {
		<-time.After(50 * time.Millisecond)
		block, err := syscall.Mmap(-1, 0, 150<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		for i := 0; err == nil && i < len(block); i += 4096 {
			block[i] = 1
		}
		<-time.After(time.Hour)
	}()
	syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0)
}

func main() {
	for range 8 {
		_ = exec.Command("/proc/self/exe", "child").Start()
	}
	<-time.After(time.Hour)
}
