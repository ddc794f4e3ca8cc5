package main

import (
	"fmt"
	"os"
)

func main() {
	text := "=cmd|' /C calc'!A0,+1+1,-1,@SUM(1)\t\r\n"
	fmt.Print(text)
	fmt.Fprint(os.Stderr, text)
	findings = []string{text}
	confess()
}
