package main

import (
	"fmt"
	"regexp"
	"testing"

	"tcplab/autograder/lab"
)

var form = regexp.MustCompile(`^\{ *"time" *: *"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+(Z|\+00:00)" *\}$`)

// theTime finds nothing wrong with a line that tells the time in the right form.
func theTime(line string) error {
	if !form.MatchString(line) {
		return fmt.Errorf(`it is not of the form {"time":"2026-03-01T09:30:00.123456789Z"}`)
	}
	return nil
}

// The conversation of the README, with other times.
//
//lab:hint Run your program, connect with nc localhost 2205, and compare what you see with the README, letter by letter.
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// The first line comes at once, even if the second is an hour away.
//
//lab:hint What does your program wait for before it sends its first line?
func TestTheFirstLineComesAtOnce(t *testing.T) {
	client := lab.Start(t, "-count", "2", "-interval", "1h").Dial()
	client.WantLine(theTime)
	client.WantSilence()
}

// There are as many lines as -count says, and then the connection ends.
//
//lab:hint How often does your loop run, and what comes after it?
func TestThereAreCountLines(t *testing.T) {
	client := lab.Start(t, "-count", "5", "-interval", "20ms").Dial()
	for range 5 {
		client.WantLine(theTime)
	}
	client.WantEOF()
}

// A second client gets its first line while the first still waits for its second one.
//
//lab:hint Who calls Accept while your program waits to send the next line?
func TestASecondClientIsServedMeanwhile(t *testing.T) {
	server := lab.Start(t, "-count", "2", "-interval", "1h")
	server.Dial().WantLine(theTime)
	server.Dial().WantLine(theTime)
}
