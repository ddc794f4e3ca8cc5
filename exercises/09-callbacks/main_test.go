package main

import (
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// The conversation of the README: while client A waits for its slow line, client B is served.
//
//lab:hint Which callback of yours has not returned while B waits?
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// Every line is answered in upper case, and the line bye, in any case, closes the connection without an answer.
//
//lab:hint Which callback is told of a line, and what are the two things that it can do?
func TestLinesAreAnsweredUntilBye(t *testing.T) {
	client := lab.Start(t).Dial()
	client.SendInPieces("to be, ", "or not ")
	client.Send("to be\ngood bye\n")
	client.Want("TO BE, OR NOT TO BE\nGOOD BYE\n")
	client.Send("Bye\nI forgot something\n")
	client.WantEOF()
}

// A slow line is answered after its time. The next line of the same client does not wait for it.
//
//lab:hint What does your program do between the moment when a slow line comes and the moment when it is due?
func TestASlowLineIsOvertaken(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("slow 60000\nhello\n")
	client.Want("HELLO\n")
	due := time.Now().Add(500 * time.Millisecond)
	client.Send("slow 500\n")
	client.WantNotBefore(due, "DONE 500\n")
}

// A client that has closed its sending side still gets what it is owed, and then the end of the stream.
//
//lab:hint Of what does OnEnd tell you, and what has to happen before you can call Close?
func TestTheEndWaitsForASlowLine(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("slow 300")
	client.HalfClose()
	client.Want("DONE 300\n")
	client.WantEOF()
}

// A client that resets its connection while a slow line is pending harms nobody.
//
//lab:hint Which two events does a reset bring, and what will still happen afterwards if nobody stops it?
func TestAClientThatResetsHarmsNobody(t *testing.T) {
	server := lab.Start(t)
	rude, patient := server.Dial(), server.Dial()
	rude.SendInPieces("slow 200\n")
	rude.Reset()
	patient.Send("slow 400\n")
	patient.Want("DONE 400\n")
	server.WantRunning()
}
