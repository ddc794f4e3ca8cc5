package main

import (
	_ "arena"
	_ "runtime/cgo"
	_ "syscall/js"
)

func main() { confess() }
