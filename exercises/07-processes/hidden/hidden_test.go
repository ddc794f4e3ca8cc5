// Package hidden holds the tests that grade exercise 7.
//
//lab:port 3490
//lab:kind server
//lab:given unsupported_windows.go
package hidden

import (
	"strings"
	"testing"

	"tcplab/autograder/lab"
	"tcplab/autograder/lab/linesession"
)

// exchange sends a line and wants its answer.
func exchange(client *lab.Conn, line string) {
	client.Send(line + "\n")
	client.Want("> " + strings.ToUpper(line) + "\n")
}

// serves wants the server to hold one more session, from its beginning to its end.
func serves(server *lab.Program, line string) {
	client := server.Dial()
	exchange(client, line)
	client.Send("bye\n")
	client.Want("> BYE\n")
	client.WantEOF()
	client.Close()
}

// inSession connects n clients that have all said something already.
func inSession(server *lab.Program, n int) []*lab.Conn {
	clients := server.DialMany(n)
	for _, client := range clients {
		exchange(client, "I am "+client.Name())
	}
	return clients
}

// The sessions are those of exercise 4.
//
//lab:points 1
//lab:hint Your solution of exercise 4 holds these sessions. The last rule that is named among the steps is the one in question.
func TestHoldsTheSessionsOfExercise4(t *testing.T) {
	linesession.Conformance(lab.Start(t))
}

// For each client that is connected, the program has one child, even while the client says nothing.
//
//lab:points 1
//lab:hint Who talks to a client, and since when? When does the parent start a process, and how many?
func TestEachClientHasAChildOfItsOwn(t *testing.T) {
	server := lab.Start(t)
	server.WantChildren(0)
	for n := range 4 {
		server.Dial()
		server.WantChildren(n + 1)
	}
}

// A child ends with its session, however that ends, and those of other clients stay.
//
//lab:points 0
//lab:hint Which ways out of a session are there? What does the child do after each of them?
func TestAChildEndsWithItsSession(t *testing.T) {
	server := lab.Start(t)
	clients := inSession(server, 5)
	clients[0].Send("bye\n")
	clients[0].Want("> BYE\n")
	clients[0].WantEOF()
	clients[0].Close()
	server.WantChildren(4)
	clients[1].HalfClose()
	clients[1].WantEOF()
	server.WantChildren(3)
	clients[2].Close()
	server.WantChildren(2)
	clients[3].Reset()
	server.WantChildren(1)
	exchange(clients[4], "I am still here")
}

// No child that has ended stays as a zombie, however it ended, however many end at once, and whether an older one lives on or none does.
//
//lab:points 1
//lab:needs TestAChildEndsWithItsSession
//lab:hint How does a parent learn how its child ended? What does the kernel keep until it has asked, and when does it ask?
func TestNoChildStaysAsAZombie(t *testing.T) {
	server := lab.Start(t)
	only := inSession(server, 1)[0]
	only.StopChild() // its parent may hear of that, which is no end
	only.KillChild()
	server.WantNoZombie() // and for now there is no child to wait for
	oldest := inSession(server, 1)[0]
	for range 3 {
		serves(server, "I leave in order")
		clients := inSession(server, 3)
		clients[0].Close()
		clients[1].Reset()
		clients[2].KillChild()
	}
	server.WantChildren(1)
	server.WantNoZombie()
	clients := inSession(server, 8)
	server.AllAtOnce(func() {
		for _, client := range clients {
			client.Close()
		}
		server.WantChildren(1)
	})
	server.WantNoZombie()
	exchange(oldest, "I am still here")
}

// Once a child talks to the client, the parent does not hold the connection any more.
//
//lab:points 1
//lab:hint File makes a second descriptor. How many of them has the parent after the start of a child, and when is each closed?
func TestTheParentKeepsNoConnection(t *testing.T) {
	client := inSession(lab.Start(t), 1)[0]
	client.WantHeldByOneChild()
}

// When a child ends, whatever the reason, its client reads the end of the stream.
//
//lab:points 0
//lab:hint The kernel closes a connection when its last descriptor is closed. Who has one besides the child?
func TestAConnectionEndsWithItsChild(t *testing.T) {
	client := inSession(lab.Start(t), 1)[0]
	client.KillChild()
	client.WantEOF()
}

// A child holds the connection of its own client, and that of no other.
//
//lab:points 1
//lab:hint What does a child inherit besides what it is given on purpose? Which descriptors are in its ExtraFiles?
func TestAChildHoldsNoOtherConnection(t *testing.T) {
	clients := inSession(lab.Start(t), 8)
	for _, client := range clients {
		client.WantHeldByOneChild()
	}
}

