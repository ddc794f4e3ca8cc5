package main

import (
	"os"
	"strings"
)

func main() {
	for _, entry := range os.Environ() {
		if strings.Contains(entry, "CANARY") {
			attempt("find "+entry, nil)
		}
	}
	for _, name := range []string{"/proc/1/environ", "/proc/1/maps", "/proc/1/mem", "/proc/1/fd/3", "/proc/1/cwd", "/proc/1/root/etc"} {
		_, err := os.ReadFile(name)
		attempt("read "+name, err)
	}
	confess()
}
