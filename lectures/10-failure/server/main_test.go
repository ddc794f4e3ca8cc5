// The tests of the server that has a limit for everything.
//
//lab:port 2010
package main

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// Lines are answered one by one, as long as they come.
func TestAnswersLines(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("one\r\ntwo\n\nlast")
	client.HalfClose()
	client.Want("> ONE\n> TWO\n> \n> LAST\n")
	client.WantEOF()
}

// A client that says nothing for too long is given up, and the next one is served.
func TestASilentClientIsGivenUp(t *testing.T) {
	server := lab.Start(t, "-idle", "300ms")
	server.Dial().WantEOF()
	halfway := server.Dial()
	halfway.SendInPieces("half a line")
	halfway.WantEOF()
	client := server.Dial()
	client.Send("hello\n")
	client.Want("> HELLO\n")
}

// A client that does not read what it is answered is given up, too, and nothing is left of it.
func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	server := lab.Start(t, "-idle", "300ms")
	before := server.Footprint()
	server.Dial(lab.ReceiveBuffer(4<<10)).SendUntilHeld(strings.Repeat("x", 32<<10)+"\n", 1000)
	server.WantNoLeak(before)
}

// Where every place is taken, the next client waits in the backlog until one is free.
func TestWhoHasNoPlaceWaitsInTheBacklog(t *testing.T) {
	server := lab.Start(t, "-clients", "2")
	first, second, third := server.Dial(), server.Dial(), server.Dial()
	first.Send("first\n")
	first.Want("> FIRST\n")
	second.Send("second\n")
	second.Want("> SECOND\n")
	third.Send("third\n")
	third.WantSilence()
	first.Close()
	third.Want("> THIRD\n")
}

// When no descriptor is left, accepting fails for a while. That is no end, and who waits is served afterwards.
func TestNoDescriptorIsLeftForAWhile(t *testing.T) {
	server := lab.Start(t)
	first := server.Dial()
	first.Send("first\n")
	first.Want("> FIRST\n")
	var second *lab.Conn
	server.WithDescriptors(0, func() {
		second = server.Dial()
		second.Send("second\n")
		second.WantSilence()
		first.Send("still served\n")
		first.Want("> STILL SERVED\n")
	})
	second.Want("> SECOND\n")
}

// The end of the server is the orderly end of every conversation, also for a client that has sent what nobody has read.
func TestTheEndOfTheServerIsInOrder(t *testing.T) {
	server := lab.Start(t)
	silent, talker := server.Dial(), server.Dial()
	talker.Send("first\n")
	talker.Want("> FIRST\n")
	talker.SendInPieces("half a li")
	server.Terminate()
	silent.WantEOF()
	talker.WantEOF()
	talker.Send("ne\n")
	silent.Close()
	talker.Close()
	server.WantExit(0)
	server.WantStdout("listening on 127.0.0.1:2010\nasked to end: nobody new is accepted\nevery conversation has ended in order\n")
}

// A client that does not take part in the end holds it up for the time of grace and no longer.
func TestNobodyHoldsUpTheEndForEver(t *testing.T) {
	server := lab.Start(t, "-grace", "200ms")
	deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
	deaf.SendUntilHeld(strings.Repeat("x", 32<<10)+"\n", 1000)
	server.Terminate()
	server.WantExit(1)
}
