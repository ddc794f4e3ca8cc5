package main

import "os"

func main() {
	var err error
	_, err = os.ReadFile("@SECRET@")
	attempt("read @SECRET@", err)
	confess()
}
