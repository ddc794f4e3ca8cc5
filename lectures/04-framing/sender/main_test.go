// The tests of the sender.
//
//lab:port 2004
//lab:kind client
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// Its writes arrive as one stream, without a mark between them, and the stream ends.
func TestSendsItsArgumentsWithoutAMarkBetweenThem(t *testing.T) {
	client := lab.Serve(t, "one", "tw/o", "three")
	conn := client.Accept()
	conn.Want("onetw\nothree")
	conn.WantEOF()
	conn.Send("answer\n")
	conn.Close()
	client.WantExit(0)
	client.WantStdout("a Write of 3 bytes: \"one\"\na Write of 4 bytes: \"tw\\no\"\na Write of 5 bytes: \"three\"\nanswer\n")
}

// Where nobody listens, it says so.
func TestNobodyListens(t *testing.T) {
	client := lab.ServeNobody(t, "one")
	client.WantExit(1)
	client.WantStderr()
}
