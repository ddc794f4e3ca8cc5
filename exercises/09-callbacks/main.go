// Command 09-callbacks is yours to write: README.md says what it has to do. What there is of the loop, loop.go says.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Make a loop with NewLoop, listen on port 9907 with its Listen, and Run it. Run never returns.
	//  2. In Listen's callback, register the callbacks of the new connection. Begin with OnLine: it answers in upper case.
	//  3. The line bye closes the connection, without an answer.
	//  4. The line slow N: do not wait, but let After call you back in N milliseconds, and answer then.
	//  5. OnError and OnEnd: a client can break the connection, or say that it has said all.
	//  6. Which timers are still running when a connection is over? Nobody may be written to any more.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/09-callbacks/main.go; begin with NewLoop, Listen and Run of loop.go")
	os.Exit(1)
}
