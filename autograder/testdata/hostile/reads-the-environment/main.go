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
	const first = "/proc/1/"
	for _, name := range []string{"environ", "maps", "mem", "fd/3"} {
		_, err := os.ReadFile(first + name)
		attempt("read "+first+name, err)
	}
	for _, name := range []string{"cwd", "root"} { // links to folders, which nobody can read as files
		_, err := os.ReadDir(first + name)
		attempt("list "+first+name, err)
	}
	confess()
}
