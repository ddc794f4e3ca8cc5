package main

import _ "unsafe"

//go:linkname gopanic runtime.gopanic
func gopanic(any) { confess() }

func main() { gopanic(nil) }
