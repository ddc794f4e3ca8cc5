//go:build unix

// The tests of the one-byte server that is made of system calls.
//
//lab:port 2001
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// To a client it is the server of package net: nobody can tell from outside how a server is written.
func TestAClientSeesNoDifference(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Close()
	for _, letter := range []struct{ there, back string }{{"x", "X"}, {"y", "Y"}} {
		client := server.Dial()
		client.Send(letter.there)
		client.Want(letter.back)
		client.WantEOF()
	}
}

// The second argument of listen is the backlog: the kernel was told 4.
func TestTheBacklogIsWhatListenWasTold(t *testing.T) {
	lab.Start(t).WantBacklog(4)
}
