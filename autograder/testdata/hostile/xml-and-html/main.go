package main

import (
	"fmt"
	"os"
)

func main() {
	text := "\x00\x01\x0b\ufffe]]>&<script>alert(1)</script><!--"
	fmt.Print(text)
	fmt.Fprint(os.Stderr, text)
	findings = []string{text}
	confess()
}
