//go:build !linux

// Command initproc is the first process of a sandbox. Sandboxes need Linux.
package main

import "os"

func main() {
	os.Stderr.WriteString("initproc runs on Linux only\n")
	os.Exit(2)
}
