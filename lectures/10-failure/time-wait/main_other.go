//go:build !unix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program calls the socket API of UNIX: run it on Linux, on macOS, or in WSL")
	os.Exit(1)
}
