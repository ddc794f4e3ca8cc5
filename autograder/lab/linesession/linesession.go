// Package linesession is the conformance suite of the line sessions that the servers of several exercises hold, each in a
// style of its own: every line is answered with "> " and the line in upper case, and the line "bye" ends the session.
//
// There is one function for each rule. It takes a started server, and holds however the server is built. What shows that the
// rules can be broken is the wrong programs of the exercises whose hidden tests call them.
package linesession

import (
	"fmt"
	"strconv"
	"strings"

	"tcplab/autograder/lab"
)

// LongestLine is how long a line may be, in bytes, its terminator excluded.
const LongestLine = 1 << 16

// Conformance wants the rules of a single session, one after the other, from one server: all but those that are about several
// clients, about memory or about time.
func Conformance(server *lab.Program) {
	rules := []struct {
		name string
		hold func(*lab.Program)
	}{
		{"each line is answered", AnswersLineAfterLine},
		{"lines arrive in pieces", PutsPiecesTogether},
		{"many lines arrive at once", AnswersInOrder},
		{"a line's content is kept", KeepsContent},
		{"an empty line is a line", AnswersEmptyLines},
		{"bye ends the session", ByeEndsTheSession},
		{"bye is a line of its own", OnlyByeAloneIsBye},
		{"the goodbye arrives whole", SaysGoodbyeWhole},
		{"the last line lacks its newline", AnswersAnUnterminatedLine},
		{"the longest line is answered", AnswersTheLongestLine},
		{"a longer line ends the session", EndsAtALongerLine},
	}
	for _, rule := range rules {
		server.Note(rule.name)
		rule.hold(server)
	}
}

var longestLine = strings.Repeat("0123456789abcdef", LongestLine/16)

// exchange sends a line and wants its answer.
func exchange(client *lab.Conn, line string) {
	client.Send(line + "\n")
	client.Want(answer(line))
}

func answer(line string) string { return "> " + strings.ToUpper(line) + "\n" }

// serves wants the server to hold one more session, from its beginning to its end.
func serves(server *lab.Program, line string) {
	client := server.Dial()
	exchange(client, line)
	exchange(client, "bye")
	client.WantEOF()
	client.Close()
}

// AnswersLineAfterLine: each line is answered with "> " and the line in upper case, and nothing else is sent.
func AnswersLineAfterLine(server *lab.Program) {
	client := server.Dial()
	exchange(client, "Hello, World! 1 + 1 = 2")
	exchange(client, "and again")
	client.WantSilence()
	exchange(client, "one more time")
}

// PutsPiecesTogether: a line is complete when its newline has come, in however many pieces it arrives.
func PutsPiecesTogether(server *lab.Program) {
	client := server.Dial()
	client.SendInPieces("o", "ne line, ", "four ", "pieces")
	client.Send("\n")
	client.Want("> ONE LINE, FOUR PIECES\n")
	client.SendInPieces("another", " one")
	client.WantSilence()
	client.Send("\n")
	client.Want("> ANOTHER ONE\n")
}

// AnswersInOrder: many lines in one segment are all answered, in their order, and none waits for the one behind it to be whole.
func AnswersInOrder(server *lab.Program) {
	client := server.Dial()
	sent, want := numberedLines(500, "of many")
	client.Send(sent)
	client.Want(want)
	client.Send("a whole line\nand half") // who has sent a line may wait for its answer before the next one is whole
	client.Want("> A WHOLE LINE\n")
	client.Send(" of one\n")
	client.Want("> AND HALF OF ONE\n")
	for size := 1 << 9; size <= LongestLine; size *= 2 { // it fills whatever it is read into, and nothing is behind it
		exchange(client, longestLine[:size-len("\n")])
	}
	exchange(client, "that was all")
}

// numberedLines are n lines of which no two are equal, and their answers.
func numberedLines(n int, text string) (lines, answers string) {
	var all, want strings.Builder
	room := n * (len("> line \n") + len(strconv.Itoa(n)) + len(" ") + len(text))
	all.Grow(room)
	want.Grow(room)
	for i := range n {
		line := fmt.Sprintf("line %d %s", i, text)
		all.WriteString(line + "\n")
		want.WriteString(answer(line))
	}
	return all.String(), want.String()
}

