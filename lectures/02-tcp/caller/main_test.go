// The tests of the program that calls twice.
//
//lab:port 2002
//lab:kind client
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// The first connection is still open when the second one is made, and both are closed in the end.
func TestKeepsBothConnectionsOpen(t *testing.T) {
	client := lab.Serve(t)
	first := client.Accept()
	first.WantSilence()
	first.Send("I see you\n")
	second := client.Accept()
	first.WantSilence()
	second.Send("I see you, too\n")
	first.WantEOF()
	second.WantEOF()
	client.WantExit(0)
}

// A server that hangs up without a word is a failure.
func TestAServerThatSaysNothingIsAFailure(t *testing.T) {
	client := lab.Serve(t)
	client.Accept().HalfClose()
	client.WantExit(1)
	client.WantStderr()
}
