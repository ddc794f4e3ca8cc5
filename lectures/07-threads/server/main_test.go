// The tests of the server with a servant for each client.
//
//lab:port 2323
package main

import (
	"slices"
	"testing"

	"tcplab/autograder/lab"
)

// While the first client is silent, the second is greeted and answered.
func TestASilentClientDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	first := server.Dial()
	first.Want("HELLO\n")
	second := server.Dial()
	second.Send("is anybody there?\n")
	second.Want("HELLO\n> IS ANYBODY THERE?\n")
	second.HalfClose()
	second.WantEOF()
	first.Send("I am still here\n")
	first.Want("> I AM STILL HERE\n")
}

// All clients are greeted while all of them are silent, and the last to come can be the first to be answered.
func TestClientsAreAnsweredInAnyOrder(t *testing.T) {
	clients := lab.Start(t).DialMany(32)
	for _, client := range clients {
		client.Want("HELLO\n")
	}
	for _, client := range slices.Backward(clients) {
		client.Send("I am " + client.Name() + "\n")
		client.Want("> I AM " + client.Name() + "\n")
		client.HalfClose()
		client.WantEOF()
	}
}

// Two hundred goroutines wait for their clients, and there are as many threads as for one: a waiting goroutine has no thread.
func TestManyGoroutinesWaitOnFewThreads(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Want("HELLO\n")
	before := server.Footprint()
	for _, client := range server.DialMany(200) {
		client.Want("HELLO\n")
	}
	server.WantNoMoreThreads(before)
}

// A client that resets its connection ends its own servant and nobody else's.
func TestAClientThatResetsHarmsNobody(t *testing.T) {
	server := lab.Start(t)
	patient, rude := server.Dial(), server.Dial()
	patient.Want("HELLO\n")
	rude.Want("HELLO\n")
	rude.SendInPieces("half a li")
	rude.Reset()
	patient.Send("still here?\n")
	patient.Want("> STILL HERE?\n")
}
