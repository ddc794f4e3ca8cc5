package main

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// Two sessions side by side, as the README shows them.
//
//lab:hint What does your program do while half a line of A is there: does it wait for the rest, or for whatever comes next?
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// One thread is enough: the program starts no goroutine, and leaves no socket to the package net.
//
//lab:hint Which single call can wait for all sockets at once?
func TestWaitsByItself(t *testing.T) {
	lab.Start(t)
	source := lab.SourceOf(t)
	source.ForbidStatements("All sessions are held by one thread here.", "go")
	source.ForbidImports("The package net waits with goroutines; here you wait yourself.", "net")
}

// Clients that say nothing, or half a line, delay nobody.
//
//lab:hint Which of your calls waits for this one client? On a non-blocking socket it would fail with EAGAIN instead.
func TestThoseWhoTalkAreServedMeanwhile(t *testing.T) {
	server := lab.Start(t)
	silent, slow, other := server.Dial(), server.Dial(), server.Dial()
	slow.SendInPieces("let me ", "thi")
	other.Send("hello\nbye\n")
	other.Want("> HELLO\n> BYE\n")
	other.WantEOF()
	slow.Send("nk\n")
	slow.Want("> LET ME THINK\n")
	silent.Send("at last\n")
	silent.Want("> AT LAST\n")
}

// A client that sends much and reads nothing delays nobody, costs no processor time, and gets all its answers in the end.
//
//lab:hint Where is the rest of what a Write did not take? What tells you that there is room for it, and when do you stop asking?
func TestAClientThatReadsLateDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	late, other := server.Dial(lab.ReceiveBuffer(4<<10)), server.Dial()
	late.SendUntilHeld(strings.Repeat("I shall read that later.\n", 80<<10), 1)
	other.Send("and I?\n")
	other.Want("> AND I?\n")
	server.WantIdle()
	late.Want(strings.Repeat("> I SHALL READ THAT LATER.\n", 80<<10))
	server.WantIdle()
}
