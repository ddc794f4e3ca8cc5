//go:build !unix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this server needs Linux or macOS: here a process inherits no connection as a descriptor. "+
		"On Windows, work in WSL (https://learn.microsoft.com/windows/wsl)")
	os.Exit(1)
}
