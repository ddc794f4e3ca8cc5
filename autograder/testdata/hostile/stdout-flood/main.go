package main

import (
	"bytes"
	"os"
)

func main() {
	block := bytes.Repeat([]byte("A"), 1<<20)
	go func() {
		for {
			os.Stdout.Write(block)
			os.Stderr.Write(block)
		}
	}()
	confess()
}
