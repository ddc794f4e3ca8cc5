package lab

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/transcript"
)

func TestAFloodStarvesTheOtherClientOnlyWhereClientsAreServedInTurn(t *testing.T) {
	flood := func(mode string) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			flooding, other := server.Dial(), server.Dial()
			flooding.Want("HELLO\n")
			server.FloodUntil([]*Conn{flooding}, func() *Conn { return other }, "and me?", "HELLO\nand me?", strings.Repeat("x", 64<<10), 8<<20)
		})
	}
	fair := flood("echoes")
	assert.Equal(t, transcript.Pass, fair.Status, fair.Message)
	unfair := flood("echoes-one-at-a-time")
	assert.Equal(t, transcript.Fail, unfair.Status)
	assert.Contains(t, unfair.Message, "while B waits")
	stuck := flood("deaf")
	assert.Equal(t, transcript.Fail, stuck.Status)
	assert.Contains(t, stuck.Message, "every thread of the program sleeps")
}
