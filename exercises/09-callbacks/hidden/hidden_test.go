// Package hidden holds the tests that grade exercise 9.
//
// Time is part of this protocol, and yet no verdict may depend on how busy the machine is. That an answer does not come too
// early can be measured. That it is not held up is shown by what overtakes what: a slow line of a minute, which nobody waits
// for, is pending while everything else has to be answered.
//
//lab:port 9907
//lab:kind server
//lab:given loop.go
package hidden

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// exchange sends a line and wants its answer.
func exchange(client *lab.Conn, line string) {
	client.Send(line + "\n")
	client.Want(strings.ToUpper(line) + "\n")
}

// serves wants the server to hold one more conversation, from its beginning to its end.
func serves(server *lab.Program, line string) {
	client := server.Dial()
	exchange(client, line)
	client.Send("bye\n")
	client.WantEOF()
	client.Close()
}

// saysAll has a client send all that it has to say and close its sending side, and wants it to get its answers and then the end.
func saysAll(server *lab.Program, sent, want string) {
	client := server.Dial()
	client.Send(sent)
	client.HalfClose()
	client.Want(want)
	client.WantEOF()
}

// letTimePass waits until all slow lines are due that came before and ask for no more than 350 milliseconds: a later one that
// asks for more is answered.
func letTimePass(server *lab.Program) {
	client := server.Dial()
	client.Send("slow 400\n")
	client.Want("DONE 400\n")
	client.Close()
}

// Each line is answered in upper case. Then the conversation goes on.
//
//lab:points 0
//lab:hint Which function is called when a client connects, and what does it register? Is the loop running?
func TestAnswersLineAfterLine(t *testing.T) {
	client := lab.Start(t).Dial()
	exchange(client, "Hello, World! 1 + 1 = 2")
	exchange(client, "and again")
	client.WantSilence()
	exchange(client, "one more time")
}

// The program consists of callbacks: no go statement, no channel, nothing that sleeps, and no network but the loop's.
//
//lab:points 1
//lab:needs TestAnswersLineAfterLine
//lab:hint The loop waits for everything that the program has to wait for. What do you wait for without it?
func TestOnlyRegistersCallbacks(t *testing.T) {
	source := lab.SourceOf(t)
	source.ForbidStatements("Everything happens in callbacks, one at a time.", "go", "chan")
	source.ForbidUses("The loop has timers: After.", "time.Sleep", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick")
	source.ForbidUses("Everything happens in this one process.", "os.StartProcess")
	source.ForbidImports("The loop listens, reads and writes.", "net", "syscall", "os/exec", "os/signal")
	source.ForbidImports("Everything happens in callbacks, one at a time.",
		"sync", "context", "database/sql", "iter", "reflect", "runtime", "runtime/pprof", "runtime/trace", "testing", "testing/synctest", "unsafe")
}

// Lines are answered in the order in which they came, and slow ones in the order in which they are due.
//
//lab:points 1
//lab:needs TestOnlyRegistersCallbacks
//lab:hint Is every line answered in the callback that it comes with? What comes with the next event, if something is left for later?
func TestHandlesEventsInOrder(t *testing.T) {
	client := lab.Start(t).Dial()
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, "%s %d\n", strings.Repeat("line", i%7), i)
	}
	client.Send(lines.String())
	client.Want(strings.ToUpper(lines.String()))
	client.Send("slow 100\nslow 150\nslow 200\nslow 250\n")
	client.Want("DONE 100\nDONE 150\nDONE 200\nDONE 250\n")
}

// A line may arrive byte by byte, split within a letter, too. A CR right before the LF is no part of it; all else is.
//
//lab:points 1
//lab:needs TestAnswersLineAfterLine
//lab:hint The loop gives you whole lines. What is done to a line before it is answered?
func TestLinesAndLettersMayBeSplit(t *testing.T) {
	client := lab.Start(t).Dial()
	for _, line := range []string{"", " ", "  two  spaces\t", "\tNUL \x00 within\x00", "crème brûlée, mañana, grün, жук, λ"} {
		client.SendByteByByte(line + "\n")
		client.Want(strings.ToUpper(line) + "\n")
	}
	client.SendByteByByte("ended by CR LF\r\n")
	client.Want("ENDED BY CR LF\n")
	client.SendInPieces("half a ")
	client.WantSilence()
	client.Send("line\n")
	client.Want("HALF A LINE\n")
}

// The line bye, in any case, closes the connection without an answer.
//
//lab:points 0
//lab:needs TestAnswersLineAfterLine
//lab:hint With what is the line compared, and what is done if it is equal?
func TestByeClosesWithoutAnAnswer(t *testing.T) {
	server := lab.Start(t)
	for _, bye := range []string{"bye\n", "BYE\n", "ByE\n", "bYe\r\n"} {
		client := server.Dial()
		exchange(client, "hello")
		client.Send(bye)
		client.WantEOF()
		client.Close()
	}
}

