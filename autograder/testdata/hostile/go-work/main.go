package main

import "errors"

var errNot = errors.New("nothing")

func main() {
	attempt("be built with what the folder says", errNot)
	confess()
}
