// Package hidden holds the tests that grade exercise 8.
//
//lab:port 9034
//lab:kind server
//lab:module golang.org/x/sys
package hidden

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
	"tcplab/autograder/lab/linesession"
)

// The program starts no goroutine: neither with a go statement nor with a function that starts one.
//
//lab:points 0
//lab:hint What would the goroutine wait for? There is a call that waits for this and for everything else.
func TestStartsNoGoroutine(t *testing.T) {
	source := lab.SourceOf(t)
	source.ForbidStatements("All sessions are held by one thread here.", "go")
	source.ForbidUses("It runs a function in a goroutine of its own, as a go statement does.",
		"time.AfterFunc", "context.AfterFunc", "sync.WaitGroup", "runtime.SetFinalizer", "runtime.AddCleanup")
	source.ForbidUses("It makes a goroutine for each sequence: what a session has to remember stands in variables here.",
		"iter.Pull", "iter.Pull2")
	source.ForbidImports("It is there to start something beside the program, which is one thread here.",
		"os/exec", "golang.org/x/sys/execabs", "runtime/pprof", "runtime/trace", "database/sql", "testing")
}

// The program uses neither the package net nor anything that is built on it, and makes no os.File of a socket.
//
//lab:points 0
//lab:hint Exercise 6 makes a listener without it. What does a socket need besides, so that no call waits for it?
func TestDoesWithoutThePackageNet(t *testing.T) {
	source := lab.SourceOf(t)
	source.ForbidImports("It waits for its sockets itself, and with goroutines; here you wait.", "net")
	source.ForbidUses("An os.File of a socket waits for it where net does, in the runtime; here you wait.", lab.FilesOfSockets...)
}

// The program never sleeps: the one call that waits for all sockets has a time-out, if something is to be done later.
//
//lab:points 0
//lab:hint Who is served while your only thread sleeps? How long should poll wait instead?
func TestNeverSleeps(t *testing.T) {
	lab.SourceOf(t).ForbidUses("While the only thread sleeps, nobody is served: give the call that waits a time-out.",
		"time.Sleep", "time.After", "time.Tick", "time.NewTimer", "time.NewTicker",
		"golang.org/x/sys/unix.Nanosleep", "golang.org/x/sys/unix.ClockNanosleep", "syscall.Nanosleep")
}

// A line is complete when its newline has come, in however many pieces it arrives.
//
//lab:points 0
//lab:hint Where is half a line while you wait for whatever comes next? And how does poll learn that there is an answer to write?
func TestALineMayArriveInPieces(t *testing.T) {
	linesession.PutsPiecesTogether(lab.Start(t))
}

// Many lines that arrive in one segment are all answered, in their order, and none waits for the next one to be whole.
//
//lab:points 0
//lab:needs TestALineMayArriveInPieces
//lab:hint What was read may hold many lines, and what is there may be more than you read. Which event tells you so?
func TestManyLinesInOneSegmentAreAnsweredInOrder(t *testing.T) {
	linesession.AnswersInOrder(lab.Start(t))
}

// A session is one of exercise 4: the transcript's notes say which of its rules are kept.
//
//lab:points 1
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint The last note in the transcript names the rule. How does your solution of exercise 4 keep it?
func TestHoldsTheSessionsOfExercise4(t *testing.T) {
	linesession.Conformance(lab.Start(t))
}

// "> BYE" arrives whole, and then the end of the stream, even when the client has sent a mebibyte more behind its bye, or when
// the socket has no room for all answers before it. As whole is what a client gets that closes its sending side instead.
//
//lab:points 0
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint What does the kernel do when a socket with unread input is closed? And how much is not written yet when the bye, or the end of the stream, comes?
func TestTheGoodbyeArrivesWhole(t *testing.T) {
	server := lab.Start(t)
	linesession.SaysGoodbyeWhole(server)
	leaving := server.DialMany(len(moreThanFits), lab.ReceiveBuffer(4<<10))
	halfClosed := server.DialMany(len(moreThanFits), lab.ReceiveBuffer(4<<10))
	unended, last := server.Dial(lab.ReceiveBuffer(4<<10)), strings.Repeat("a last line ", 5<<10)
	server.AllAtOnce(func() {
		unended.Send(strings.Repeat("\n", 50_000) + last)
		unended.HalfClose()
		for i, lines := range moreThanFits {
			leaving[i].Send(strings.Repeat("\n", lines) + "bye\n")
			halfClosed[i].Send(strings.Repeat("\n", lines))
			halfClosed[i].HalfClose()
		}
	})
	server.WantAtRest()
	unended.Want(strings.Repeat("> \n", 50_000) + "> " + strings.ToUpper(last) + "\n")
	unended.WantEOF()
	for i, lines := range moreThanFits {
		leaving[i].Want(strings.Repeat("> \n", lines) + "> BYE\n")
		leaving[i].WantEOF()
		halfClosed[i].Want(strings.Repeat("> \n", lines))
		halfClosed[i].WantEOF()
	}
}

