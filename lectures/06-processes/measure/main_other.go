//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program needs Linux, which tells in /proc what a process holds: read the recorded run beside it")
	os.Exit(1)
}
