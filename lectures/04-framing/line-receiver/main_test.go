// The tests of the receiver that puts lines together.
//
//lab:port 2004
package main

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

const lines = "a line of 3 bytes: \"one\"\na line of 3 bytes: \"two\"\na line of 5 bytes: \"three\"\n"

// The lines are the same in whatever pieces they come: byte by byte, all in one segment, or cut anywhere.
func TestThePiecesMakeNoDifference(t *testing.T) {
	server := lab.Start(t)
	for _, pieces := range [][]string{
		strings.Split("one\ntwo\nthree\n", ""),
		{"one\ntwo\nthree\n"},
		{"one\ntw", "o", "\nthree", "\n"},
	} {
		client := server.Dial()
		client.SendInPieces(pieces...)
		client.Want(lines)
		client.HalfClose()
		client.WantEOF()
	}
}

// The end of the stream ends the last line, too. A carriage return is cut off only where a newline follows.
func TestTheLastLineMayLackItsNewline(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("one\r\ntwo\r")
	client.HalfClose()
	client.Want("a line of 3 bytes: \"one\"\na line of 4 bytes: \"two\\r\"\n")
	client.WantEOF()
}

// An empty line is a line, and the end of the stream is none.
func TestAnEmptyLineIsNotTheEnd(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("\nafter it\n")
	client.Want("a line of 0 bytes: \"\"\na line of 8 bytes: \"after it\"\n")
	client.HalfClose()
	client.WantEOF()
}

// A line without end is given up when it is too long, and the next client is served.
func TestALineWithoutEndIsGivenUp(t *testing.T) {
	server := lab.Start(t)
	client := server.Dial()
	client.Send(strings.Repeat("x", maxLine+1))
	client.WantEnd()
	next := server.Dial()
	next.Send("one\ntwo\nthree\n")
	next.Want(lines)
}
