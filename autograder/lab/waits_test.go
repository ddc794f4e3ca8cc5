package lab

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/transcript"
)

func TestWhetherAllSocketsAreWaitedForIsSeen(t *testing.T) {
	for mode, want := range map[string]string{
		"right":         "", // Go's runtime waits for all of them in one call
		"one-at-a-time": "connection B is not accepted",
		"delegates":     "no system call waits for connection A", // the child's call does
	} {
		verdict := verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			server.WantOneWait()
			server.Dial().Want("HELLO\n")
			server.Dial()
			server.WantOneWait()
		})
		assert.Equal(t, want == "", verdict.Status == transcript.Pass, mode)
		assert.Contains(t, verdict.Message, want)
	}
}

func TestAListenerThatBlocksIsSeen(t *testing.T) {
	for mode, want := range map[string]transcript.Status{"right": transcript.Pass, "blocking-listener": transcript.Fail} {
		verdict := verdictOf(t, func(t testing.TB) { Start(t, mode).WantListenerNonBlocking() })
		assert.Equal(t, want, verdict.Status, verdict.Message)
	}
}

func TestAChildForEachClientIsMoreThanBefore(t *testing.T) {
	for mode, want := range map[string]transcript.Status{"right": transcript.Pass, "delegates": transcript.Fail} {
		verdict := verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			before := server.Footprint()
			server.Dial().Want("HELLO\n")
			server.WantNoMoreThreads(before)
		})
		assert.Equal(t, want, verdict.Status, verdict.Message)
	}
}
