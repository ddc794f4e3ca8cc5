// The tests of the server that tells four values.
//
//lab:port 2002
package main

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/lab"
)

var fourValues = regexp.MustCompile(`^local 127\.0\.0\.1:2002, remote 127\.0\.0\.1:([0-9]+)$`)

// Two connections of one client's machine to one server differ in a single value: the client's port.
func TestTwoConnectionsDifferInTheClientsPortOnly(t *testing.T) {
	server := lab.Start(t)
	ports := map[string]bool{}
	for _, client := range server.DialMany(2) {
		client.WantLine(func(line string) error {
			values := fourValues.FindStringSubmatch(line)
			if values == nil {
				return fmt.Errorf("it does not match %v", fourValues)
			}
			ports[values[1]] = true
			return nil
		})
	}
	assert.Len(t, ports, 2)
}

// The server hangs up when the client does: a FIN each way.
func TestEachSideHangsUpByItself(t *testing.T) {
	client := lab.Start(t).Dial()
	client.WantLine(func(string) error { return nil })
	client.WantSilence()
	client.HalfClose()
	client.WantEOF()
}
