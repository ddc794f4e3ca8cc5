package main

// #cgo CFLAGS: -fplugin=@TOOL@
// int one(void) { return 1; }
import "C"

func main() { println(C.one()) }
