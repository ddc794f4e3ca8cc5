//go:build unix

// The tests of the coffee shop.
//
//lab:port 9907
package main

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/lab"
)

// Lines are answered as by the other line servers.
func TestAClientIsAnsweredLineByLine(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Want("HELLO\n")
	client.Send("one\r\ntwo\n")
	client.Want("> ONE\n> TWO\n")
	client.SendInPieces("thr", "ee\n")
	client.Want("> THREE\n")
	client.Send("no newline")
	client.HalfClose()
	client.Want("> NO NEWLINE\n")
	client.WantEOF()
}

// Between the order and the buzzer, everybody is served: whoever has ordered, too.
func TestACoffeeDelaysNobody(t *testing.T) {
	server := lab.Start(t)
	alice, bob := server.Dial(), server.Dial()
	alice.Want("HELLO\n")
	bob.Want("HELLO\n")
	due := time.Now().Add(brewing)
	alice.Send("coffee\ncoffee\nis it ready?\n")
	alice.Want("> TAKE A BUZZER\n> ONE AT A TIME\n> IS IT READY?\n")
	bob.Send("a tea, please\n")
	bob.Want("> A TEA, PLEASE\n")
	alice.WantNotBefore(due, "BUZZ! YOUR COFFEE\n")
}

// A callback that waits makes everybody wait.
func TestACallbackThatWaitsDelaysEverybody(t *testing.T) {
	server := lab.Start(t)
	alice, bob := server.Dial(), server.Dial()
	alice.Want("HELLO\n")
	bob.Want("HELLO\n")
	due := time.Now().Add(brewing)
	alice.SendInPieces("grind\n")
	bob.Send("a tea, please\n")
	bob.WantNotBefore(due, "> A TEA, PLEASE\n")
	alice.Want("> YOUR BEANS ARE GROUND\n")
}

// A guest who has said all still gets what was ordered, and then the end of the stream.
func TestTheEndWaitsForTheCoffee(t *testing.T) {
	client := lab.Start(t).Dial()
	client.Send("coffee\n")
	client.HalfClose()
	client.Want("HELLO\n> TAKE A BUZZER\nBUZZ! YOUR COFFEE\n")
	client.WantEOF()
}

// A guest who leaves in a hurry takes nobody along, and nothing of that guest stays.
func TestAGuestWhoResetsIsForgotten(t *testing.T) {
	server := lab.Start(t)
	patient := server.Dial()
	patient.Want("HELLO\n")
	before := server.Footprint()
	rude := server.Dial()
	rude.Want("HELLO\n")
	rude.Send("coffee\n")
	rude.Want("> TAKE A BUZZER\n")
	rude.Reset()
	patient.Send("coffee\n")
	patient.Want("> TAKE A BUZZER\nBUZZ! YOUR COFFEE\n")
	server.WantNoLeak(before)
}

// All guests are on one thread, and waiting for them is one call that costs nothing.
func TestOneThreadServesAllGuests(t *testing.T) {
	server := lab.Start(t)
	server.Dial().Want("HELLO\n")
	before := server.Footprint()
	for _, client := range server.DialMany(64) {
		client.Want("HELLO\n")
	}
	server.WantOneWait()
	server.WantNoMoreThreads(before)
	server.WantIdle()
}

// A guest who does not read delays nobody, and gets all in the end.
func TestAGuestWhoReadsLateDelaysNobody(t *testing.T) {
	const times = 80 << 10
	server := lab.Start(t)
	late, other := server.Dial(lab.ReceiveBuffer(4<<10)), server.Dial()
	late.SendUntilHeld(strings.Repeat("I shall read that later.\n", times), 1)
	other.Send("and I?\n")
	other.Want("HELLO\n> AND I?\n")
	server.WantIdle()
	late.Want("HELLO\n" + strings.Repeat("> I SHALL READ THAT LATER.\n", times))
}

// The shop in Node.js serves in the same way.
func TestTheServerInNodeDoesTheSame(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node.js is not installed: https://nodejs.org")
	}
	server := exec.Command(node, "server.js", "0")
	output, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed, and says so
	})
	said, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	address := strings.TrimSpace(strings.TrimPrefix(said, "listening on "))

	rude, err := net.Dial("tcp", address)
	require.NoError(t, err)
	greeting := make([]byte, len("HELLO\n"))
	_, err = io.ReadFull(rude, greeting)
	require.NoError(t, err)
	require.NoError(t, rude.(*net.TCPConn).SetLinger(0))
	require.NoError(t, rude.Close())

	polite, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer polite.Close()
	_, err = io.WriteString(polite, "one\ncoffee\ncoffee\nno newline")
	require.NoError(t, err)
	require.NoError(t, polite.(*net.TCPConn).CloseWrite())
	answers, err := io.ReadAll(polite)
	require.NoError(t, err)
	assert.Equal(t, "HELLO\n> ONE\n> TAKE A BUZZER\n> ONE AT A TIME\n> NO NEWLINE\nBUZZ! YOUR COFFEE\n", string(answers))
}
