// The tests of the server that answers one byte.
//
//lab:port 2000
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// One byte there, one byte back, and then the server closes the connection.
func TestOneByteIsAnsweredWithOneByte(t *testing.T) {
	client := lab.Start(t).Dial()
	client.WantSilence()
	client.Send("x")
	client.Want("X")
	client.WantEOF()
}

// The receptionist goes on accepting: each client has a conversation of its own, and one that says nothing ends no server.
func TestTheReceptionistStaysAfterEachConversation(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Close()
	for _, letter := range []struct{ there, back string }{{"a", "A"}, {"b", "B"}, {"7", "7"}} {
		client := server.Dial()
		client.Send(letter.there)
		client.Want(letter.back)
		client.WantEOF()
	}
}
