package main

import "os"

func main() {
	var err error
	_, err = os.ReadFile("@OTHER@")
	attempt("read @OTHER@", err)
	confess()
}
