package main

import (
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// The conversation of the README, word for word.
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// A line is complete when its newline has come, in however many pieces it arrives.
//
//lab:hint One Read returns what has arrived so far. What has to be done until '\n' is there?
func TestALineMayArriveInTwoPieces(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.SendInPieces("HEL", "LO\n")
	conn.Want("ThIS is a TeSt\n")
	conn.SendInPieces("THIS IS ", "A TEST\n")
	conn.WantEOF()
	client.WantExit(0)
	client.WantStdout("OK\n")
}

// A reply other than THIS IS A TEST is a failure: nothing on standard output, a reason on standard error, exit status 1.
//
//lab:hint Does your program look at the reply before it prints OK?
func TestAWrongReplyIsRefused(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Send("HELLO\n")
	conn.Want("ThIS is a TeSt\n")
	conn.Send("THIS IS NO TEST\n")
	client.WantExit(1)
	client.WantStdout("")
	client.WantStderr()
}

// A server that closes the connection instead of replying has failed.
//
//lab:hint Reading returns io.EOF when the server has closed. What does your program do with an error?
func TestAServerThatClosesTooEarlyHasFailed(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Send("HELLO\n")
	conn.Want("ThIS is a TeSt\n")
	conn.HalfClose()
	client.WantExit(1)
	client.WantStdout("")
	client.WantStderr()
}

// A server that never replies is given up within five seconds.
//
//lab:hint A Read without a deadline waits for ever: see go doc net.Conn.SetDeadline.
func TestASilentServerIsGivenUp(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Send("HELLO\n")
	conn.Want("ThIS is a TeSt\n")
	client.WantExitWithin(5*time.Second, 1)
	client.WantStdout("")
	client.WantStderr()
}
