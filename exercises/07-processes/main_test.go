package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// The conversation of the README: lines are answered until the client says bye.
//
//lab:hint The session is that of exercise 4. Does the child find its connection on descriptor 3?
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// Each client is talked to by a child of its own, which ends with the session.
//
//lab:hint When does the parent start a child, and what does the child do when its client has gone?
func TestThreeClientsHaveThreeChildren(t *testing.T) {
	server := lab.Start(t)
	clients := server.DialMany(3)
	server.WantChildren(3)
	clients[1].Close()
	server.WantChildren(2)
}

// Nothing is left of a child that has ended.
//
//lab:hint Until the parent has waited for a child that has ended, the child is a zombie. What waits in your program?
func TestADeadChildIsReaped(t *testing.T) {
	server := lab.Start(t)
	client := server.Dial()
	client.Send("bye\n")
	client.Want("> BYE\n")
	client.WantEOF()
	client.Close()
	server.WantChildren(0)
	server.WantNoZombie()
}

// The client reads the end of the stream when its child ends, whatever the reason.
//
//lab:hint The kernel closes a connection when its last descriptor is closed. Who has one besides the child?
func TestAKilledChildHangsUp(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("hello\n")
	client.Want("> HELLO\n")
	client.KillChild()
	client.WantEOF()
}

// Two clients hold their sessions at the same time.
//
//lab:hint Does the parent wait for a child before it accepts the next client?
func TestASilentClientDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	silent, other := server.Dial(), server.Dial()
	silent.SendInPieces("let me ")
	other.Send("hello\nbye\n")
	other.Want("> HELLO\n> BYE\n")
	other.WantEOF()
	silent.Send("think\n")
	silent.Want("> LET ME THINK\n")
}
