// Package hidden holds the tests that grade exercise 3.
//
//lab:port 3232
//lab:kind server
package hidden

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// silence is how long a client says nothing. There is no limit to it; tests have to have one.
const silence = 1500 * time.Millisecond

// greeted connects n clients and wants all of them to be greeted before any of them has said a word.
func greeted(server *lab.Program, n int) []*lab.Conn {
	clients := server.DialMany(n)
	for _, client := range clients {
		client.Want("HELLO\n")
	}
	return clients
}

// converse sends data and wants this answer, and then the end of the conversation.
func converse(client *lab.Conn, data, answer string) {
	client.Send(data)
	client.Want(answer)
	client.WantEOF()
	client.Close()
}

// lastWords sends data, closes the sending side instead of ending the line, and wants it answered, and then the end.
func lastWords(client *lab.Conn, data string) {
	client.Send(data)
	client.HalfClose()
	client.Want(strings.ToUpper(data) + "\n")
	client.WantEOF()
	client.Close()
}

// serves wants the server to hold one more conversation, from its beginning to its end.
func serves(server *lab.Program, text string) {
	converse(greeted(server, 1)[0], text+"\n", strings.ToUpper(text)+"\n")
}

// The conversation is that of exercise 1: HELLO comes first, then one line is answered in upper case, and then the end.
//
//lab:points 1
//lab:hint Your solution of exercise 1 holds this conversation. At which step of it does this one do something else?
func TestHoldsTheConversationOfExercise1(t *testing.T) {
	client := greeted(lab.Start(t), 1)[0]
	client.WantSilence()
	converse(client, "Hello, World! 1 + 1 = 2\n", "HELLO, WORLD! 1 + 1 = 2\n")
}

// A line is complete when its newline has come, in however many pieces it arrives, even where one ends inside of a letter; a
// carriage return before it is no part of it, and everything else is, such as a percent sign, or two carriage returns in a row. An
// empty line is a line.
//
//lab:points 0
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint One Read returns what has arrived so far. What has to be done until '\n' is there, and what about a '\r' right before it, or a '%' in it?
func TestALineMayArriveInPieces(t *testing.T) {
	server := lab.Start(t)
	client := greeted(server, 1)[0]
	client.SendInPieces("o", "ne line, ", "100%d caf\xc3", "\xa9s")
	converse(client, "\r\n", "ONE LINE, 100%D CAFÉS\n")
	slow := greeted(server, 1)[0]
	slow.SendInPieces(" one\r", "line\r\rand no more\r")
	converse(slow, "\n", " ONE\rLINE\r\rAND NO MORE\n")
	converse(greeted(server, 1)[0], "\n", "\n")
	converse(greeted(server, 1)[0], strings.Repeat("é.é", 16<<10)+"\n", strings.Repeat("É.É", 16<<10)+"\n") // one of them ends any buffer
}

// Of two lines that arrive together the first is answered, and the second is nobody's: not the next client's either.
//
//lab:points 0
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint Where are the bytes behind the first newline when the conversation is over? Who finds them there?
func TestASecondLineIsAnsweredToNobody(t *testing.T) {
	server := lab.Start(t)
	for range 4 {
		converse(greeted(server, 1)[0], "first\nsecond\n", "FIRST\n")
		serves(server, "the next client")
	}
}

// What a client sends before it closes its sending side is a line, even without a newline, and even if it just fills a buffer.
//
//lab:points 1
//lab:needs TestALineMayArriveInPieces TestASecondLineIsAnsweredToNobody
//lab:hint At the end of the stream, ReadString returns io.EOF and what it has read so far.
func TestTheLastLineMayLackItsNewline(t *testing.T) {
	clients := greeted(lab.Start(t), 2)
	lastWords(clients[0], "\tno newline at the end ")
	lastWords(clients[1], strings.Repeat("no more ", 8<<10)) // 64 KiB, a multiple of most buffers' size
}

// While one client says nothing, for a second and a half, the next is greeted and answered; then the first is.
//
//lab:points 1
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint While one client is silent, its servant waits in Read. Who calls Accept in the meantime?
func TestASilentClientDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	silent := greeted(server, 1)[0]
	server.Pause(silence)
	serves(server, "I came second")
	converse(silent, "at last\n", "AT LAST\n")
}

// While one client has sent half a line, the next is greeted and answered.
//
//lab:points 1
//lab:needs TestASilentClientDelaysNobody
//lab:hint A servant waits for the rest of its line. What does it hold in the meantime that another one needs?
func TestHalfALineDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	slow := greeted(server, 1)[0]
	slow.SendInPieces("half a ")
	serves(server, "I came second")
	converse(slow, "line\n", "HALF A LINE\n")
}

