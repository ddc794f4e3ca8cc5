// The tests of the server that talks to one client at a time.
//
//lab:port 2424
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// The client is greeted, each of its lines is answered, and the server closes when the client has.
func TestAClientIsAnsweredLineByLine(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.Send("one\ntwo\n")
	client.Want("> ONE\n> TWO\n")
	client.SendInPieces("thr", "ee\n")
	client.Want("> THREE\n")
	client.HalfClose()
	client.WantEOF()
}

// While the first client is silent, the second is connected and can send; it hears nothing until the first has left.
func TestASilentClientBlocksTheNext(t *testing.T) {
	server := lab.Start(t)
	first := server.Dial()
	first.Want("HELLO\n")
	second := server.Dial()
	second.Send("is anybody there?\n")
	second.WantSilence()
	first.HalfClose()
	first.WantEOF()
	second.Want("HELLO\n> IS ANYBODY THERE?\n")
}

// Those who wait are served in the order in which they came, whoever spoke first.
func TestTheBacklogKeepsTheOrder(t *testing.T) {
	clients := lab.Start(t).DialMany(4)
	clients[3].Send("I spoke first\n")
	for _, client := range clients[:3] {
		client.Want("HELLO\n")
		clients[3].WantSilence()
		client.HalfClose()
		client.WantEOF()
	}
	clients[3].Want("HELLO\n> I SPOKE FIRST\n")
}

// A client that leaves while it waits is still there for the server, which greets it in vain and goes on.
func TestAClientThatGaveUpDoesNotStopTheServer(t *testing.T) {
	server := lab.Start(t)
	first := server.Dial()
	first.Want("HELLO\n")
	server.Dial().Reset()
	third := server.Dial()
	first.HalfClose()
	first.WantEOF()
	third.Want("HELLO\n")
}

// Waiting for a silent client costs no processor time.
func TestASilentClientCostsNoProcessorTime(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Want("HELLO\n")
	server.WantIdle()
}
