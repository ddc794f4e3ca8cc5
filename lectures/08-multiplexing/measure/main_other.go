//go:build !unix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program compares select, poll and epoll: run it on Linux, on macOS, in WSL or in the dev container")
	os.Exit(1)
}
