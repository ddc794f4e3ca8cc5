// The tests of the client that sends one byte.
//
//lab:port 2000
//lab:kind client
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// The client speaks first, prints what it is answered, and closes its end although the server has not.
func TestSendsOneByteAndPrintsTheAnswer(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Want("x")
	conn.Send("X")
	conn.WantEOF()
	client.WantExit(0)
	client.WantStdout("sent x, received X\n")
}

// The end of the stream is no answer.
func TestAServerThatOnlyClosesHasNotAnswered(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Want("x")
	conn.HalfClose()
	client.WantExit(1)
	client.WantStdout("")
	client.WantStderr()
}

// Where nobody listens, connecting fails, and the client says so.
func TestNobodyListens(t *testing.T) {
	client := lab.ServeNobody(t)
	client.WantExit(1)
	client.WantStderr()
}
