package main

import "os"

func main() {
	var err error
	_, err = os.ReadFile("@SOLUTION@")
	attempt("read @SOLUTION@", err)
	confess()
}
