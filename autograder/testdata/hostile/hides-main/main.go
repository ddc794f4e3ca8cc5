package main

import _ "unsafe"

//go:linkname main nobody.main
func main() { confess() }
