//go:build unix

// The tests of the server that holds all sessions on one thread.
//
//lab:port 9034
package main

import (
	"slices"
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// The session is that of the other line servers; only the way to get there is another.
func TestAClientIsAnsweredLineByLine(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.Send("one\r\ntwo\n")
	client.Want("> ONE\n> TWO\n")
	client.SendInPieces("thr", "ee\n")
	client.Want("> THREE\n")
	client.Send("no newline")
	client.HalfClose()
	client.Want("> NO NEWLINE\n")
	client.WantEOF()
}

// Somebody who is silent, and somebody who is in the middle of a line, delay nobody.
func TestASilentClientDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	silent, slow := server.Dial(), server.Dial()
	silent.Want("HELLO\n")
	slow.Want("HELLO\n")
	slow.SendInPieces("let me thi")
	other := server.Dial()
	other.Send("is anybody there?\n")
	other.Want("HELLO\n> IS ANYBODY THERE?\n")
	slow.Send("nk\n")
	slow.Want("> LET ME THINK\n")
}

// Sixty-four clients wait in one call, and there are as many threads as for one.
func TestOneThreadWaitsForAll(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Want("HELLO\n")
	before := server.Footprint()
	clients := server.DialMany(64)
	for _, client := range clients {
		client.Want("HELLO\n")
	}
	server.WantOneWait()
	server.WantNoMoreThreads(before)
	for _, client := range slices.Backward(clients) {
		client.Send("I am " + client.Name() + "\n")
		client.Want("> I AM " + client.Name() + "\n")
	}
}

// A client that sends much and reads nothing delays nobody, and gets all its answers in the end. While it does not read,
// nothing is asked of poll that is not needed: the server sleeps.
func TestAClientThatReadsLateDelaysNobody(t *testing.T) {
	const times = 80 << 10
	server := lab.Start(t)
	late, other := server.Dial(lab.ReceiveBuffer(4<<10)), server.Dial()
	late.SendUntilHeld(strings.Repeat("I shall read that later.\n", times), 1)
	other.Send("and I?\n")
	other.Want("HELLO\n> AND I?\n")
	server.WantIdle()
	late.Want("HELLO\n" + strings.Repeat("> I SHALL READ THAT LATER.\n", times))
}

// A client that resets its connection ends its own session and nobody else's.
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

// A line that does not end costs no more memory than a line may have.
func TestALineWithoutEndEndsTheSession(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.Send(strings.Repeat("x", maxLine))
	client.WantEnd()
}

// While no descriptor is left, newcomers wait, those who are there are served, and the server does not spin.
func TestAServerThatIsFullServesThoseWhoAreThere(t *testing.T) {
	server := lab.Start(t)
	old := server.Dial()
	old.Want("HELLO\n")
	var late *lab.Conn
	server.WithDescriptors(0, func() {
		late = server.Dial()
		old.Send("are you full?\n")
		old.Want("> ARE YOU FULL?\n")
		server.WantIdle()
	})
	late.Want("HELLO\n")
}
