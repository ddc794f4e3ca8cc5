// Command 02-echo-client is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Connect to localhost:3232 with net.Dial, and set a deadline on the connection that it returns.
	//  2. Read one line from the connection. A line may arrive in pieces: read until there is a '\n'.
	//  3. Check that the line is HELLO.
	//  4. Send "ThIS is a TeSt\n".
	//  5. Read one more line, and check that it is THIS IS A TEST.
	//  6. Close the connection, and print "OK\n" on standard output.
	//
	// If any step fails, print the reason on standard error, as below, and end the program with os.Exit(1).
	fmt.Fprintln(os.Stderr, "TODO: write the client in exercises/02-echo-client/main.go; begin with net.Dial(\"tcp\", \"localhost:3232\")")
	os.Exit(1)
}