// moreThanFits are numbers of empty lines with more answers, of three bytes each, than the socket of a client has room for that
// does not read: 192,512 bytes or a little more, measured with the sandbox's buffers and a receive buffer of 4 KiB. With one of
// these numbers, the lines that were read last are the first too many, and what follows them has been read with them.
var moreThanFits = []int{64_600, 65_300, 67_000, 70_000, 100_000}

// While some clients are silent and others have sent half a line, everybody else is served.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestALineMayArriveInPieces
//lab:hint Which call waits for this one client? When is it made, and does it still wait if the socket is non-blocking?
func TestASilentClientDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	silent := server.DialMany(3)
	linesession.ServesAtOnce(server, 64)
	for _, client := range silent {
		client.Send("at last\n")
		client.Want("> AT LAST\n")
	}
}

// A client that sends and sends and never reads an answer delays nobody, and has to wait: its answers cost bounded memory.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint Does write wait for this client? If not, its answers wait in your program: how many of them, before you stop reading?
func TestAClientThatNeverReadsIsHeld(t *testing.T) {
	linesession.HoldsAClientThatNeverReads(lab.Start(t))
}

// 64 MiB without a newline cost no more memory than any other line, and end the session.
//
//lab:points 0
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint How much of a line do you keep before you know its length?
func TestALineWithoutEndCostsNoMemory(t *testing.T) {
	linesession.BoundsALineWithoutEnd(lab.Start(t))
}

// A client that sends 8 MiB of lines and then reads their answers, late and slowly, gets every byte of them. So does one that
// sends less, reads late, and has nothing more to say.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint Write returns how much the socket has taken. Where is the rest, and which event says that there is room for it?
func TestASlowReaderLosesNothing(t *testing.T) {
	linesession.LosesNothingToASlowReader(lab.Start(t))
}

// Waiting costs no processor time: for silent clients, for one that was told goodbye and does not close, for some that do not
// read (one has closed its sending side, and others have said bye), and after one of these has read and one has left.
//
//lab:points 1
//lab:needs TestNeverSleeps TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint Poll returns at once for as long as something is there that you asked for. When should you ask for which event?
func TestWaitingCostsNoProcessorTime(t *testing.T) {
	server := lab.Start(t)
	server.DialMany(8)
	told := server.Dial()
	server.WantIdleAfter(func() {
		told.Send("bye\n")
		told.Want("> BYE\n")
		told.WantEOF()
	})
	told.Close()
	late, halfClosed := server.Dial(lab.ReceiveBuffer(4<<10)), server.Dial(lab.ReceiveBuffer(4<<10))
	halfClosed.Send(strings.Repeat("\n", 128<<10))
	halfClosed.HalfClose()
	late.SendUntilHeld(strings.Repeat("this is read later\n", 100<<10), 1)
	for i, leaving := range server.DialMany(len(moreThanFits), lab.ReceiveBuffer(4<<10)) {
		leaving.Send(strings.Repeat("\n", moreThanFits[i]) + "bye\n" + strings.Repeat("too late to be heard\n", 4<<10))
	}
	server.WantIdle()
	late.Want(strings.Repeat("> THIS IS READ LATER\n", 100<<10))
	halfClosed.Close()
	server.WantIdle()
}

// For a hundred clients the server has no more threads than for one, and no processes.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestALineMayArriveInPieces
//lab:hint What is started when a client comes? Whatever it is, the client needs only a few variables.
func TestOneThreadServesAllClients(t *testing.T) {
	server := lab.Start(t)
	server.Dial().SendInPieces("half a ")
	before := server.Footprint()
	for _, client := range server.DialMany(100) {
		client.SendInPieces("half a ")
	}
	server.WantNoMoreThreads(before)
}

