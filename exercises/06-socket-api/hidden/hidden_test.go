// Package hidden holds the tests that grade exercise 6.
//
//lab:port 2367
//lab:kind server
//lab:module golang.org/x/sys
package hidden

import (
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// greeted connects a client, which reads its greeting.
func greeted(server *lab.Program, options ...lab.DialOption) *lab.Conn {
	client := server.Dial(options...)
	client.Want("HELLO\n")
	return client
}

// converse sends data and wants this answer, and then the end of the conversation.
func converse(client *lab.Conn, data, answer string) {
	client.Send(data)
	client.Want(answer)
	client.WantEOF()
	client.Close()
}

// serves wants the server to hold one more conversation, from its beginning to its end.
func serves(server *lab.Program, text string) {
	converse(greeted(server), text+"\n", strings.ToUpper(text)+"\n")
}

// long is a line of 1 MiB and its answer, newlines not counted.
func long(t *testing.T) (line, answer string) {
	line = strings.Repeat(lab.Token(t, 0)+" ", 1<<20)[:1<<20]
	return line + "\n", strings.ToUpper(line) + "\n"
}

// The conversation is that of exercise 1, on port 2367: HELLO comes first, one line is answered in upper case, and then it ends.
//
//lab:points 1
//lab:hint At which step does the conversation of exercise 1 go on differently? If there is no listener: does unix.Bind want htons(2367)?
func TestHoldsTheConversationOfExercise1(t *testing.T) {
	client := greeted(lab.Start(t))
	client.WantSilence()
	converse(client, "Hello, World! 1 + 1 = 2\n", "HELLO, WORLD! 1 + 1 = 2\n")
}

// The program makes its sockets itself: it uses neither net nor what is built on it, neither os/exec nor an os.File of a socket.
//
//lab:points 1
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint Which calls does that package make for you? They are all in golang.org/x/sys/unix.
func TestMakesItsSocketsItself(t *testing.T) {
	source := lab.SourceOf(t)
	source.ForbidImports("In this exercise you make the calls that it makes for others.", "net", "os/exec", "golang.org/x/sys/execabs")
	source.ForbidUses("An os.File writes everything and begins interrupted calls anew: here that is your task.", lab.FilesOfSockets...)
}

// The server listens with a backlog of exactly 4, as the kernel tells.
//
//lab:points 1
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint What is the second argument of listen? It counts neither the client that is served nor those that come later.
func TestListensWithABacklogOf4(t *testing.T) {
	server := lab.Start(t)
	greeted(server)
	server.WantBacklog(4)
}

// One client at a time: the second is not greeted while the first says nothing, for a second and a half, and is when the first
// has its answer. What was begun for an earlier client does not hurry the first.
//
//lab:points 0
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint In this exercise the server talks to one client, and only then accepts the next. For which of its waits is there a limit?
func TestServesOneClientAtATime(t *testing.T) {
	server := lab.Start(t)
	serves(server, "I know what to say") // and its descriptor is the next client's
	first := greeted(server)
	second := server.Dial()
	second.WantSilence()
	server.Pause(1500 * time.Millisecond)
	second.WantSilence()
	converse(first, "I have thought about it\n", "I HAVE THOUGHT ABOUT IT\n")
	second.Want("HELLO\n")
	converse(second, "my turn\n", "MY TURN\n")
}

// A line is complete when its newline has come, in however many pieces it arrives, and even if it fills a buffer of the server to
// the last byte. White space and zeros at its ends are part of it.
//
//lab:points 0
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint One read returns what has arrived so far, which may be a single byte. How long do you have to go on reading?
func TestALineMayArriveByteByByte(t *testing.T) {
	server := lab.Start(t)
	client := greeted(server)
	client.SendByteByByte("\ta letter may be \xc3\xa9 split \x00 and grow: \xc9\x90")
	converse(client, "\n", "\tA LETTER MAY BE É SPLIT \x00 AND GROW: Ɐ\n")
	for size := 1 << 9; size <= 1<<12; size *= 2 { // bytes, of which the last is the newline
		serves(server, strings.Repeat("x", size-1))
	}
}

// Of two lines that arrive in one segment the first is answered, and the second is nobody's: not the next client's either.
//
//lab:points 0
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint Where are the bytes behind the first newline when the conversation is over? Who finds them there?
func TestASecondLineIsAnsweredToNobody(t *testing.T) {
	server := lab.Start(t)
	converse(greeted(server), "first\nsecond\n", "FIRST\n")
	serves(server, "the next client")
}

// What ends a line is "\n", "\r\n", even if the two come apart, or the end of the stream. Any other carriage return is part of it,
// even one of two in a row. An empty line is a line.
//
//lab:points 1
//lab:needs TestALineMayArriveByteByByte TestASecondLineIsAnsweredToNobody
//lab:hint What does read return at the end of the stream, and how do you tell that from an empty line? Which carriage return belongs to the newline?
func TestALineMayEndInThreeWays(t *testing.T) {
	server := lab.Start(t)
	converse(greeted(server), "sent by telnet\r\n", "SENT BY TELNET\n")
	converse(greeted(server), "\n", "\n")
	slow := greeted(server)
	slow.SendInPieces("sent by\ra slow\r\rtelnet\r")
	converse(slow, "\n", "SENT BY\rA SLOW\r\rTELNET\n")
	client := greeted(server)
	client.SendInPieces("no newline ", "at the end")
	client.HalfClose()
	client.Want("NO NEWLINE AT THE END\n")
	client.WantEOF()
}

// An answer of 1 MiB arrives whole at a client that begins to read when the server could write no more for four seconds, and at one
// that has closed its sending side and begins when it can write no more.
//
//lab:points 0
//lab:needs TestALineMayArriveByteByByte
//lab:hint The send buffer is smaller than the answer. What does write do when it is full, and what becomes of it after close?
func TestALongAnswerToALateReaderArrivesWhole(t *testing.T) {
	line, answer := long(t)
	server := lab.Start(t)
	for i, end := range []func(*lab.Conn){func(c *lab.Conn) { c.Send("\r\n") }, (*lab.Conn).HalfClose} {
		late := greeted(server, lab.ReceiveBuffer(4<<10))
		late.SendInPieces(strings.TrimSuffix(line, "\n"))
		end(late)
		server.WantAtRest()
		if i == 0 { // a write that was given a second tells what it has written by then, and fails when that is nothing
			server.Pause(4 * time.Second)
		}
		late.Want(answer)
		late.WantEOF()
		late.Close()
	}
}

// An answer of 1 MiB arrives whole although signals interrupt the writing of it.
//
//lab:points 1
//lab:needs TestALongAnswerToALateReaderArrivesWhole
//lab:hint When a signal comes, write returns how much it has written so far. Who writes the rest, and what if another signal comes meanwhile?
func TestAnInterruptedWriteLosesNothing(t *testing.T) {
	line, answer := long(t)
	server := lab.Start(t)
	late := greeted(server, lab.ReceiveBuffer(4<<10))
	late.SendInPieces(line)
	for range 3 {
		server.WantAtRest()
		server.Interrupt()
		server.WantAtRest()
		late.Want(answer[:64<<10])
		answer = answer[64<<10:]
	}
	late.Want(answer)
	late.WantEOF()
}

// A signal that comes while the server waits for a client, for a line, or for a client to close ends nothing.
//
//lab:points 1
//lab:needs TestALineMayArriveByteByByte
//lab:hint A call that was interrupted fails with EINTR. Nothing is wrong then: what has to be done about it?
func TestAnInterruptedWaitEndsNothing(t *testing.T) {
	server := lab.Start(t)
	interrupt := func() {
		for range 5 { // one signal may come while the program is between two calls
			server.WantAtRest()
			server.Interrupt()
		}
	}
	interrupt()
	client := greeted(server)
	interrupt()
	client.SendInPieces("half a ")
	interrupt()
	client.Send("line\n")
	client.Want("HALF A LINE\n")
	client.WantEOF()
	server.Interrupt()
	client.Close()
	serves(server, "still there?")
}

// Clients that leave or reset the connection, while they wait in the backlog or at any moment later, do not end the server.
//
//lab:points 1
//lab:needs TestServesOneClientAtATime
//lab:hint Which calls on the connection can fail, accept included, and what does your program do when they do?
func TestAClientThatResetsHarmsNobody(t *testing.T) {
	server := lab.Start(t)
	first := greeted(server)
	server.Dial().Reset() // both wait in the backlog at this moment
	server.Dial().Close()
	converse(first, "the first\n", "THE FIRST\n")
	line, _ := long(t)
	for _, sent := range []string{"", "half a line", "a line\n", line} {
		leaver := greeted(server)
		leaver.Send(sent)
		leaver.Close()
		resetter := greeted(server)
		resetter.SendInPieces(sent)
		resetter.Reset()
	}
	serves(server, "still there?")
}

// While the server waits, for a client, for a line, or for a client that has its answer to close, it uses no processor time.
//
//lab:points 0
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint Accept and read wait by themselves. Does your program ask again and again instead?
func TestWaitingCostsNoProcessorTime(t *testing.T) {
	server := lab.Start(t)
	server.WantIdle()
	client := greeted(server)
	server.WantIdle()
	server.WantIdleAfter(func() {
		client.Send("a line\n")
		client.Want("A LINE\n")
		client.WantEOF()
	})
}

// leavesUnread has a client come and leave whose answer is larger than what lies between the two holds.
func leavesUnread(server *lab.Program) {
	deaf := greeted(server, lab.ReceiveBuffer(4<<10))
	deaf.SendInPieces(strings.Repeat("x", 256<<10) + "\n")
	server.WantAtRest() // it waits for room to write in
	deaf.Reset()
}

// After 200 conversations, half of which the client abandoned, at any moment, every descriptor is closed again.
//
//lab:points 1
//lab:needs TestWaitingCostsNoProcessorTime
//lab:hint A descriptor is a number: nobody closes it for you. Is it closed on every way out of the conversation?
func TestClosesEveryDescriptor(t *testing.T) {
	server := lab.Start(t)
	serves(server, "before")
	visits := func(rounds int) {
		for range rounds {
			serves(server, "orderly")
			serves(server, "orderly again")
			greeted(server).Close()
			client := greeted(server)
			client.SendInPieces("half a line")
			client.Reset()
		}
	}
	before := server.Footprint(func() {
		leavesUnread(server)
		visits(5)
	})
	visits(45)
	server.AllAtOnce(func() { server.Dial().Reset() }) // before it can be greeted
	leavesUnread(server)
	rude := greeted(server)
	rude.Send("a line\n")
	rude.Want("A LINE\n")
	rude.WantEOF()
	rude.Reset()
	serves(server, "after")
	server.WantNoLeak(before)
}

// The server starts again at once although a connection of its last run is still in TIME_WAIT, and another one was cut off.
//
//lab:points 1
//lab:needs TestHoldsTheConversationOfExercise1
//lab:hint What keeps the port busy when nobody listens on it any more? Which option has to be set, and before which call?
func TestRestartsAtOnce(t *testing.T) {
	server := lab.Start(t)
	serves(server, "the server closes first")
	greeted(server)
	server.Kill()
	server.StartAgain()
	serves(server, "here again")
}

// A client that has more to say behind its line gets its answer and the end of the stream, and no reset. So does one that has
// thought about its line for more than a second and reads late: most of its answer is still in the server's send buffer as the
// conversation ends, and most of what else it says is still on its way to the server.
//
//lab:points 0
//lab:needs TestASecondLineIsAnsweredToNobody
//lab:hint What does the kernel send when a socket is closed while input lies unread in it? How is only one direction closed?
func TestAClientWithMoreToSayIsNotReset(t *testing.T) {
	server := lab.Start(t)
	client := greeted(server)
	more := strings.Repeat("more ", 40<<10) // more than the server's kernel takes before the server reads
	server.AllAtOnce(func() { client.Send("first\n" + more) })
	client.Want("FIRST\n")
	client.WantEOF()
	client.Close()
	late, line := greeted(server, lab.ReceiveBuffer(4<<10)), strings.Repeat("x", 30<<10)+"\n"
	server.Pause(1100 * time.Millisecond) // the second in which the server waits has not begun
	server.AllAtOnce(func() { late.Send(line + more) })
	server.WantAtRest()
	late.Want(strings.ToUpper(line))
	late.WantEOF()
}

// A client that has its answer reads the end of the stream at once. If it does not close its own side then, it holds nobody up
// for long, not even by sending a byte now and then, and leaves no descriptor behind. What it has not read by then is not lost.
//
//lab:points 1
//lab:needs TestAClientWithMoreToSayIsNotReset
//lab:hint For how long do you wait for a client to close? The option SO_RCVTIMEO bounds the wait of one read, and there may be many.
func TestAClientThatDoesNotCloseHoldsUpNobody(t *testing.T) {
	server := lab.Start(t)
	serves(server, "before")
	before := server.Footprint()
	for _, stays := range []func(*lab.Conn) (stop func()){
		func(*lab.Conn) func() { return func() {} },
		func(c *lab.Conn) func() { return c.SendMeanwhile(".", 100*time.Millisecond) },
	} {
		idler := greeted(server)
		idler.Send("I have time\n")
		idler.Want("I HAVE TIME\n")
		idler.WantEOFAtOnce()
		stop := stays(idler)
		serves(server, "I have not")
		stop()
	}
	// more than the client's buffer takes, and little enough for any send buffer
	late, line := greeted(server, lab.ReceiveBuffer(4<<10)), strings.Repeat("x", 10<<10)+"\n"
	late.Send(line)
	serves(server, "somebody else") // the server has done with the first by now, and its kernel has not
	late.Want(strings.ToUpper(line))
	late.WantEOF()
	server.WantNoLeak(before)
}
