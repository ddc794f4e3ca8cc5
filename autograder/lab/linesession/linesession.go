// Package linesession is the conformance suite of the line sessions that the servers of several exercises hold, each in a
// style of its own: every line is answered with "> " and the line in upper case, and the line "bye" ends the session.
//
// There is one function for each rule. It takes a started server, and holds however the server is built. What shows that the
// rules can be broken is the wrong programs of the exercises whose hidden tests call them.
package linesession

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	client.SendByteByByte("ended by CR LF\r\n")
	client.Want("> ENDED BY CR LF\n")
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

// thinking is the pause of a client that thinks, or reads slowly. There is no limit to it; tests have to have one.
const thinking = 1500 * time.Millisecond

// WaitsForAClientThatThinks: a client that pauses for a second and a half, between two lines or within one, is still served.
func WaitsForAClientThatThinks(server *lab.Program) {
	between, within, before := server.Dial(), server.Dial(), server.Dial()
	exchange(between, "a line")
	exchange(within, "a line")
	within.SendInPieces("half a ")
	server.Pause(thinking)
	exchange(before, "the first")
	exchange(between, "the second")
	within.Send("line\n")
	within.Want("> HALF A LINE\n")
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

// ServesAtOnce: n clients are in the middle of a line at the same time, which is the first one of half of them, and a long one of
// every fourth, and are answered in the reverse order of their coming.
func ServesAtOnce(server *lab.Program, n int) {
	clients := server.DialMany(n)
	for _, client := range clients[:n/2] {
		exchange(client, "a line, and a longer one than the next")
	}
	lines := make([]string, n)
	for i, client := range clients {
		lines[i] = "my name is " + client.Name()
		if i%4 == 0 {
			lines[i] += longestLine[:5<<10]
		}
		client.SendInPieces(lines[i])
	}
	for i, client := range slices.Backward(clients) {
		client.Send(", or is it?\n")
		client.Want(answer(lines[i] + ", or is it?"))
	}
}

// SurvivesRudeClients: clients that leave or reset their connections, at any moment, harm nobody else.
func SurvivesRudeClients(server *lab.Program) {
	polite := server.Dial()
	exchange(polite, "a line")
	polite.SendInPieces("half a ")
	much := strings.Repeat("much\n", 32<<10)
	rude := []string{"", "\n", "half a line", "a line\n", "bye\n", "bye\n" + much, much, strings.Repeat("x", 2*LongestLine)}
	for _, sent := range rude {
		leaving, resetting := server.Dial(), server.Dial()
		leaving.Send(sent)
		leaving.Close()
		resetting.Send(sent)
		resetting.Reset()
	}
	server.WantAtRest() // whatever comes of that has come
	halfway := server.Dial()
	halfway.SendInPieces("half a line") // which is read before the reset, as what those above have sent may not be
	halfway.Reset()
	server.WantAtRest()
	// Together they get all that the rude ones may have left behind.
	for _, next := range server.DialMany(1 + 2*len(rude)) {
		exchange(next, "a line")
	}
	polite.Send("line\n")
	polite.Want("> HALF A LINE\n")
}

// SurvivesWithoutDescriptors: when no descriptor is left and a client cannot be accepted, nobody else is harmed, and whoever waits
// is served as soon as there is one again, be it that nobody else says a word or that others talk on.
func SurvivesWithoutDescriptors(server *lab.Program) {
	here, talks, leaves := server.Dial(), server.Dial(), server.Dial()
	exchange(here, "a line")
	exchange(talks, "a line")
	exchange(leaves, "a line")
	server.WithDescriptors(0, func() {
		next := server.Dial()
		server.WantAtRest()
		leaves.Close()
		exchange(next, "there is room for one")
	})
	var waiting *lab.Conn
	server.WithDescriptors(0, func() {
		waiting = server.Dial()
		server.WantAtRest()
		// In the first pause it may have tried again many times. Of two lines as far apart as the second, not both come just before
		// a wait is over: whoever waits before it accepts again lets nobody else wait for that.
		for _, pause := range []time.Duration{thinking, 400 * time.Millisecond} {
			server.Pause(pause)
			here.Send("meanwhile\n")
			here.WantAtOnce(answer("meanwhile"))
		}
	})
	defer talks.SendMeanwhile("\n", 20*time.Millisecond)() // nobody has to be quiet for that
	exchange(waiting, "at last")
	exchange(here, "still here")
}

// LeavesNothingBehind: after a hundred sessions that end in five different ways, some whose clients have reset the connection before
// it was accepted, and two whose clients leave while answers to them cannot be written, the server holds no more than before, uses
// no processor time, and serves.
func LeavesNothingBehind(server *lab.Program) {
	serves(server, "before")
	visits := func(rounds int) {
		for range rounds {
			serves(server, "ended by bye")
			for _, end := range []func(*lab.Conn){abandon, reset, halfClose, sayTooMuch} {
				client := server.Dial()
				exchange(client, "a line")
				end(client)
			}
		}
		server.AllAtOnce(func() {
			for _, client := range server.DialMany(rounds) {
				client.Reset()
			}
		})
		for _, end := range []func(*lab.Conn){(*lab.Conn).Close, (*lab.Conn).Reset} {
			client := server.Dial(lab.ReceiveBuffer(4 << 10))
			client.SendUntilHeld(strings.Repeat("nobody reads this\n", chunk/len("nobody reads this\n")), chunks)
			end(client)
		}
	}
	before := server.Footprint(func() { visits(2) })
	visits(18)
	server.WantNoLeak(before)
	server.WantIdle()
	serves(server, "after")
}

// KeepsNothingInMemory: however many sessions have ended, in order or not, the server's memory is what it was. The server is one
// of lab.StartFrugal.
func KeepsNothingInMemory(server *lab.Program) {
	server.WantSteadyMemory(512<<10, func() { // 0.8 KiB of each client that resets; a goroutine takes 2.7
		for range 40 {
			serves(server, "ended by bye")
			serves(server, "and once more")
			for range 2 {
				talkative := server.Dial()
				talkative.Send("bye\n" + strings.Repeat("too late to be heard\n", 100)) // no queue of lines takes them all
				talkative.Want("> BYE\n")
				talkative.WantEOF()
				talkative.Close()
			}
			for _, end := range []func(*lab.Conn){abandon, halfClose, reset,
				(*lab.Conn).Reset, (*lab.Conn).Reset, (*lab.Conn).Reset, (*lab.Conn).Reset} {
				client := server.Dial()
				exchange(client, "a line")
				end(client)
			}
		}
	})
}

func abandon(client *lab.Conn) {
	client.SendInPieces("half a line")
	client.Close()
}

func reset(client *lab.Conn) {
	client.Send("nobody reads the answer\n")
	client.Reset()
}

func halfClose(client *lab.Conn) {
	client.HalfClose()
	client.WantEOF()
	client.Close()
}

func sayTooMuch(client *lab.Conn) {
	client.Send(strings.Repeat("x", LongestLine+1) + "\n")
	client.WantEnd()
	client.Close()
}
