// The adder of lecture 1.
//
//lab:port 2100
package main

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// A request is answered by a response, as often as the client asks.
func TestEachRequestIsAnswered(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("ADD 2 3\n")
	client.Want("SUM 5\n")
	client.Send("ADD 40 -2\n")
	client.Want("SUM 38\n")
	client.HalfClose()
	client.WantEOF()
}

// What is not in the protocol is an error that the protocol has a message for, and the conversation goes on.
func TestWhatTheProtocolDoesNotKnowIsAnErrorMessage(t *testing.T) {
	client := lab.Start(t).Dial()
	for request, response := range map[string]string{
		"add 2 3":   "ERROR I know only ADD and two numbers\n",
		"ADD 2":     "ERROR I know only ADD and two numbers\n",
		"":          "ERROR I know only ADD and two numbers\n",
		"ADD 2 two": "ERROR these are no numbers\n",
	} {
		client.Send(request + "\n")
		client.Want(response)
	}
	client.Send("ADD 1 1\n")
	client.Want("SUM 2\n")
}

// The server waits before its first client and after the last one.
func TestTheNextClientIsServed(t *testing.T) {
	server := lab.Start(t)
	for range 3 {
		client := server.Dial()
		client.Send("ADD 2 3\n")
		client.Want("SUM 5\n")
		client.Close()
	}
}

// A request that never ends does not fill the memory: the client is sent away.
func TestARequestWithoutEndEndsTheConversation(t *testing.T) {
	server := lab.Start(t)
	client := server.Dial()
	client.Send(strings.Repeat("9", 2000))
	client.WantEnd()
	server.Dial().Close()
}