// A client that does not read its long answer delays nobody, not even somebody whose answer is long, too. Its answer is whole when it
// does read, though it has closed its sending side by then.
//
//lab:points 0
//lab:needs TestASilentClientDelaysNobody
//lab:hint Write waits for a client that does not read. What does the servant hold in the meantime that another one needs?
func TestAClientThatDoesNotReadDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	line := strings.Repeat("x", 512<<10)
	deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
	deaf.Want("HELLO\n")
	deaf.SendInPieces(line + "\n")
	server.WantAtRest()
	deaf.HalfClose() // it still listens
	server.Pause(silence)
	serves(server, "I came second")
	serves(server, strings.Repeat("I have more to say. ", 8<<10))
	deaf.Want(strings.ToUpper(line) + "\n")
	deaf.WantEOF()
}

// 256 clients are greeted while all of them are silent, and send half a line each. Somebody else is served then, and they are
// answered, the last one first and the first one last.
//
//lab:points 2
//lab:needs TestASilentClientDelaysNobody
//lab:hint How many servants can there be at a time? Does one of them wait for another?
func TestServes256ClientsAtOnce(t *testing.T) {
	server := lab.Start(t)
	clients := greeted(server, 256)
	for i, client := range clients {
		client.Send(lab.Token(t, i))
	}
	server.WantAtRest() // all halves are read
	serves(server, "a whole line")
	for i, client := range slices.Backward(clients) {
		converse(client, " and more\n", strings.ToUpper(lab.Token(t, i))+" AND MORE\n")
	}
}

// However the pieces of many lines are mixed on their way, each client is answered its own line.
//
//lab:points 1
//lab:needs TestALineMayArriveInPieces TestHalfALineDelaysNobody
//lab:hint Which variables does a servant share with others? What it has read so far must be its own.
func TestConversationsDoNotMix(t *testing.T) {
	clients := greeted(lab.Start(t), 32)
	random := lab.Rand(t)
	for range 3 {
		for _, i := range random.Perm(len(clients)) {
			clients[i].SendInPieces(lab.Token(t, i) + " ")
		}
	}
	for _, i := range random.Perm(len(clients)) {
		line := strings.Repeat(lab.Token(t, i)+" ", 3)
		converse(clients[i], "\n", strings.ToUpper(line)+"\n")
	}
}

// Clients that leave or reset the connection, at any moment, neither end the server nor disturb another conversation.
//
//lab:points 1
//lab:needs TestAClientThatDoesNotReadDelaysNobody TestOutOfDescriptorsIsNoEnd
//lab:hint Which calls fail when a client leaves, and what is a line that has not come? Whose conversation ends because of it?
func TestAnAbusiveClientHarmsNobody(t *testing.T) {
	server := lab.Start(t)
	good := greeted(server, 2)
	good[0].SendInPieces("half a ")
	server.Dial().Close()
	server.Dial().Reset()
	for _, sent := range []string{"", "\n", "half a line", "a line\n", strings.Repeat("much ", 32<<10)} {
		abusive := greeted(server, 2)
		abusive[0].Send(sent)
		abusive[0].Close()
		abusive[1].Send(sent)
		abusive[1].Reset()
	}
	server.WantAtRest() // whatever comes of that has come
	serves(server, "a newcomer")
	converse(good[0], "line\n", "HALF A LINE\n")
	converse(good[1], "a whole line\n", "A WHOLE LINE\n")
	later := greeted(server, 16) // with what the others have left behind
	for i, client := range later {
		client.SendInPieces(lab.Token(t, i))
	}
	for i, client := range later {
		converse(client, " is mine\n", strings.ToUpper(lab.Token(t, i))+" IS MINE\n")
	}
}

// When no descriptor is left, Accept fails. The server goes on, and whoever waits comes in as soon as there is one again, each time.
//
//lab:points 0
//lab:needs TestASilentClientDelaysNobody
//lab:hint What does your receptionist do with an error of Accept? Does it pass by itself, and who waits until it has?
func TestOutOfDescriptorsIsNoEnd(t *testing.T) {
	server := lab.Start(t)
	here := greeted(server, 1)[0]
	server.WantAtRest() // what it opened for the first client and has closed since has left no number free below that of the second
	leaving := greeted(server, 1)[0]
	var waiting []*lab.Conn
	server.WithDescriptors(0, func() {
		waiting = server.DialMany(4)
		server.WantAtRest()
		server.Pause(silence) // in which it may have tried again many times
		// Who leaves makes room for one, and then there is none left once more.
		for len(waiting) > 1 {
			converse(leaving, "your turn\n", "YOUR TURN\n")
			leaving, waiting = waiting[0], waiting[1:]
			leaving.Want("HELLO\n")
		}
	})
	waiting[0].Want("HELLO\n")
	converse(waiting[0], "at last\n", "AT LAST\n")
	converse(here, "still here\n", "STILL HERE\n")
}

