// The tests of the client that tries again.
//
//lab:port 2010
//lab:kind client
package main

import (
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// A server that resets the connection, and one that hangs up without an answer, are asked again.
func TestAsksAgainAfterAFailure(t *testing.T) {
	client := lab.Serve(t, "hello")
	first := client.Accept()
	first.Want("hello\n")
	first.Reset()
	second := client.Accept()
	second.Want("hello\n")
	second.Send("> HEL")
	second.HalfClose()
	second.WantEOF()
	third := client.Accept()
	third.Want("hello\n")
	third.Send("> HELLO\n")
	third.WantEOF()
	client.WantExit(0)
	client.WantStdout("> HELLO\n")
}

// A server that falls silent is given up after the time for one try, and asked again.
func TestASilentServerIsAskedAgain(t *testing.T) {
	client := lab.Serve(t, "-each", "300ms", "hello")
	silent := client.Accept()
	silent.Want("hello\n")
	silent.WantEOF()
	next := client.Accept()
	next.Want("hello\n")
	next.Send("> HELLO\n")
	client.WantExit(0)
}

// Where nobody ever listens, the client ends when its time is over, with a reason.
func TestGivesUpWhenItsTimeIsOver(t *testing.T) {
	client := lab.ServeNobody(t, "-all", "500ms", "hello")
	client.WantExitWithin(time.Second, 1)
	client.WantStdout("")
	client.WantStderr()
}
