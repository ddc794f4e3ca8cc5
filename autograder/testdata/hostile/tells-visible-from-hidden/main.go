package main

import (
	"os"
	"strings"
)

func main() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "LANG", "GORACE":
		default:
			attempt("see "+name+" in the environment", nil)
		}
	}
	if len(os.Args) != 1 || os.Args[0] != "/program" {
		attempt("be told by its arguments: "+strings.Join(os.Args, " "), nil)
	}
	findings = append(findings, "no sign was found")
	confess()
}
