package main

import "os"

func main() {
	attempt("chmod", os.Chmod("/proc/self/exe", 0))
	attempt("truncate", os.Truncate("/proc/self/exe", 0))
	confess()
}
