package lab

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/transcript"
)

func TestALeakIsFoundAndCleanlinessIsNotMistakenForOne(t *testing.T) {
	tenConversations := func(mode string, warm bool) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			converse := func() {
				c := server.Dial()
				c.Want("HELLO\n")
				c.Send("x\n")
				c.Want("X\n")
				c.Close()
			}
			var warmUp []func()
			if warm {
				warmUp = append(warmUp, converse)
			}
			before := server.Footprint(warmUp...)
			for range 10 {
				converse()
			}
			server.WantNoLeak(before)
		})
	}
	assert.Equal(t, transcript.Pass, tenConversations("right", false).Status)
	assert.Contains(t, tenConversations("leaks", false).Message, "10 descriptors more than before")
	assert.Contains(t, tenConversations("grows", false).Message, "MiB of memory more than before")
	assert.Equal(t, transcript.Pass, tenConversations("litters", false).Status, "garbage is no leak")
	assert.Equal(t, transcript.Pass, tenConversations("grows", true).Status, "what is done once is no leak")
	assert.Contains(t, tenConversations("leaks", true).Message, "11 descriptors more than before", "that of the warm-up is one of them")
	assert.Equal(t, transcript.Pass, tenConversations("starts-threads-once", true).Status, "what the runtime keeps is no leak")
	assert.Contains(t, tenConversations("leaks-threads", false).Message, "threads more than before")
	assert.Contains(t, tenConversations("leaks-threads", true).Message, "threads more than before")
}

func TestWhatTheRuntimeMakesForItselfIsNoLeak(t *testing.T) {
	before := Footprint{Descriptors: 4, Sockets: 1}
	assert.Empty(t, before.leak(Footprint{Descriptors: 6, Sockets: 1, Polls: 2}))
	assert.NotEmpty(t, before.leak(Footprint{Descriptors: 7, Sockets: 1, Polls: 3}), "an epoll for each client")
	assert.NotEmpty(t, before.leak(Footprint{Descriptors: 7, Sockets: 2, Polls: 2}))
	assert.NotEmpty(t, Footprint{Descriptors: 6, Polls: 2}.leak(Footprint{Descriptors: 7, Polls: 2}))
}

func TestAllThatIsUsedAfterAnActIsCountedUntilTheProgramRests(t *testing.T) {
	after := func(mode string) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			client := server.Dial()
			server.WantIdleAfter(func() {
				client.Want("HELLO\n")
				client.Send("x\n")
				client.Want("X\n")
				client.WantEOF()
			})
		})
	}
	assert.Equal(t, transcript.Pass, after("right").Status)
	assert.Contains(t, after("restless").Message, "processor time")
}

func TestASpinningProgramIsNotIdleAndAWaitingOneIs(t *testing.T) {
	idle := func(mode string) func(t testing.TB) {
		return func(t testing.TB) {
			server := Start(t, mode)
			server.Dial().Want("HELLO\n")
			server.WantIdle()
		}
	}
	assert.Equal(t, transcript.Pass, verdictOf(t, idle("right")).Status)
	assert.Equal(t, transcript.Pass, verdictOf(t, idle("deadline")).Status)
	for _, mode := range []string{"spins", "polls"} {
		verdict := verdictOf(t, idle(mode))
		assert.Equal(t, transcript.Fail, verdict.Status, mode)
		assert.Contains(t, verdict.Message, "processor time")
	}
}

func TestMemoryThatIsUsedOnlyOnceIsNotKept(t *testing.T) {
	after := func(mode string) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			server.WantPeakMemoryBelowAfter(func() { server.Dial().Want("HELLO\n") }, 24<<20)
			server.Dial().Want("HELLO\n")
		})
	}
	right := after("grows-at-first")
	assert.Equal(t, transcript.Pass, right.Status, right.Message)
	assert.True(t, slices.ContainsFunc(right.Steps, func(s transcript.Step) bool { return strings.Contains(s.Note, "may be garbage") }))
	assert.Contains(t, after("grows").Message, "MiB of memory")
}
