package main

import _ "unsafe"

//go:linkname exit runtime.exit
func exit(int32)

func main() { exit(0) }
