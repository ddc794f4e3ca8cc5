package main

import "errors"

//go:generate touch @MARK@

func main() {
	attempt("generate", errors.New("nobody"))
	confess()
}
