// Command 01-echo-server is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Create a listener on TCP port 3232 with net.Listen. If that fails, print the error and exit.
	//  2. For ever: take the next client with the listener's Accept.
	//  3. Send "HELLO\n" on the connection that Accept returned.
	//  4. Read one line from it. A line may arrive in pieces: read until there is a '\n', or until io.EOF.
	//  5. Send the line back in upper case (strings.ToUpper), ending in "\n".
	//  6. Close the connection, and go back to 2.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/01-echo-server/main.go; begin with net.Listen(\"tcp\", \":3232\")")
	os.Exit(1)
}