// A line that only resembles bye or slow N is answered like any other.
//
//lab:points 0
//lab:needs TestByeClosesWithoutAnAnswer
//lab:hint Does your comparison look at all of the line, and at nothing else?
func TestOtherLinesAreOrdinary(t *testing.T) {
	client := lab.Start(t).Dial()
	for _, line := range []string{"byebye", " bye", "bye ", "good bye", "by", "slow", "slow ", "slow down", "slowly 5", "not slow 5", "slow5",
		"slow 5 minutes", "slow 5ms", "slow 1.5", "slow -1", "slow 0x10", " slow 5", "slow 5 "} {
		exchange(client, line)
	}
	client.WantSilence()
}

// What a client sends behind its bye is not answered, a mebibyte of it either. What came before is, and then the stream ends.
//
//lab:points 1
//lab:needs TestOtherLinesAreOrdinary TestALateReaderGetsAllOfIt TestAClientThatNeverReadsIsHeld
//lab:hint When exactly is Close called, and which callbacks can come between bye and then?
func TestIgnoresWhatFollowsBye(t *testing.T) {
	server := lab.Start(t)
	for _, more := range []string{"more\nbye\nslow 0\n", "half a line", strings.Repeat("too late to be heard\n", 50_000), strings.Repeat("x", 1<<20)} {
		client := server.Dial()
		client.Send("hello\nbye\n" + more)
		client.Want("HELLO\n")
		client.WantEOF()
		client.Close()
	}
	serves(server, "somebody else")
}

// After bye, a slow line is not answered any more, and nothing breaks when its time comes. Those of others are answered as before.
//
//lab:points 1
//lab:needs TestNoSlowLineIsAnsweredEarly TestByeClosesWithoutAnAnswer
//lab:hint Close does not stop your timers. Which of them will still call back, and what do they do then? Do you stop those of this client alone?
func TestByeCancelsWhatIsPending(t *testing.T) {
	server := lab.Start(t)
	client := server.Dial()
	client.Send("slow 60000\nbye\n")
	client.WantEOF()
	patient := server.Dial()
	patient.Send("slow 700\n") // asked for before all that is canceled, and due later
	exchange(patient, "I can wait")
	stays := server.Dial()
	stays.Send("slow 200\nslow 100\nbye\n")
	for range 3 {
		overtaken := server.Dial()
		overtaken.Send("slow 350\nslow 0\n")
		overtaken.Want("DONE 0\n")
		overtaken.Send("bye\n")
	}
	patient.Want("DONE 700\n")
	letTimePass(server)
	serves(server, "somebody else")
}

// slow N is answered DONE N, and not before N milliseconds have passed, however close another one is due.
//
//lab:points 0
//lab:needs TestOnlyRegistersCallbacks
//lab:hint After takes a time.Duration. How many of its units is a millisecond? Does each slow line wait for a time of its own?
func TestNoSlowLineIsAnsweredEarly(t *testing.T) {
	client := lab.Start(t).Dial()
	// Several pairs, since on a busy machine the test may see an answer so late that it no longer looks early.
	neighbours := []int{100, 145, 250, 295, 400, 445, 550, 595, 700, 745, 850, 895, 1000}
	for _, waits := range [][]int{{300}, {0}, neighbours, {1}} {
		var lines strings.Builder
		for _, ms := range waits {
			fmt.Fprintf(&lines, "slow %d\n", ms)
		}
		asked := time.Now()
		client.Send(lines.String())
		for _, ms := range waits {
			client.WantNotBefore(asked.Add(time.Duration(ms)*time.Millisecond), fmt.Sprintf("DONE %d\n", ms))
		}
	}
	client.WantSilence()
}

// While a slow line is pending, nobody is delayed: other clients are not, nor are the next lines of the same one.
//
//lab:points 0
//lab:needs TestNoSlowLineIsAnsweredEarly
//lab:hint Who can be called while one of your callbacks has not returned?
func TestASlowLineDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	slow, other := server.Dial(), server.Dial()
	slow.Send("slow 60000\nnext\n")
	slow.Want("NEXT\n")
	exchange(other, "hello")
	serves(server, "a newcomer")
	exchange(slow, "and one more")
	slow.Send("slow 100\n")
	slow.Want("DONE 100\n")
}

// Two hundred clients have two slow lines pending each, one of them of a minute. The short ones all pass at the same time.
//
//lab:points 1
//lab:needs TestASlowLineDelaysNobody
//lab:hint Does each slow line have a timer of its own? What does one that has just come wait for?
func TestTwoHundredSlowLinesPassAtTheSameTime(t *testing.T) {
	server := lab.Start(t)
	clients := server.DialMany(200)
	due := make([]time.Time, len(clients))
	for i, client := range clients {
		due[i] = time.Now().Add(time.Second)
		client.Send("slow 60000\nslow 1000\n")
	}
	for i, client := range clients {
		client.WantNotBefore(due[i], "DONE 1000\n")
	}
	exchange(clients[0], "and everybody is still served")
}

