//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program needs epoll or kqueue: run it on Linux, on macOS, in WSL or in the dev container")
	os.Exit(1)
}
