//go:build unix

// The tests of the program that starts again.
//
//lab:port 2012
package main

import (
	"testing"

	"tcplab/autograder/lab"
)

// Without the option bind fails although nobody listens any more; with it, the port is free.
func TestOnlyTheOptionFreesThePort(t *testing.T) {
	program := lab.ServeNobody(t)
	program.WantExit(0)
	program.WantStdout(`the server has hung up first; now it starts again
SO_REUSEADDR 0: listen tcp 127.0.0.1:2012: bind: address already in use
SO_REUSEADDR 1: listening again
`)
}

// The option frees a port of what is left of connections, and not of somebody who listens on it.
func TestAPortOnWhichSomebodyListensIsTaken(t *testing.T) {
	program := lab.Serve(t)
	program.WantExit(1)
	program.WantStdout("")
	program.WantStderr()
}
