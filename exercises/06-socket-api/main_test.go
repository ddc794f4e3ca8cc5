package main

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// The conversation of the README, word for word.
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// The server listens with a backlog of exactly 4, as the kernel tells.
//
//lab:hint The backlog is the second argument of listen.
func TestTheBacklogIs4(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Want("HELLO\n")
	server.WantBacklog(4)
}

// A line is complete when its newline has come, in however many pieces it arrives.
//
//lab:hint One read returns what has arrived so far. What has to be done until '\n' is there?
func TestALineMayArriveInTwoPieces(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.SendInPieces("half a ", "line\n")
	client.Want("HALF A LINE\n")
	client.WantEOF()
}

// A long answer arrives whole.
//
//lab:hint Write returns how many bytes it has written. Who writes the others?
func TestALongAnswerArrivesWhole(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	line := strings.Repeat("a long line ", 20<<10)
	client.Send(line + "\n")
	client.Want(strings.ToUpper(line) + "\n")
	client.WantEOF()
}

// A client that resets its connection does not end the server.
//
//lab:hint Read and write return an error when the client has gone. Is it a reason to end the program?
func TestAClientThatResetsDoesNotEndTheServer(t *testing.T) {
	server := lab.Start(t)
	rude := server.Dial()
	rude.Want("HELLO\n")
	rude.SendInPieces("half a li")
	rude.Reset()
	server.Dial().Want("HELLO\n")
}
