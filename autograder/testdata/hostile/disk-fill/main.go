package main

import (
	"fmt"
	"os"
)

func main() {
	block := make([]byte, 1<<20)
	written := 0
	for i := range 100 {
		file, err := os.Create(fmt.Sprintf("/tmp/%d", i))
		for err == nil {
			var n int
			n, err = file.Write(block)
			written += n
		}
		if i == 0 || i == 99 {
			attempt("write without end", err)
		}
	}
	for _, name := range []string{"/x", "/etc/hosts", "/dev/x", "/program", "@MARK@"} {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
		if err == nil {
			_, err = file.WriteString("x")
		}
		attempt("write "+name, err)
	}
	findings = append(findings, fmt.Sprintf("wrote %d MiB", written>>20))
	confess()
}