// KeepsContent: a CR right before the LF is no part of a line; a CR elsewhere, spaces, tabs, NUL, percent signs and letters beyond
// ASCII are, though all their bytes arrive one by one.
func KeepsContent(server *lab.Program) {
	client := server.Dial()
	client.SendByteByByte("ended by CR LF\r\nended by CR CR LF\r\r\n")
	client.Want("> ENDED BY CR LF\n> ENDED BY CR CR LF\r\n")
	for _, line := range []string{" ", "  two  spaces\t", "\tNUL \x00 within\x00", "CR\rwithin", "100%d %%", "crème brûlée, mañana, grün, жук, λ"} {
		client.SendByteByByte(line + "\n")
		client.Want(answer(line))
	}
}

// AnswersEmptyLines: an empty line is a line like any other.
func AnswersEmptyLines(server *lab.Program) {
	client := server.Dial()
	exchange(client, "")
	client.Send("\n\r\n\nfour\n")
	client.Want("> \n> \n> \n> FOUR\n")
}

// ByeEndsTheSession: the line bye, in any case, is answered and then ends the session.
func ByeEndsTheSession(server *lab.Program) {
	for _, bye := range []string{"bye\n", "BYE\n", "ByE\n", "bYe\r\n"} {
		client := server.Dial()
		exchange(client, "hello")
		client.Send(bye)
		client.Want("> BYE\n")
		client.WantEOF()
		client.Close()
	}
}

// OnlyByeAloneIsBye: a line in which bye is not alone is a line like any other.
func OnlyByeAloneIsBye(server *lab.Program) {
	client := server.Dial()
	for _, line := range []string{"BYEBYE", " bye", "bye ", "\tbye", "bye.", "good bye", "by", "bye bye"} {
		exchange(client, line)
	}
	for size := 1 << 9; size < LongestLine; size *= 2 { // bye begins where the next piece of the line may
		exchange(client, longestLine[:size]+"bye")
	}
	client.WantSilence()
	exchange(client, "still here")
}

// SaysGoodbyeWhole: the answer to bye arrives whole, and then the end of the stream, although the client has sent a mebibyte
// more behind its bye. None of that is answered, whether or not there is room for the goodbye at once. The client may also have
// closed its sending side by then, or say more only now, and begin to read when the server has done all that it does, and behind
// the lines that follow its bye there may be one that is too long.
func SaysGoodbyeWhole(server *lab.Program) {
	const more = "too late to be heard\n"
	client := server.Dial()
	client.Send("hello\nbye\n" + strings.Repeat(more, 1<<20/len(more)))
	client.Want("> HELLO\n> BYE\n")
	client.WantEOF()
	client.Close()
	// Where all that a client sends fits the window of a new connection (64 KiB), the answers may be many and short. Where it does
	// not, they have to be long. Many short segments fill the client's buffer before its window, and from then on it takes no
	// segment of the server's, nor does it learn from one that the server has room again: it keeps what it has not sent until it
	// reads, for longer perhaps than a server waits for what comes behind the bye (for more than a second in 4 of 1,000 sessions
	// of exercise 7, on a busy machine; with long answers in none of 11,000).
	long := longestLine[:2<<10]
	for _, session := range []struct {
		line   string
		times  int
		behind string
	}{
		{"", 48 << 10, strings.Repeat(more, 100)},
		{long, 12, strings.Repeat(more, 100) + longestLine + longestLine},
		{long, 6, longestLine + longestLine}, // once more, for a server of two goroutines, of which the one or the other reads this
		{long, 6, longestLine + longestLine},
		{long, 96, strings.Repeat(more, 100)}, // there is no room for all the answers: that to bye has to wait
		{long, 112, strings.Repeat(more, 100)},
	} {
		late := server.Dial(lab.ReceiveBuffer(4 << 10))
		server.AllAtOnce(func() {
			late.Send(strings.Repeat(session.line+"\n", session.times) + "bye\n" + session.behind)
			late.HalfClose()
		})
		server.WantAtRest()
		late.Want(strings.Repeat(answer(session.line), session.times) + "> BYE\n")
		late.WantEOF()
	}
	// Who says something more only when the server has said goodbye must not lose what the two kernels still hold.
	late := server.Dial(lab.ReceiveBuffer(4 << 10))
	late.Send(strings.Repeat("\n", 40<<10) + "bye\n")
	server.WantAtRest()
	late.Send(more)
	server.WantAtRest()
	late.Want(strings.Repeat(answer(""), 40<<10) + "> BYE\n")
	late.WantEOF()
}

