package linesession

import (
	"slices"
	"strings"
	"time"

	"tcplab/autograder/lab"
)

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
	serves(server, "somebody else")
	polite.Send("line\n")
	polite.Want("> HALF A LINE\n")
}

// SurvivesWithoutDescriptors: when no descriptor is left and a client cannot be accepted, nobody else is harmed, and whoever waits
// is served as soon as there is one again, be it that nobody else says a word or that others talk on.
func SurvivesWithoutDescriptors(server *lab.Program) {
	here := server.Dial()
	exchange(here, "a line")
	server.WantAtRest() // what it opened for the first client and has closed since has left no number free below that of who leaves
	leaves, talks := server.Dial(), server.Dial()
	exchange(leaves, "a line")
	exchange(talks, "a line")
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
