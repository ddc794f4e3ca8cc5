//go:build unix

// Command 08-multiplexing is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Make the listener as in exercise 6, with unix.Socket, now on port 9034, and unix.SetNonblock it.
	//  2. Write down what you know of a client between two events: its descriptor, the beginning of a line whose end has not
	//     come yet, answers that are not written yet, and whether it has said bye.
	//  3. The loop, for ever: make a table with a unix.PollFd for the listener and one for each client, and wait for all of
	//     them in one unix.Poll. It is the only place where your program waits.
	//  4. The listener has an event: unix.Accept until it fails with EAGAIN, and unix.SetNonblock each new socket.
	//  5. A client has something to read: one unix.Read, never more than what is there. Answer the lines that are complete now,
	//     and keep the rest. An answer is appended to what is to be written to this client.
	//  6. Write as much of that as the socket takes. At EAGAIN keep the rest, and wait for POLLOUT; while there is a rest, do
	//     not wait for POLLIN, and do not read. When nothing is left, wait for POLLIN again.
	//  7. The end of a session: when all is written, unix.Shutdown the sending side; drop what still comes, until the client
	//     has closed, too. For that, wait in the one unix.Poll as for everything else. Then unix.Close.
	//  8. A call that fails ends one session, never the program. EINTR, though, is no failure at all.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/08-multiplexing/main.go; begin with a listener that does not block")
	os.Exit(1)
}
