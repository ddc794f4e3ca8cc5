// Command 03-threaded-server is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Copy your solution of exercise 1. The conversation is the same; find the place where it waits for one client.
	//  2. The receptionist: a loop that does nothing but Accept, and starts a servant for each connection with go.
	//  3. The servant: a function that holds one conversation, from HELLO to Close, in variables of its own.
	//  4. Whatever fails in a conversation ends that conversation: the servant closes its connection and returns.
	//  5. When Accept fails, wait a moment and try again. Clients are being served meanwhile.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/03-threaded-server/main.go; begin with your solution of exercise 1")
	os.Exit(1)
}
