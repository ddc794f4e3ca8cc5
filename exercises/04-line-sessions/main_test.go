package main

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// The conversation of the README: lines are answered until the client says bye.
//
//lab:hint Which line is answered last in your conversation, and what has your server done after it?
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// Many lines in one segment are all answered, and the one whose end is still missing waits for it.
//
//lab:hint A buffered reader reads more than it was asked for. Who gets the lines behind the first one?
func TestLinesAreAnsweredHoweverTheyArrive(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send(strings.Repeat("again\n", 100) + "and ag")
	client.Want(strings.Repeat("> AGAIN\n", 100))
	client.SendInPieces("ai", "n")
	client.WantSilence()
	client.Send("\n")
	client.Want("> AND AGAIN\n")
}

// The line bye ends the session, in any case. Lines that merely contain it do not.
//
//lab:hint With what is the line compared, and what is done first: answering or closing?
func TestByeIsTheLastLine(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("bye bye\nBYE\n")
	client.Want("> BYE BYE\n> BYE\n")
	client.WantEOF()
}

// A long line is answered. One that is longer than 65,536 bytes ends the session.
//
//lab:hint What does your reader say when a line is longer than the room that it has for one?
func TestALineMayBeLongButNotTooLong(t *testing.T) {
	client := lab.Start(t).Dial()
	long := strings.Repeat("x", 65000)
	client.Send(long + "\n")
	client.Want("> " + strings.ToUpper(long) + "\n")
	client.Send(strings.Repeat(long, 3) + "\n")
	client.WantEnd()
}

// Two clients hold their sessions at the same time.
//
//lab:hint While one client is silent, its servant waits for a line. Who serves the others in the meantime?
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
