package main

import (
	"fmt"
	"os"
)

func main() {
	var err error
	for i := 0; err == nil && i < 1_000_000; i++ {
		err = os.Mkdir(fmt.Sprintf("/tmp/%d", i), 0o700)
	}
	attempt("make a million folders", err)
	confess()
}
