//go:build !unix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program measures a loop that waits in poll(2): run it on Linux, on macOS, in WSL or in the dev container")
	os.Exit(1)
}
