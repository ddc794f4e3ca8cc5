package main

import "os"

func main() {
	var err error
	_, err = os.ReadFile("@HIDDEN@")
	attempt("read @HIDDEN@", err)
	confess()
}