// While the server waits, for a client or for the lines of 32 clients, it uses no processor time.
//
//lab:points 0
//lab:needs TestASilentClientDelaysNobody
//lab:hint Accept and Read wait by themselves. Does your program ask again and again instead?
func TestWaitingCostsNoProcessorTime(t *testing.T) {
	server := lab.Start(t)
	server.WantIdle()
	greeted(server, 32)
	server.WantIdle()
}

// leavesUnread has a client come and leave whose answer is larger than what lies between the two holds.
func leavesUnread(server *lab.Program) {
	deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
	deaf.Want("HELLO\n")
	deaf.SendInPieces(strings.Repeat("x", 256<<10) + "\n")
	server.WantAtRest() // its servant waits for room to write in
	deaf.Reset()
}

// visits are four conversations in each round. One client closes its sending side first, and two leave in the middle.
func visits(server *lab.Program, rounds int) {
	for range rounds {
		clients := greeted(server, 4)
		converse(clients[0], "first\n", "FIRST\n")
		lastWords(clients[1], "second")
		clients[2].Close()
		clients[3].SendInPieces(strings.Repeat("half a line ", 400)) // large, should it be kept
		clients[3].Reset()
	}
}

// goOnSpeaking has n clients come who say much behind their line, more than is read at a time, and leave.
func goOnSpeaking(server *lab.Program, n int) {
	for _, client := range greeted(server, n) {
		client.Send("a line\n" + strings.Repeat("and more ", 4<<10))
		client.Close()
	}
}

// After 500 conversations, half of which the client abandoned, at any moment, the server holds no more than before, and serves
// as before.
//
//lab:points 0
//lab:needs TestWaitingCostsNoProcessorTime
//lab:hint What does a servant leave behind when its client goes away? What is deferred is done on every way out.
func TestLeaksNothingIn500Conversations(t *testing.T) {
	server := lab.Start(t)
	serves(server, "before")
	before := server.Footprint(func() {
		leavesUnread(server)
		visits(server, 15)
	})
	visits(server, 110)
	// What is lost now stays lost: there is too little after it for the garbage collector to come and close it.
	lastWords(greeted(server, 1)[0], "no newline")
	leavesUnread(server)
	server.AllAtOnce(func() {
		for _, early := range server.DialMany(4) {
			early.Reset() // before it can be greeted
		}
	})
	serves(server, "after")
	server.WantNoLeak(before)
	greeted(server, 8)
}

// However many clients have come and gone, the server's memory is what it was: nothing of them is kept, and no goroutine waits.
//
//lab:points 1
//lab:needs TestLeaksNothingIn500Conversations
//lab:hint What else was started for a client, or noted down about it? Who ends it, or removes it, when the servant ends?
func TestKeepsNothingOfAClientInMemory(t *testing.T) {
	server := lab.StartFrugal(t)
	server.WantSteadyMemory(512<<10, func() { visits(server, 80) }) // 0.8 KiB of each who left; a goroutine takes 2.7
	// By itself: the heap has its size by now, and what stays of these few is soon to be seen.
	server.WantSteadyMemory(512<<10, func() { goOnSpeaking(server, 48) })
}

// Under the race detector, crowds of 64 clients each, all of whom come and speak at the same moment, some without a newline at the
// end, and one that leaves at the same moment, find no data race.
//
//lab:points 1
//lab:race
//lab:needs TestASilentClientDelaysNobody
//lab:hint Two goroutines use the same variable, and one of them writes. Can each have its own? If not, what locks it?
func TestIsFreeOfDataRaces(t *testing.T) {
	server := lab.StartParallel(t)
	line := func(i int) string { return strings.Repeat(lab.Token(t, i)+" ", 64) }
	for range 24 { // what is nearly always in order is not always: of 80 gradings on a busy machine, one saw no race in 12 rounds
		var crowd []*lab.Conn
		server.AllAtOnce(func() { crowd = server.DialMany(64) })
		for _, client := range crowd {
			client.Want("HELLO\n")
		}
		server.AllAtOnce(func() {
			for i, client := range crowd {
				if i%4 == 0 {
					client.Send(line(i))
					client.HalfClose()
				} else {
					client.Send(line(i) + "\n")
				}
			}
		})
		for i, client := range crowd {
			client.Want(strings.ToUpper(line(i)) + "\n")
			client.WantEOF()
			client.Close()
		}
	}
	var rude []*lab.Conn
	server.AllAtOnce(func() { rude = server.DialMany(64) })
	for _, client := range rude {
		client.Want("HELLO\n")
		client.SendInPieces("half a line")
	}
	server.AllAtOnce(func() {
		for _, client := range rude {
			client.Reset()
		}
	})
	server.WantAtRest()
	server.WantRunning()
}
