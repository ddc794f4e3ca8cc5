package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// The conversation of the README, word for word.
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// The answer is the line that was sent, in upper case, and the conversation ends with it.
//
//lab:hint The test sent another line than the README. Does your program answer with what it has read?
func TestAnyLineIsAnsweredInUpperCase(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.Send("To be, or not to be: that is the question.\n")
	client.Want("TO BE, OR NOT TO BE: THAT IS THE QUESTION.\n")
	client.WantEOF()
}

// A line is complete when its newline has come, in however many pieces it arrives.
//
//lab:hint One Read returns what has arrived so far. What has to be done until '\n' is there?
func TestALineMayArriveInTwoPieces(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.SendInPieces("half a ", "line\n")
	client.Want("HALF A LINE\n")
	client.WantEOF()
}

// When a conversation is over, the server takes the next client.
//
//lab:hint What does your program do after it has closed the first connection?
func TestTheNextClientIsServed(t *testing.T) {
	server := lab.Start(t)
	for _, text := range []string{"first", "second", "third"} {
		client := server.Dial()
		client.Want("HELLO\n")
		client.Send(text + "\n")
		client.Want(map[string]string{"first": "FIRST\n", "second": "SECOND\n", "third": "THIRD\n"}[text])
		client.WantEOF()
	}
}

// A client that leaves without a word does not end the server.
//
//lab:hint Reading from a connection that the client has closed returns an error. Is it a reason to end the program?
func TestAClientThatLeavesDoesNotEndTheServer(t *testing.T) {
	server := lab.Start(t)
	leaver := server.Dial()
	leaver.Want("HELLO\n")
	leaver.Close()
	server.Dial().Want("HELLO\n")
}
