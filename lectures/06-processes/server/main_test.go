//go:build unix

// The tests of the server with a process for each client.
//
//lab:port 3490
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// The session is that of the other line servers, and a silent client delays nobody.
func TestEachClientIsTalkedToAtOnce(t *testing.T) {
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

// There are as many children as clients. Each child ends with its session, and none of them stays as a zombie.
func TestAChildLivesAsLongAsItsSession(t *testing.T) {
	server := lab.Start(t)
	clients := server.DialMany(3)
	for _, client := range clients {
		client.Want("HELLO\n")
	}
	server.WantChildren(3)
	clients[1].HalfClose()
	clients[1].WantEOF()
	server.WantChildren(2)
	server.WantNoZombie()
}

// The child alone holds the connection, so the client reads the end of the stream when its child is killed. Nobody else
// notices.
func TestAKilledChildEndsItsOwnSessionOnly(t *testing.T) {
	server := lab.Start(t)
	unlucky, lucky := server.Dial(), server.Dial()
	unlucky.Want("HELLO\n")
	lucky.Want("HELLO\n")
	unlucky.WantHeldByOneChild()
	unlucky.KillChild()
	unlucky.WantEOF()
	lucky.Send("still here?\n")
	lucky.Want("> STILL HERE?\n")
}

// No child holds the listener: when the parent is killed, the port is free although a child still talks.
func TestAChildOutlivesItsParentAndDoesNotHoldThePort(t *testing.T) {
	server := lab.Start(t)
	old := server.Dial()
	old.Want("HELLO\n")
	server.KillAlone()
	server.StartAgain()
	server.Dial().Want("HELLO\n")
	old.Send("do you still talk to me?\n")
	old.Want("> DO YOU STILL TALK TO ME?\n")
}