// Each client may have a thousand slow lines pending, however many it had before. One that has ten thousand has gone too far:
// its connection is closed, and nothing breaks when their time comes.
//
//lab:points 0
//lab:needs TestASlowLineDelaysNobody
//lab:hint What does a slow line make your program keep, and how many of them can a client send in a minute? When it is sent away, whose timers do you stop?
func TestPendingLinesAreBounded(t *testing.T) {
	server := lab.Start(t)
	modest, careless, greedy := server.DialMany(3), server.Dial(), server.Dial()
	for _, client := range modest {
		client.Send("slow 60000\n") // pending while all that follows comes and goes
	}
	for range 2 {
		modest[0].Send(strings.Repeat("slow 0\n", 800))
		modest[0].Want(strings.Repeat("DONE 0\n", 800))
	}
	for _, client := range modest {
		client.Send(strings.Repeat("slow 60000\n", 998) + "slow 100\n")
		client.Want("DONE 100\n")
	}
	careless.Send(strings.Repeat("slow 60000\n", 10_001))
	careless.WantEnd()
	greedy.SendUntilHeld(strings.Repeat("slow 60000\n", 6000), 100)
	server.WantPeakMemoryBelow(64 << 20)
	greedy.WantEnd()
	for _, client := range modest {
		exchange(client, "the others are served")
		client.Close()
	}
	hasty := server.Dial()
	hasty.Send(strings.Repeat("slow 200\n", 100) + strings.Repeat("slow 60000\n", 12_000)) // what it is answered does not matter
	letTimePass(server)
	serves(server, "somebody else")
}

func halfCloseAndReset(client *lab.Conn) {
	client.HalfClose()
	client.Reset()
}

func sayTooMuch(client *lab.Conn) {
	client.Send(strings.Repeat("x", 70_000))
	client.WantEnd()
}

// A client may close or reset its connection, or break it by a line that is too long, while a slow line is pending. When its time
// comes, nothing breaks, and nobody else is answered then.
//
//lab:points 1
//lab:needs TestNoSlowLineIsAnsweredEarly TestTheLastLineMayLackItsNewline
//lab:hint A timer fires after its client has gone. What does its callback do, and who could have stopped it?
func TestAClientMayLeaveBeforeItsSlowLineIsDue(t *testing.T) {
	server := lab.Start(t)
	serves(server, "before")
	before := server.Footprint()
	gone, next := server.Dial(), server.Dial()
	gone.SendInPieces("slow 500\n")
	exchange(gone, "a line that is answered before")
	gone.Reset()
	var dues []time.Time
	for range 2 { // both before the other one's line would be due, the second long after it has been forgotten
		server.Pause(100 * time.Millisecond)
		dues = append(dues, time.Now().Add(600*time.Millisecond))
		next.Send("slow 600\n")
	}
	for _, due := range dues {
		next.WantNotBefore(due, "DONE 600\n") // its time is its own
	}
	next.Close()
	for _, leave := range []func(*lab.Conn){(*lab.Conn).Close, (*lab.Conn).Reset, halfCloseAndReset, sayTooMuch} {
		client := server.Dial()
		client.SendInPieces("slow 200\nslow 150\n")
		leave(client)
	}
	hasty := server.Dial()
	hasty.SendInPieces("slow 60000\n")
	hasty.Reset()
	letTimePass(server)
	serves(server, "somebody else")
	server.WantNoLeak(before)
}

// What a client has sent since its last newline when it closes its sending side is a line; then the server closes, too.
//
//lab:points 0
//lab:needs TestAnswersLineAfterLine
//lab:hint What tells you that a client has said all, and who closes the connection then?
func TestTheLastLineMayLackItsNewline(t *testing.T) {
	server := lab.Start(t)
	for _, said := range []struct{ sent, want string }{
		{"first\nthe last", "FIRST\nTHE LAST\n"},
		{"first\nbye", "FIRST\n"},
		{"first\n\n", "FIRST\n\n"},
		{"", ""},
	} {
		saysAll(server, said.sent, said.want)
	}
}

// A client that has closed its sending side while slow lines are pending gets their answers, and then the end of the stream.
// One that has not closed it can go on.
//
//lab:points 1
//lab:needs TestAClientMayLeaveBeforeItsSlowLineIsDue
//lab:hint At the end event, is the client owed anything? Which event is the last one before it is owed no more?
func TestTheEndWaitsForWhatIsPending(t *testing.T) {
	server := lab.Start(t)
	client := server.Dial()
	saysAll(server, "slow 300\nslow 300\nslow 400", "DONE 300\nDONE 300\nDONE 400\n")
	saysAll(server, "slow 200\nslow 200\n", "DONE 200\nDONE 200\n")
	client.Send("slow 800\nslow 500\nslow 0\n") // at the end event, the newest of those that are pending is due first
	client.HalfClose()
	for owed := []string{"DONE 0", "DONE 500", "DONE 800"}; len(owed) > 0; { // the order is that of the times at which the server read them
		client.WantLine(func(line string) error {
			i := slices.Index(owed, line)
			if i < 0 {
				return fmt.Errorf("owed are the lines %q, in any order", owed)
			}
			owed = slices.Delete(owed, i, i+1)
			return nil
		})
	}
	client.WantEOF()
	next := server.Dial() // long after others that have closed their sending side are gone
	next.Send("slow 0\n")
	next.Want("DONE 0\n")
	exchange(next, "I have more to say")
}