// While nothing happens, the server waits for its listener and for all its clients in one single call, and again in one after a
// signal has interrupted that. It waits nowhere else: not even accepting may.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestNeverSleeps
//lab:hint How does your program learn that something has come: by trying every socket, or by waiting for all of them?
func TestWaitsForAllSocketsInOneCall(t *testing.T) {
	server := lab.Start(t)
	server.WantOneWait()
	server.WantListenerNonBlocking()
	clients := server.DialMany(16)
	for _, client := range clients[:8] {
		client.SendInPieces("half a ")
	}
	server.WantOneWait()
	clients[3].Close()
	clients[12].Send("bye\n")
	clients[12].Want("> BYE\n")
	server.WantOneWait()
	server.Interrupt()
	server.WantOneWait()
	clients[0].Send("line\n")
	clients[0].Want("> HALF A LINE\n")
}

// 1,100 clients are connected at the same time, so that descriptors go beyond 1,023, and all of them are served.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestASilentClientDelaysNobody
//lab:hint What has a fixed size in your program? A set for select has room for the descriptors from 0 to 1,023 only.
func TestServes1100ClientsAtOnce(t *testing.T) {
	clients := lab.Start(t).DialMany(1100)
	for _, client := range clients {
		client.Send("I am " + client.Name() + "\n")
	}
	for _, client := range slices.Backward(clients) {
		client.Want("> I AM " + client.Name() + "\n")
	}
}

// Clients that send as fast as they are read, and read all their answers, do not starve another one, nor one that comes meanwhile.
//
//lab:points 1
//lab:needs TestStartsNoGoroutine TestDoesWithoutThePackageNet TestASilentClientDelaysNobody
//lab:hint For how long do you read from one client before you look after the others? It may never have nothing to say.
func TestAFloodingClientStarvesNobody(t *testing.T) {
	server := lab.Start(t)
	flooding, other := server.DialMany(4), server.Dial()
	for round := range 16 {
		server.FloodUntil(flooding, func() *lab.Conn {
			if round%4 > 0 {
				other = server.Dial() // in the middle of the flood
			}
			return other
		}, "and what about me?\n", "> AND WHAT ABOUT ME?\n", strings.Repeat("abc\n", 16<<10), 3<<19)
	}
}

// Clients that leave or reset the connection, at any moment, neither end the server nor disturb another session.
//
//lab:points 0
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint Which calls fail when a client has gone, and with what? Whose session ends because of that?
func TestARudeClientHarmsNobody(t *testing.T) {
	linesession.SurvivesRudeClients(lab.Start(t))
}

// What is still to be done about a client that has said bye concerns nobody who comes later and gets the same descriptor: a client
// that thinks for longer than a goodbye lasts is answered, again and again.
//
//lab:points 0
//lab:hint What do you remember of a session that is over, and by what? A descriptor is only a number, and soon somebody else's.
func TestTheGoodbyeToOneClientIsForNoOther(t *testing.T) {
	server := lab.Start(t)
	gone := server.Dial()
	gone.Send("bye\n")
	gone.Want("> BYE\n")
	gone.WantEOF()
	gone.Close()
	server.WantAtRest()
	next := server.Dial()
	next.SendInPieces("let me ")
	server.Pause(5500 * time.Millisecond)
	next.Send("think\n")
	next.Want("> LET ME THINK\n")
	next.Send("still here\n")
	next.Want("> STILL HERE\n")
}

// When no descriptor is left, accepting fails. The server goes on, and whoever waits comes in as soon as there is one again,
// be it that others talk on or that nobody does.
//
//lab:points 0
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint What does your program do with an error of accept? Does it pass by itself, and who waits until it has?
func TestOutOfDescriptorsIsNoEnd(t *testing.T) {
	linesession.SurvivesWithoutDescriptors(lab.Start(t))
}

// After a hundred sessions that ended in all the ways that there are, the server holds no more than before, and rests.
//
//lab:points 1
//lab:needs TestOutOfDescriptorsIsNoEnd TestTheGoodbyeArrivesWhole TestTheGoodbyeToOneClientIsForNoOther
//lab:needs TestARudeClientHarmsNobody TestALineWithoutEndCostsNoMemory
//lab:hint On which ways does a session end, and is its socket closed on each of them, and out of what is waited for?
func TestLeavesNothingBehind(t *testing.T) {
	linesession.LeavesNothingBehind(lab.Start(t))
}
