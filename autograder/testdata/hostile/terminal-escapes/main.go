package main

import (
	"fmt"
	"os"
)

func main() {
	text := "\x1b[2J\x1b]0;owned\x07\x1bP+q\x1b\\\u009b31m\u202e"
	fmt.Print(text)
	fmt.Fprint(os.Stderr, text)
	findings = []string{text}
	confess()
}
