// The tests of the receiver that tells its Reads.
//
//lab:port 2004
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// Where each write is read before the next one is made, writes and Reads look alike: this is what misleads people.
func TestWritesWithTimeBetweenThemAreReadOneByOne(t *testing.T) {
	client := lab.Start(t).Dial()
	client.SendInPieces("one", "two")
	client.Want("a Read of 3 bytes: \"one\"\na Read of 3 bytes: \"two\"\n")
	client.HalfClose()
	client.WantEOF()
}

// Three writes that arrive while the program does something else are one Read.
func TestThreeWritesMayBeOneRead(t *testing.T) {
	server := lab.Start(t, "-pause", "200ms") // where a program cannot be stopped from outside, it has to be busy by itself
	client := server.Dial()
	server.AllAtOnce(func() {
		client.Send("one")
		client.Send("two")
		client.Send("three")
	})
	client.Want("a Read of 11 bytes: \"onetwothree\"\n")
}

// One write is several Reads where the buffer is smaller.
func TestOneWriteMayBeThreeReads(t *testing.T) {
	client := lab.Start(t, "-buffer", "5").Dial()
	client.Send("onetwothree")
	client.Want("a Read of 5 bytes: \"onetw\"\na Read of 5 bytes: \"othre\"\na Read of 1 bytes: \"e\"\n")
	client.HalfClose()
	client.WantEOF()
}
