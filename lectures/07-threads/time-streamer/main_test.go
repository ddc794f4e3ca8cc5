// The tests of the server that tells the time.
//
//lab:port 2205
package main

import (
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// theTime finds nothing wrong with a line that tells the time of day.
func theTime(line string) error {
	_, err := time.Parse(time.TimeOnly, line)
	return err
}

// Nobody has to ask: there are as many lines as -count says, and then the end.
func TestAClientIsToldTheTimeAndThenTheEnd(t *testing.T) {
	client := lab.Start(t, "-count", "3", "-interval", "20ms").Dial()
	for range 3 {
		client.WantLine(theTime)
	}
	client.WantEOF()
}

// The servants sleep at the same time: a second client gets its first line while the first waits an hour for its second.
func TestASleepingServantDelaysNobody(t *testing.T) {
	server := lab.Start(t, "-count", "2", "-interval", "1h")
	first := server.Dial()
	first.WantLine(theTime)
	server.Dial().WantLine(theTime)
	first.WantSilence()
}
