//go:build unix

// The tests of the listener that accepts nobody.
//
//lab:port 2367
package main

import (
	"runtime"
	"testing"

	"tcplab/autograder/lab"
)

// Five clients are connected although nobody accepts them, and the sixth is not: Linux has room for one more than it is told.
func TestTheSixthClientGetsNoAnswer(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems count in their own way")
	}
	program := lab.ServeNobody(t)
	program.WantExit(0)
	program.WantStdout(`listening on 127.0.0.1:2367 with a backlog of 4, accepting nobody
client 1: connected
client 2: connected
client 3: connected
client 4: connected
client 5: connected
client 6: dial tcp 127.0.0.1:2367: i/o timeout
`)
}

// It is the kernel that connects: the program sleeps meanwhile.
func TestTheKernelConnectsByItself(t *testing.T) {
	program := lab.Start(t, "-callers", "0")
	program.WantBacklog(4)
	program.DialMany(5)
	program.WantIdle()
}
