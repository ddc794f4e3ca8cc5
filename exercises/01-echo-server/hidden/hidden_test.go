// Package hidden holds the tests that grade exercise 1.
//
//lab:port 3232
//lab:kind server
package hidden

import (
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// silence is how long a client says nothing. There is no limit to it; tests have to have one.
const silence = 1500 * time.Millisecond

// greeted starts the server and a client, which has read its greeting.
func greeted(t *testing.T) (*lab.Program, *lab.Conn) {
	t.Helper()
	server := lab.Start(t)
	client := server.Dial()
	client.Want("HELLO\n")
	return server, client
}

// converse sends data and wants this answer, and then the end of the conversation.
func converse(client *lab.Conn, data, answer string) {
	client.Send(data)
	client.Want(answer)
	client.WantEOF()
}

// The server speaks first: HELLO comes although the client has not sent anything, and then the server waits.
//
//lab:points 1
//lab:hint What does your program do between Accept and its first Write?
func TestGreetsBeforeItReads(t *testing.T) {
	_, client := greeted(t)
	client.WantSilence()
}

// One line is answered in upper case and nothing else, and then the server closes the connection.
//
//lab:points 1
//lab:needs TestGreetsBeforeItReads
//lab:hint Compare the bytes: is there one newline at the end, and is the connection closed after it?
func TestAnswersInUpperCaseAndCloses(t *testing.T) {
	_, client := greeted(t)
	converse(client, "Hello, World! 1 + 1 = 2\n", "HELLO, WORLD! 1 + 1 = 2\n")
}

// Of two lines that arrive in one segment only the first is answered, and the connection ends in order. Nobody gets the rest, and
// a client that goes on sending holds up nobody.
//
//lab:points 0
//lab:needs TestAnswersInUpperCaseAndCloses
//lab:hint One Read may return more than one line. What do you do with the bytes behind the first newline?
func TestAnswersOnlyTheFirstOfTwoLines(t *testing.T) {
	server, client := greeted(t)
	converse(client, "first\nsecond\n", "FIRST\n")
	client.Close()
	next := server.Dial()
	next.Want("HELLO\n")
	converse(next, "third\n", "THIRD\n")
	defer next.SendMeanwhile(".", 10*time.Millisecond)()
	last := server.Dial()
	last.Want("HELLO\n")
	converse(last, "fourth\n", "FOURTH\n")
}

// A line whose bytes arrive one by one is still one line, and has nothing to do with what other clients have sent before. So is
// one that fills a buffer of the server to the last byte, its newline: nothing comes after it.
//
//lab:points 0
//lab:needs TestAnswersInUpperCaseAndCloses
//lab:hint One Read returns what has arrived, which may be a single byte. How long do you have to go on reading?
func TestALineMayArriveByteByByte(t *testing.T) {
	server, earlier := greeted(t)
	converse(earlier, "of many bytes\n", "OF MANY BYTES\n")
	earlier.Close()
	client := server.Dial()
	client.Want("HELLO\n")
	client.SendByteByByte("one byte at a time\n")
	client.Want("ONE BYTE AT A TIME\n")
	client.WantEOF()
	client.Close()
	for size := 1 << 9; size <= 1<<12; size *= 2 {
		client := server.Dial()
		client.Want("HELLO\n")
		line := strings.Repeat("x", size-1)
		converse(client, line+"\n", strings.ToUpper(line)+"\n")
		client.Close()
	}
}

// A line of 1 MiB is answered whole, and so is that of the next client.
//
//lab:points 1
//lab:needs TestALineMayArriveByteByByte TestAnswersOnlyTheFirstOfTwoLines
//lab:hint Is there a limit in what you read with? bufio.Scanner, for one, gives up at 64 KiB.
func TestALineMayBeLong(t *testing.T) {
	server, client := greeted(t)
	line := strings.Repeat(lab.Token(t, 0)+" ", 1<<20)[:1<<20]
	converse(client, line+"\n", strings.ToUpper(line)+"\n")
	client.Close()
	next := server.Dial()
	next.Want("HELLO\n")
	converse(next, line+"\r\n", strings.ToUpper(line)+"\n")
}

// An empty line is a line, and its answer is an empty line.
//
//lab:points 0
//lab:needs TestAnswersInUpperCaseAndCloses
//lab:hint How does your program tell an empty line from a client that has left?
func TestAnEmptyLineIsAnswered(t *testing.T) {
	_, client := greeted(t)
	converse(client, "\n", "\n")
}

// A carriage return right before the newline is not part of the line, as telnet sends it, even if the two come apart, or a buffer of
// the server ends between them.
//
//lab:points 1
//lab:needs TestAnEmptyLineIsAnswered
//lab:hint Some programs end a line in "\r\n". What is left of it when you cut off "\n"?
func TestACarriageReturnIsNotPartOfTheLine(t *testing.T) {
	server, client := greeted(t)
	converse(client, "sent by telnet\r\n", "SENT BY TELNET\n")
	client.Close()
	another := server.Dial()
	another.Want("HELLO\n")
	converse(another, "\r\n", "\n")
	another.Close()
	slow := server.Dial()
	slow.Want("HELLO\n")
	slow.SendInPieces("sent by a slow telnet\r")
	converse(slow, "\n", "SENT BY A SLOW TELNET\n")
	slow.Close()
	for size := 1 << 9; size <= 1<<16; size *= 2 {
		client := server.Dial()
		client.Want("HELLO\n")
		line := strings.Repeat("x", size-1)
		converse(client, line+"\r\n", strings.ToUpper(line)+"\n")
		client.Close()
	}
}

// What a client sends before it closes its sending side is a line, even without a newline.
//
//lab:points 1
//lab:needs TestAnswersInUpperCaseAndCloses
//lab:hint At the end of the stream, ReadString returns io.EOF and what it has read so far.
func TestTheLastLineMayLackItsNewline(t *testing.T) {
	_, client := greeted(t)
	client.Send("\tno newline at the end ")
	client.HalfClose()
	client.Want("\tNO NEWLINE AT THE END \n")
	client.WantEOF()
}

// Spaces, tabs and NUL bytes belong to the line, at both of its ends, too, a percent sign means nothing, and neither does a
// carriage return that is not before the newline, or two of them in a row.
//
//lab:points 0
//lab:needs TestAnswersInUpperCaseAndCloses
//lab:hint strings.TrimSpace takes away more than the end of the line. And is the line an argument of Fprintf, or its format?
func TestKeepsSpacesTabsAndNUL(t *testing.T) {
	server, client := greeted(t)
	converse(client, "\x00\t two  spaces, a\ttab, 100%d and \x00 \t\n", "\x00\t TWO  SPACES, A\tTAB, 100%D AND \x00 \t\n")
	client.Close()
	another := server.Dial()
	another.Want("HELLO\n")
	converse(another, " \tone\rline\r\rand no more \x00\n", " \tONE\rLINE\r\rAND NO MORE \x00\n")
}

// Letters beyond ASCII have upper case, too, even where a segment ends inside of a letter, or a buffer of the server does.
//
//lab:points 1
//lab:needs TestKeepsSpacesTabsAndNUL
//lab:hint A letter may be two bytes long. What happens if you convert the pieces instead of the line?
func TestLettersBeyondASCIIMayBeSplit(t *testing.T) {
	server, client := greeted(t)
	client.SendInPieces("caf\xc3", "\xa9, ma\xc3\xb1ana, \xd0", "\xb6 and \xce\xbb, \xc3", "\xbcber, ɐ\n")
	client.Want("CAFÉ, MAÑANA, Ж AND Λ, ÜBER, Ɐ\n") // the last letter is longer now
	client.WantEOF()
	client.Close()
	long := server.Dial()
	long.Want("HELLO\n")
	line := "a" + strings.Repeat("é", 16<<10) // no even number of bytes ends between two letters
	converse(long, line+"\n", strings.ToUpper(line)+"\n")
}

// Clients that leave at any moment, or reset the connection, do not end the server.
//
//lab:points 1
//lab:needs TestGreetsBeforeItReads
//lab:hint Which calls on the connection can fail, and what does your program do when they do?
func TestSurvivesClientsThatLeave(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Close()
	server.Dial().Reset()
	for _, sent := range []string{"", "a line\n", "half a line"} {
		leaver := server.Dial()
		leaver.Want("HELLO\n")
		leaver.Send(sent)
		leaver.Close()
		resetter := server.Dial()
		resetter.Want("HELLO\n")
		resetter.SendInPieces(sent)
		resetter.Reset()
	}
	client := server.Dial()
	client.Want("HELLO\n")
	converse(client, "still there?\n", "STILL THERE?\n")
}

// leavesUnread has a client come and leave whose answer is larger than what lies between the two holds.
func leavesUnread(server *lab.Program) {
	deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
	deaf.Want("HELLO\n")
	deaf.SendInPieces(strings.Repeat("x", 256<<10) + "\n")
	server.WantAtRest() // it waits for room to write in
	deaf.Reset()
}

// After 300 conversations the server holds as much as before, however they ended: with the answer, with a client that left or
// reset the connection, or with a greeting or an answer that could not be sent.
//
//lab:points 1
//lab:needs TestAnswersInUpperCaseAndCloses TestWaitingCostsNoProcessorTime
//lab:hint Is the connection closed on every way out of a conversation? What is deferred runs when its function returns: does yours?
func TestLeaksNothingIn300Conversations(t *testing.T) {
	server, client := greeted(t)
	converse(client, "before\n", "BEFORE\n")
	client.Close()
	visit := func(i int) {
		client := server.Dial()
		client.Want("HELLO\n")
		if i%2 == 0 { // every other client leaves without a word
			text := lab.Token(t, i)
			converse(client, text+"\n", strings.ToUpper(text)+"\n")
		}
		client.Close()
	}
	before := server.Footprint(func() {
		leavesUnread(server)
		for i := range 20 {
			visit(i)
		}
	})
	for i := range 270 {
		visit(i)
	}
	// What is lost now stays lost: there is too little after it for the garbage collector to come and close it.
	leavesUnread(server)
	for range 4 {
		server.AllAtOnce(func() { server.Dial().Reset() }) // before the server can greet
		client := server.Dial()
		client.Want("HELLO\n")
		client.SendInPieces("half a li")
		client.Reset()
	}
	last := server.Dial()
	last.Want("HELLO\n")
	converse(last, "after\n", "AFTER\n")
	last.Close()
	server.WantNoLeak(before)
}

// While the server waits, for a client or for a line, it uses no processor time.
//
//lab:points 0
//lab:needs TestGreetsBeforeItReads
//lab:hint Accept and Read wait by themselves. Does your program ask again and again instead?
func TestWaitingCostsNoProcessorTime(t *testing.T) {
	server := lab.Start(t)
	server.WantIdle()
	server.Dial().Want("HELLO\n")
	server.WantIdle()
}

// One client at a time: the second is not greeted while the first is silent, for a second and a half, and is as soon as the
// first has left; the third is as soon as the second has its answer.
//
//lab:points 1
//lab:needs TestGreetsBeforeItReads TestWaitingCostsNoProcessorTime
//lab:hint In this exercise the server talks to one client, and only then accepts the next. No goroutine is needed.
func TestServesOneClientAtATime(t *testing.T) {
	server, first := greeted(t)
	second := server.Dial()
	server.Pause(silence)
	second.WantSilence()
	first.Close()
	second.Want("HELLO\n")
	converse(second, "my turn\n", "MY TURN\n")
	server.Dial().Want("HELLO\n") // second has not closed its own end, and need not
}

// The server can be started again at once although it was killed in mid-conversation.
//
//lab:points 1
//lab:needs TestGreetsBeforeItReads
//lab:hint Old connections keep the port busy for a while, unless SO_REUSEADDR is set. What does net.Listen do for you?
func TestRestartsOnTheSamePort(t *testing.T) {
	server, client := greeted(t)
	client.SendInPieces("half a li")
	server.Kill()
	server.StartAgain()
	next := server.Dial()
	next.Want("HELLO\n")
	converse(next, "here again\n", "HERE AGAIN\n")
}
