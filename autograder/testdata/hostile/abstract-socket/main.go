package main

import "net"

func main() {
	_, err := net.Dial("unix", "@ABSTRACT@")
	attempt("dial", err)
	confess()
}
