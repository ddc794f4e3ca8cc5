//go:build windows

// This file is given, and no part of the task: on Windows a process inherits no connection through a descriptor.

package main

import (
	"fmt"
	"os"
)

func init() {
	fmt.Fprintln(os.Stderr, "exercise 7 needs Linux or macOS; on Windows, work in WSL (https://learn.microsoft.com/windows/wsl)")
	os.Exit(1)
}