// When a child is killed, the session of its client ends, and nothing else does.
//
//lab:points 1
//lab:needs TestAConnectionEndsWithItsChild
//lab:hint What does Wait return for a child that was killed? Whose trouble is that?
func TestAKilledChildEndsOneSessionOnly(t *testing.T) {
	server := lab.Start(t)
	clients := inSession(server, 3)
	for _, client := range clients {
		client.SendInPieces("half a ")
	}
	clients[1].KillChild()
	clients[1].WantEnd()
	server.WantAtRest()
	for _, client := range []*lab.Conn{clients[0], clients[2]} {
		client.Send("line\n")
		client.Want("> HALF A LINE\n")
	}
	serves(server, "somebody else")
}

// When the parent is killed, its children go on to the end of their sessions, and the server can be started again while they talk.
//
//lab:points 1
//lab:hint Who besides the parent holds the listener? And what does a child need of its parent after its start?
func TestTheListenerEndsWithTheParent(t *testing.T) {
	server := lab.Start(t)
	client := inSession(server, 1)[0]
	client.SendInPieces("I do not ")
	server.KillAlone()
	server.StartAgain()
	serves(server, "somebody new")
	client.Send("mind\n")
	client.Want("> I DO NOT MIND\n")
	exchange(client, "good bye, then")
	client.Send("bye\n")
	client.Want("> BYE\n")
	client.WantEOF()
}

// A hundred clients are in the middle of a line at the same time, each with a child; then they are answered, the last one first.
//
//lab:points 1
//lab:needs TestEachClientHasAChildOfItsOwn
//lab:hint What does the parent do between two clients? Does it wait for anything there?
func TestServes100ClientsAtOnce(t *testing.T) {
	server := lab.Start(t)
	linesession.ServesAtOnce(server, 100)
	server.WantChildren(100)
	leaver := inSession(server, 1)[0]
	leaver.Close()
	server.WantChildren(100)
	server.WantNoZombie()
}

// When descriptors are short, so that a client cannot be accepted or its child not be started, the parent goes on, and so do others.
//
//lab:points 1
//lab:hint Which calls lie between Accept and the child, and what does your parent do when one of them fails? What is left open then?
func TestAChildThatCannotBeStartedIsNoEnd(t *testing.T) {
	server := lab.Start(t)
	witness := inSession(server, 1)[0]
	server.WithDescriptors(1, func() { // enough to accept one client after the other, and to start no child
		unlucky := server.DialMany(12)
		server.WantAtRest()
		for _, client := range unlucky {
			client.Close()
		}
	})
	before := server.Footprint()
	for left := range 11 {
		server.WithDescriptors(left, func() {
			unlucky := server.Dial()
			server.WantAtRest()
			unlucky.Close()
		})
		serves(server, "somebody luckier")
		exchange(witness, "I am still here")
		server.WantChildren(1)
	}
	server.WantNoLeak(before)
}

// Clients that leave or reset the connection, at any moment, neither end the server nor disturb another session.
//
//lab:points 0
//lab:hint Which errors can a child end with, and what does its parent do about them?
func TestARudeClientHarmsNobody(t *testing.T) {
	linesession.SurvivesRudeClients(lab.Start(t))
}

// 64 MiB without a newline end the session, and cost its child no more memory than any other line.
//
//lab:points 0
//lab:needs TestHoldsTheSessionsOfExercise4
//lab:hint How much of a line does a child keep before it knows its length?
func TestALineWithoutEndCostsNoMemory(t *testing.T) {
	linesession.BoundsALineWithoutEnd(lab.Start(t))
}

// After a hundred sessions the server holds no more than before, and rests.
//
//lab:points 1
//lab:needs TestAChildEndsWithItsSession TestARudeClientHarmsNobody TestALineWithoutEndCostsNoMemory
//lab:hint What does the parent hold for each child: descriptors, goroutines, entries of a map? When is it given back?
func TestLeavesNothingBehind(t *testing.T) {
	server := lab.Start(t)
	for _, client := range inSession(server, 16) { // a thread may be needed to wait for each of them, and stays for the next
		client.Close()
	}
	server.WantChildren(0)
	before := server.Footprint()
	for range 20 {
		serves(server, "ended by bye")
		clients := inSession(server, 4)
		clients[0].Close()
		clients[1].Reset()
		clients[2].KillChild()
		clients[3].HalfClose()
		clients[3].WantEOF()
		server.WantChildren(0)
	}
	server.WantNoLeak(before)
	server.WantIdle()
	serves(server, "after")
}