// AnswersAnUnterminatedLine: what a client has sent since the last newline when it closes its sending side is a line. Where
// that is nothing, it is no line. A client that begins to read later is answered as well.
func AnswersAnUnterminatedLine(server *lab.Program) {
	for _, session := range []struct{ sent, want string }{
		{"first\n\tthe last ", "> FIRST\n> \tTHE LAST \n"},
		{"first\nbye", "> FIRST\n> BYE\n"},
		{"first\nx", "> FIRST\n> X\n"},
		{"first\n\n", "> FIRST\n> \n"},
		{"first\n", "> FIRST\n"},
		{"", ""},
		{longestLine, answer(longestLine)}, // its end is that of a buffer, too
	} {
		client := server.Dial()
		client.Send(session.sent)
		client.HalfClose()
		client.Want(session.want)
		client.WantEOF()
	}
	// The socket of a client that does not read has room for 19 of these answers and a part of the next. A writer beside the
	// reader may keep some more, and has not written them when the end comes.
	long := strings.Repeat("not yet read", 10_000/12)
	for _, lines := range []int{20, 30} {
		late := server.Dial(lab.ReceiveBuffer(4 << 10))
		late.Send(strings.Repeat(long+"\n", lines) + "the last")
		late.HalfClose()
		server.WantAtRest()
		late.Want(strings.Repeat(answer(long), lines) + answer("the last"))
		late.WantEOF()
	}
}

// AnswersTheLongestLine: a line of exactly LongestLine bytes is answered, wherever in the session it comes and whether it ends in
// LF or in CR LF, of which the LF may come later.
func AnswersTheLongestLine(server *lab.Program) {
	client := server.Dial()
	exchange(client, longestLine)
	for _, before := range []int{1 << 10, 4 << 10, 16 << 10, 32 << 10} { // it begins anywhere in a buffer
		lines := before / len("short\n")
		client.SendInPieces(strings.Repeat("short\n", lines) + longestLine[:1])
		client.Send(longestLine[1:] + "\n")
		client.Want(strings.Repeat(answer("short"), lines) + answer(longestLine))
	}
	client.Send("short\n" + longestLine + "\r\n" + longestLine + "\n")
	client.Want(answer("short") + answer(longestLine) + answer(longestLine))
	client.SendInPieces(longestLine + "\r")
	client.Send("\n")
	client.Want(answer(longestLine))
	exchange(client, "still here")
}

// EndsAtALongerLine: a line of more than LongestLine bytes ends the session without an answer, in order or by a reset, and
// harms nobody else. Bytes are counted, not letters, and the end of the stream in place of the newline changes nothing.
func EndsAtALongerLine(server *lab.Program) {
	for _, line := range []string{
		strings.Repeat("x", LongestLine+1),
		strings.Repeat("x", 4*LongestLine),
		strings.Repeat("é", LongestLine/2+1),
	} {
		client := server.Dial()
		exchange(client, "a short line")
		client.Send(line + "\n")
		client.WantEnd()
		client.Close()
	}
	client := server.Dial()
	exchange(client, "a short line")
	client.Send(strings.Repeat("x", LongestLine+1))
	client.HalfClose()
	client.WantEnd()
	serves(server, "somebody else")
}
