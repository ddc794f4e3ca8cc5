//go:build !unix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "TODO: this exercise needs poll, epoll or kqueue: work on it on Linux, on macOS, or in WSL")
	os.Exit(1)
}
