package hidden

import (
	"slices"
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// A reset is an event that concerns one connection, and so is a line without end: all other conversations go on.
//
//lab:points 1
//lab:needs TestHandlesEventsInOrder
//lab:hint What does the loop do with an error event that has no callback?
func TestAResetIsAnEvent(t *testing.T) {
	server := lab.Start(t)
	polite := server.Dial()
	exchange(polite, "a line")
	polite.SendInPieces("half a ")
	for _, sent := range []string{"", "half a line", "a line\n", strings.Repeat("much\n", 32<<10)} {
		rude := server.Dial()
		rude.Send(sent)
		rude.Reset()
	}
	endless := server.Dial()
	endless.SendUntilHeld(strings.Repeat("x", 64<<10), 32)
	endless.WantEnd()
	server.WantAtRest()
	serves(server, "somebody else")
	polite.Send("line\n")
	polite.Want("HALF A LINE\n")
}

// A client that sends and sends and never reads an answer has to wait: it costs bounded memory, and delays nobody. One that
// reads all its answers costs no more and more.
//
//lab:points 0
//lab:needs TestAnswersLineAfterLine
//lab:hint Write keeps what cannot be sent yet, and the loop then holds lines back. What does your own program keep?
func TestAClientThatNeverReadsIsHeld(t *testing.T) {
	server := lab.StartFrugal(t)
	deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
	deaf.SendUntilHeld(strings.Repeat(strings.Repeat("nobody reads this ", 56)+"\n", 64), 1024)
	serves(server, "somebody else")
	talker, line := server.Dial(), strings.Repeat(strings.Repeat("x", 60_000)+"\n", 4)
	server.WantSteadyMemory(4<<20, func() { // of the 15 MiB that are said meanwhile
		for range 16 {
			talker.Send(line)
			talker.Want(strings.ToUpper(line))
		}
	})
	server.WantPeakMemoryBelow(48 << 20)
}

// A client that reads late gets all that came before its bye, and then the end of the stream.
//
//lab:points 0
//lab:needs TestByeClosesWithoutAnAnswer
//lab:hint What has been written and not been sent when bye comes?
func TestALateReaderGetsAllOfIt(t *testing.T) {
	server := lab.Start(t)
	line := strings.Repeat("so much to read ", 64) + "\n"
	clients := make([]*lab.Conn, 3) // what is not sent when bye comes may by chance be nothing, but not three times, 20 KiB apart
	owed := make([]string, len(clients))
	for i := range clients {
		lines := strings.Repeat(line, 1<<10+20*i)
		clients[i], owed[i] = server.Dial(lab.ReceiveBuffer(4<<10)), strings.ToUpper(lines)
		clients[i].SendUntilHeld(lines+"bye\n", 1)
	}
	for part := range 16 {
		server.WantAtRest() // with more to send than there is room for: so it is when the bye comes, too
		for i, client := range clients {
			client.Want(owed[i][len(owed[i])*part/16 : len(owed[i])*(part+1)/16])
		}
	}
	for _, client := range clients {
		client.WantEOF()
	}
}

// However the pieces of many lines are mixed on their way, each client is answered its own line.
//
//lab:points 0
//lab:needs TestLinesAndLettersMayBeSplit
//lab:hint What is the same for all clients, and what belongs to one of them? A callback finds both in its variables.
func TestConversationsDoNotMix(t *testing.T) {
	clients := lab.Start(t).DialMany(64)
	for i, client := range clients {
		client.Send(lab.Token(t, i) + " and again ")
	}
	for i, client := range slices.Backward(clients) {
		line := lab.Token(t, i)
		client.Send(line + "\n")
		client.Want(strings.ToUpper(line + " and again " + line + "\n"))
	}
}

// After a hundred conversations that ended in all the ways that there are, the server holds no more than before, and rests.
//
//lab:points 0
//lab:needs TestConversationsDoNotMix TestPendingLinesAreBounded TestTheLastLineMayLackItsNewline
//lab:hint Which ways out of a conversation are there, and what is left on each of them? Does the program do anything while nothing happens?
func TestLeavesNothingBehind(t *testing.T) {
	server := lab.Start(t)
	serves(server, "before")
	visits := func(rounds int) {
		for range rounds {
			clients := server.DialMany(3)
			for _, client := range clients {
				exchange(client, "hello")
				client.Send("slow 60000\nslow 0\n")
				client.Want("DONE 0\n")
			}
			clients[0].Send("bye\n")
			clients[0].WantEOF()
			clients[0].Close()
			clients[1].Reset()
			clients[2].Send("half a line")
			clients[2].Reset()
			quiet := server.Dial()
			quiet.HalfClose()
			quiet.WantEOF()
			quiet.Close()
		}
	}
	before := server.Footprint(func() { visits(3) })
	visits(22)
	server.WantNoLeak(before)
	server.WantIdle()
	server.Dial().Send("slow 60000\n")
	ended := server.Dial()
	ended.Send("slow 60000\n")
	ended.HalfClose()
	server.WantIdle() // while one is owed an answer, and the other one the end of the stream as well
}

// However many clients have come and gone, the server's memory is what it was: nothing of them is kept.
//
//lab:points 1
//lab:needs TestLeavesNothingBehind
//lab:hint What is noted down about a client, and where? Which events end a conversation, and which of them removes that again?
func TestKeepsNothingOfAClientInMemory(t *testing.T) {
	server := lab.StartFrugal(t)
	server.WantSteadyMemory(512<<10, func() { // 262 bytes of each client that resets; a Conn with what it needs takes 900
		for range 50 {
			serves(server, strings.Repeat("ended by bye ", 1<<10)) // large, should it be kept
			server.Dial().Close()
			for _, client := range server.DialMany(10) {
				exchange(client, "a line")
				client.Reset()
			}
		}
	})
}
