// Command 04-line-sessions is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Copy the receptionist of exercise 3: it listens, now on port 2323, accepts, and starts a servant for each client.
	//  2. The servant: one reader for the whole session, and a loop that reads a line and answers it with "> " before it.
	//  3. bye: answer, and then leave the loop. So does the end of the stream; what came before it is a line, too.
	//  4. A line may be 65536 bytes long and no longer. Give the reader room for that, and not for more.
	//  5. The goodbye: close the sending side only (CloseWrite), read on until the client has closed too, then Close.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/04-line-sessions/main.go; begin with the receptionist of exercise 3")
	os.Exit(1)
}
