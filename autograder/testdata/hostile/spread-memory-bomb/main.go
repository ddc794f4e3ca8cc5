package main

import (
	"os"
	"os/exec"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		block := make([]byte, 150<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		<-time.After(time.Hour)
	}
	for range 8 {
		_ = exec.Command("/proc/self/exe", "child").Start()
	}
	<-time.After(time.Hour)
}
