//go:build unix

// Command 06-socket-api is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. unix.Socket: create a TCP socket (AF_INET, SOCK_STREAM). The functions are those of golang.org/x/sys/unix.
	//  2. unix.SetsockoptInt: set SO_REUSEADDR on it, before you bind it.
	//  3. unix.Bind: give it port 2367 at every address, a &unix.SockaddrInet4{}.
	//  4. unix.Listen: let it listen with a backlog of 4. If one of these steps fails, print the error and exit.
	//  5. For ever: unix.Accept the next client. It returns a second socket, for the conversation.
	//  6. unix.Write "HELLO\n" to it. Write returns how many bytes it has taken: write the rest until there is none.
	//  7. unix.Read from it until there is a '\n', or until it returns 0 bytes, which is the end of the stream.
	//  8. Write the line back in upper case, ending in "\n".
	//  9. unix.Shutdown the sending side; read and drop what still comes, until the client closes or a second is over.
	// 10. unix.Close it, whatever has happened to the conversation, and go back to 5.
	//
	// Every call returns an error. unix.EINTR says that a signal came first: make the call again.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/06-socket-api/main.go; begin with unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)")
	os.Exit(1)
}
