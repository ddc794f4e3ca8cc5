package main

import (
	"slices"
	"testing"

	"tcplab/autograder/lab"
)

// Two clients at once, as the README shows them: the second is served while the first is silent.
//
//lab:hint While one client is silent, its servant waits in Read. Who calls Accept in the meantime?
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// Many clients are greeted while all of them are silent, and answered in whatever order their lines come.
//
//lab:hint Does every client have a servant of its own? Does one servant wait for another?
func TestManyClientsAreServedAtOnce(t *testing.T) {
	clients := lab.Start(t).DialMany(32)
	for _, client := range clients {
		client.Want("HELLO\n")
	}
	for _, client := range slices.Backward(clients) {
		client.Send("I am " + client.Name() + ".\n")
		client.Want("I AM " + client.Name() + ".\n")
		client.WantEOF()
	}
}

// Two lines that arrive in pieces, now a piece of the one and now of the other, do not mix.
//
//lab:hint Which variables do two servants share? What a servant has read so far must be its own.
func TestTwoLinesDoNotMix(t *testing.T) {
	server := lab.Start(t)
	one, other := server.Dial(), server.Dial()
	one.Want("HELLO\n")
	other.Want("HELLO\n")
	one.SendInPieces("to be, ")
	other.SendInPieces("all that glitters ")
	one.SendInPieces("or not to be")
	other.SendInPieces("is not gold")
	one.Send("\n")
	one.Want("TO BE, OR NOT TO BE\n")
	other.Send("\n")
	other.Want("ALL THAT GLITTERS IS NOT GOLD\n")
}

// A client that resets its connection ends neither the server nor anybody else's conversation.
//
//lab:hint An error in one conversation is no reason to end another one, or the program.
func TestAClientThatResetsHarmsNobody(t *testing.T) {
	server := lab.Start(t)
	patient, rude := server.Dial(), server.Dial()
	patient.Want("HELLO\n")
	rude.Want("HELLO\n")
	rude.SendInPieces("half a li")
	rude.Reset()
	patient.Send("still here?\n")
	patient.Want("STILL HERE?\n")
	patient.WantEOF()
	server.Dial().Want("HELLO\n")
}
