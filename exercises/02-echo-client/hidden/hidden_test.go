// Package hidden holds the tests that grade exercise 2. They play the server, well and badly.
//
//lab:port 3232
//lab:kind client
package hidden

import (
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

const (
	hello = "HELLO\n"
	line  = "ThIS is a TeSt\n"
	reply = "THIS IS A TEST\n"
)

// asked starts the client and greets it. The client has sent its line, and waits for the reply.
func asked(t *testing.T) (*lab.Program, *lab.Conn) {
	t.Helper()
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Send(hello)
	conn.Want(line)
	return client, conn
}

// wantOK closes the server's side in order, as most servers do after the reply, and wants the client to report success.
func wantOK(client *lab.Program, conn *lab.Conn) {
	conn.HalfClose()
	conn.WantEOF()
	client.WantExit(0)
	client.WantStdout("OK\n")
}

// wantFailure wants the client to give up in time, with a reason on standard error and nothing on standard output.
func wantFailure(client *lab.Program) {
	client.WantExitWithin(5*time.Second, 1)
	client.WantStdout("")
	client.WantStderr()
}

// wantRefused runs the client once for each of these wrong replies.
func wantRefused(t *testing.T, replies ...string) {
	t.Helper()
	client := lab.Serve(t)
	for i, wrong := range replies {
		if i > 0 {
			client.StartAgain()
		}
		conn := client.Accept()
		conn.Send(hello)
		conn.Want(line)
		conn.Send(wrong)
		wantFailure(client)
	}
}

// The client sends its line and not a byte more, prints OK, closes the connection and ends with status 0.
//
//lab:points 1
//lab:hint Compare the bytes: does your line end in one "\n", and does nothing but OK go to standard output?
func TestSendsItsLineAndReportsSuccess(t *testing.T) {
	client, conn := asked(t)
	conn.Send(reply)
	wantOK(client, conn)
}

// The server speaks first: until HELLO is complete, the client sends nothing.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint What does your program do between connecting and its first Write?
func TestWaitsForTheGreeting(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.SendInPieces("HELLO")
	conn.WantSilence()
	conn.Send("\n")
	conn.Want(line)
	conn.Send(reply)
	wantOK(client, conn)
}

// Greeting and reply may arrive byte by byte.
//
//lab:points 1
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint One Read returns what has arrived, which may be a single byte. How long do you have to go on reading?
func TestGreetingAndReplyMayArriveByteByByte(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.SendByteByByte(hello)
	conn.Want(line)
	conn.SendByteByByte(reply)
	wantOK(client, conn)
}

// A server that knows what will come may send greeting and reply in one segment, or the greeting and a part of the reply.
//
//lab:points 1
//lab:needs TestWaitsForTheGreeting
//lab:hint One Read may return both lines. Where are the bytes behind the first newline when you look for the second line?
func TestGreetingAndReplyMayArriveInOneSegment(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.Send(hello + reply)
	conn.Want(line)
	wantOK(client, conn)
	client.StartAgain()
	conn = client.Accept()
	conn.Send(hello + reply[:4])
	conn.Want(line)
	conn.Send(reply[4:])
	wantOK(client, conn)
}

// A carriage return right before a newline is not part of the line, be it of both lines or of one of them.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint Some servers end their lines in "\r\n". What is left of such a line when you cut off "\n"?
func TestLinesMayEndInCRLF(t *testing.T) {
	client := lab.Serve(t)
	for i, lines := range [][2]string{{"HELLO\r\n", "THIS IS A TEST\r\n"}, {"HELLO\r\n", "THIS IS A TEST\n"}, {"HELLO\n", "THIS IS A TEST\r\n"}} {
		if i > 0 {
			client.StartAgain()
		}
		conn := client.Accept()
		conn.Send(lines[0])
		conn.Want(line)
		conn.Send(lines[1])
		wantOK(client, conn)
	}
	client.StartAgain()
	conn := client.Accept()
	conn.SendByteByByte("HELLO\r\n")
	conn.Want(line)
	conn.SendByteByByte("THIS IS A TEST\r\n")
	wantOK(client, conn)
}

// The newline ends the reply: the client ends at once, although the server keeps the connection open.
//
//lab:points 1
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint Does your program read on after the reply, until the server closes?
func TestEndsAlthoughTheServerKeepsTheConnectionOpen(t *testing.T) {
	client, conn := asked(t)
	conn.Send(reply)
	client.WantExitAtOnce(0)
	conn.WantEOF()
	client.WantStdout("OK\n")
}

// A greeting other than HELLO is refused, even if the right reply follows.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint The whole greeting has to be HELLO: not similar to it, not the beginning of it, and not its end.
func TestRefusesAWrongGreeting(t *testing.T) {
	client := lab.Serve(t)
	for i, greeting := range []string{"\nHELLO\n", "HOWDY\n", "hello\n", "HELL\n", "HELLO!\n", " HELLO\n", "HELLO \n", "HEL\rLO\n", "HELLO\r\r\n",
		strings.Repeat("x", 64<<10) + "HELLO\n"} {
		if i > 0 {
			client.StartAgain()
		}
		client.Accept().Send(greeting + reply)
		wantFailure(client)
	}
}

// A reply that is not in upper case throughout is refused.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint What does your program compare: the line as it came, or a changed copy of it?
func TestRefusesAReplyInTheWrongCase(t *testing.T) {
	wantRefused(t, "this is a test\n", line, "THIS IS A TESt\n")
}

// A reply that is only the beginning of the right one is refused.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint How many bytes does your program compare: as many as it wants, or as many as have come?
func TestRefusesAPrefixOfTheReply(t *testing.T) {
	wantRefused(t, "THIS IS A TES\n", "THIS\n", "T\n")
}

// An empty line is a line, and a wrong reply, whatever follows it.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint What does your program do with an empty line: refuse it, skip it, or forget to look at it?
func TestRefusesAnEmptyReply(t *testing.T) {
	wantRefused(t, "\n"+reply, "\n", "\r\n")
}

// A reply that holds the right one and more is refused: more letters, more spaces, or a second carriage return.
//
//lab:points 1
//lab:needs TestRefusesAWrongGreeting TestRefusesAReplyInTheWrongCase TestRefusesAPrefixOfTheReply
//lab:needs TestRefusesAnEmptyReply TestLinesMayEndInCRLF
//lab:hint Only "\n", and one "\r" right before it, are no part of a line. strings.TrimSpace and strings.TrimRight take away more.
func TestRefusesALongerReply(t *testing.T) {
	wantRefused(t, "THIS IS A TESTS\n", "THIS IS A TEST \n", " THIS IS A TEST\n", "THIS  IS A TEST\n", "THIS IS A TEST\x00\n",
		"THIS IS A TEST\rOR NOT\n", "THIS IS A TEST\r\r\n")
}

// A server that closes the connection instead of greeting has failed, even if only the newline is missing. It is sent nothing.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint Reading returns io.EOF when the server has closed. Is that what you wanted to read, and is half a greeting one?
func TestTheEndOfTheStreamIsNoGreeting(t *testing.T) {
	client := lab.Serve(t)
	client.Accept().HalfClose()
	wantFailure(client)
	for _, sent := range []string{"HELLO", "HELLO\r"} {
		client.StartAgain()
		conn := client.Accept()
		conn.SendInPieces(sent)
		conn.HalfClose()
		conn.WantEOF()
		wantFailure(client)
	}
}

// A server that closes the connection instead of replying has failed.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint Reading returns io.EOF when the server has closed. Is that what you wanted to read?
func TestTheEndOfTheStreamIsNoReply(t *testing.T) {
	client, conn := asked(t)
	conn.HalfClose()
	wantFailure(client)
}

// A connection that is reset is a failure: in the greeting, instead of the reply, or in the middle of the reply.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint Read has more errors than io.EOF. What does your program do with the others?
func TestAResetIsAFailure(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.SendInPieces("HEL")
	conn.Reset()
	wantFailure(client)
	for _, sent := range []string{"", "THIS IS A"} {
		client.StartAgain()
		conn := client.Accept()
		conn.Send(hello)
		conn.Want(line)
		conn.SendInPieces(sent)
		conn.Reset()
		wantFailure(client)
	}
}

// A reply that stops before its newline because the server has closed is a failure, even if all its letters are there.
//
//lab:points 1
//lab:needs TestTheEndOfTheStreamIsNoGreeting TestTheEndOfTheStreamIsNoReply TestAResetIsAFailure
//lab:hint How does your program tell a line that ends in "\n" from one that ends with the connection?
func TestTheEndOfTheStreamMayCutTheReply(t *testing.T) {
	client := lab.Serve(t)
	for i, sent := range []string{"T", "THIS IS A", "THIS IS A TES", "THIS IS A TEST", "THIS IS A TEST\r"} {
		if i > 0 {
			client.StartAgain()
		}
		conn := client.Accept()
		conn.Send(hello)
		conn.Want(line)
		conn.SendInPieces(sent)
		conn.HalfClose()
		wantFailure(client)
	}
}

// A server that never greets is given up within five seconds.
//
//lab:points 1
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint A Read without a deadline waits for ever: see go doc net.Conn.SetDeadline.
func TestGivesUpOnAServerThatNeverGreets(t *testing.T) {
	client := lab.Serve(t)
	client.Accept()
	wantFailure(client)
}

// A server that never replies is given up within five seconds, and not asked again.
//
//lab:points 1
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint Does your deadline hold for the second line, too?
func TestGivesUpOnAServerThatNeverReplies(t *testing.T) {
	client, conn := asked(t)
	wantFailure(client)
	conn.WantEOF()
}

// A reply is whole with its newline: where that never comes, the client gives up, although all the letters are there.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint What does your program make of what it has read when the deadline ends the reading?
func TestGivesUpOnAReplyWithoutItsNewline(t *testing.T) {
	client, conn := asked(t)
	conn.Send(strings.TrimSuffix(reply, "\n"))
	wantFailure(client)
}

// The five seconds are for everything together: a server that sends a byte every 0.57 seconds does not get more of them.
//
//lab:points 0
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint A deadline is a moment. When do you set it: once, or again for every line or every Read?
func TestGivesUpOnAServerThatIsTooSlow(t *testing.T) {
	client := lab.Serve(t)
	conn := client.Accept()
	conn.SendSlowly("HELLO\n", 570*time.Millisecond) // so late that three seconds more are too much
	defer conn.SendMeanwhile("T", 570*time.Millisecond)()
	wantFailure(client)
}

// A greeting or a reply that never ends is given up, and does not fill the memory: the client stays below 24 MiB.
//
//lab:points 1
//lab:needs TestGivesUpOnAServerThatIsTooSlow TestGivesUpOnAReplyWithoutItsNewline
//lab:hint How long can the right line be? What is longer need not be read to its end, let alone kept.
func TestGivesUpOnAReplyThatNeverEnds(t *testing.T) {
	client := lab.Serve(t)
	client.WantPeakMemoryBelowAfter(func() {
		conn := client.Accept()
		conn.Send(hello)
		conn.Want(line)
		conn.SendEndlessly(strings.Repeat("THIS IS A TEST ", 1<<16))
	}, 24<<20)
	wantFailure(client)
	client.StartAgain()
	client.WantPeakMemoryBelowAfter(func() { client.Accept().SendEndlessly(strings.Repeat("HELLO ", 1<<17)) }, 24<<20)
	wantFailure(client)
}

// Where nobody listens, the client says why it has failed.
//
//lab:points 1
//lab:needs TestSendsItsLineAndReportsSuccess
//lab:hint net.Dial returns an error. Where is it printed, and with which status does your program end then?
func TestSaysSoWhenNobodyListens(t *testing.T) {
	client := lab.ServeNobody(t)
	wantFailure(client)
}
