package linesession

import (
	"strings"

	"tcplab/autograder/lab"
)

// What the rules about memory send, and what a server may have resident meanwhile: enough for any buffers of a fixed size, and
// less than all that was sent.
const (
	chunk       = 64 << 10
	chunks      = 1024
	memoryBound = 48 << 20
)

// BoundsALineWithoutEnd: 64 MiB without a newline cost bounded memory; the session ends, and another client is served.
func BoundsALineWithoutEnd(server *lab.Program) {
	client := server.Dial()
	client.SendUntilHeld(strings.Repeat("x", chunk), chunks)
	server.WantPeakMemoryBelow(memoryBound)
	client.Send("\n") // a server may have waited for the end of the line
	client.WantEnd()
	serves(server, "somebody else")
}

// HoldsAClientThatNeverReads: a client that sends line after line and reads none of the answers is made to wait, so that it
// costs bounded memory, however long the lines are. It delays nobody.
func HoldsAClientThatNeverReads(server *lab.Program) {
	for _, line := range []string{strings.Repeat("nobody reads this ", 56), longestLine} {
		deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
		deaf.SendUntilHeld(strings.Repeat(line+"\n", chunk/len(line)), chunks)
		serves(server, "somebody else")
	}
	server.WantPeakMemoryBelow(memoryBound)
}

// roomForAnswers is how many bytes a program can write to a client that does not read and has a receive buffer of 4 KiB, or a
// little more (measured, with the sandbox's buffers).
const roomForAnswers = 192_512

// LosesNothingToASlowReader: a client that sends 8 MiB of lines, pauses before it begins to read, and then reads bit by bit,
// gets every byte of every answer. What another client is answered meanwhile takes the place of nothing. Neither does a client
// lose anything that has nothing more to say, wherever the last that was read of it waits for room.
func LosesNothingToASlowReader(server *lab.Program) {
	lines, answers := numberedLines(8<<10, strings.Repeat("of very many, ", 73))
	client, other := server.Dial(lab.ReceiveBuffer(64<<10)), server.Dial()
	exchange(other, longestLine) // whatever the two should have in common is large from now on
	client.SendUntilHeld(lines, 1)
	exchange(other, longestLine)
	server.Pause(thinking)
	client.Want(answers)
	exchange(client, "that was all")
	var quiet []*lab.Conn
	var owed []string
	for tooMuch := 1 << 10; tooMuch <= 256<<10; tooMuch *= 2 {
		lines, answers := numberedLines((roomForAnswers+tooMuch)/len("> line 1000 read late\n"), "read late")
		late := server.Dial(lab.ReceiveBuffer(4 << 10))
		late.SendUntilHeld(lines, 1)
		quiet, owed = append(quiet, late), append(owed, answers)
	}
	server.WantAtRest()
	for i, late := range quiet {
		late.Want(owed[i])
	}
}
