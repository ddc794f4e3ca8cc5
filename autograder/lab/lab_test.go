package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll builds the misbehaving server once and lets every test find it as the grader's programs are found.
func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lab-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for name, pkg := range map[string]string{"server": "./testdata/server", "initproc": "../internal/sandbox/initproc"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // in a sandbox there is no C library
		if out, err := build.CombinedOutput(); err != nil {
			panic(fmt.Sprintf("%v\n%s", err, out))
		}
	}
	os.Setenv(programVariable, filepath.Join(dir, "server"))
	os.Setenv(portVariable, "3232")
	os.Setenv(helperVariable, noHelper)
	if runtime.GOOS == "linux" {
		os.Setenv(helperVariable, filepath.Join(dir, "initproc"))
	}
	return m.Run()
}

// observer stands in for *testing.T, so that a test can watch a test of the lab fail.
type observer struct {
	testing.TB
	name     string
	cleanups []func()
	failed   bool
	skipped  bool
}

func (o *observer) Name() string              { return o.name }
func (o *observer) Cleanup(f func())          { o.cleanups = append(o.cleanups, f) }
func (o *observer) Failed() bool              { return o.failed }
func (o *observer) Skipped() bool             { return o.skipped }
func (o *observer) Helper()                   {}
func (o *observer) Logf(string, ...any)       {}
func (o *observer) Errorf(f string, a ...any) { o.failed = true; o.TB.Errorf(f, a...) }
func (o *observer) FailNow()                  { o.failed = true; runtime.Goexit() }
func (o *observer) SkipNow()                  { o.skipped = true; runtime.Goexit() }

// verdictOf runs a test of the lab to its end and returns what it would have recorded.
func verdictOf(t *testing.T, test func(t testing.TB)) transcript.Record {
	t.Helper()
	o := &observer{TB: t, name: t.Name()}
	var verdict transcript.Record
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() {
			s := sessionOf(o)
			verdict = transcript.Record{Status: transcript.Pass}
			if s.verdict != nil {
				verdict = *s.verdict
			}
			verdict.Steps = s.steps
			for i := len(o.cleanups) - 1; i >= 0; i-- {
				o.cleanups[i]()
			}
		}()
		test(o)
	})
	wg.Wait()
	return verdict
}

func conversation(mode string) func(t testing.TB) {
	return func(t testing.TB) {
		c := Start(t, mode).Dial()
		c.Want("HELLO\n")
		c.Send("hi there\n")
		c.Want("HI THERE\n")
		c.WantEOF()
	}
}

func TestAServerThatKeepsTheProtocolPassesHoweverLongItTakes(t *testing.T) {
	for _, mode := range []string{"right", "one-at-a-time", "slow", "thinks", "computes", "deadline", "leaks"} {
		t.Run(mode, func(t *testing.T) {
			test := conversation(mode)
			if mode == "leaks" {
				test = func(t testing.TB) { Start(t, mode).Dial().Want("HELLO\n") }
			}
			verdict := verdictOf(t, test)
			assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
		})
	}
}

func TestAFailureSaysWhatTheKernelSaw(t *testing.T) {
	for mode, want := range map[string][]string{
		"silent":    {"every thread of the program sleeps", "has read all that A sent"},
		"deaf":      {"every thread of the program sleeps", "9 bytes of A lie unread"},
		"wrong":     {"other bytes"},
		"talkative": {"more than it should"},
		"resets":    {"reset"},
		"exits":     {"exit status 3", "no luck today"},
		"panics":    {"exit status 2", "oh no"},
		"sleeps":    {"does not listen on port 3232", "every thread of the program sleeps"},
		"elsewhere": {"listens on port 3233, not on 3232"},
	} {
		t.Run(mode, func(t *testing.T) {
			verdict := verdictOf(t, conversation(mode))
			assert.Equal(t, transcript.Fail, verdict.Status)
			for _, words := range want {
				assert.Contains(t, verdict.Message+" "+verdict.Meaning, words)
			}
		})
	}
}

func TestAFailureSaysThatNobodySpeaks(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) { Start(t, "right").Dial().Want("HELLO\nWHO ARE YOU?\n") })
	require.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Meaning, "each side waits for the other")
}

func TestASecondClientOfASequentialServerWaitsInTheBacklog(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "one-at-a-time")
		server.Dial().Want("HELLO\n")
		server.Dial().Want("HELLO\n")
	})
	require.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Meaning, "nobody has accepted it")
}

func TestSilenceIsSeenOnlyWhereThereIsSilence(t *testing.T) {
	wantSilence := func(mode string) func(t testing.TB) {
		return func(t testing.TB) {
			server := Start(t, mode)
			first, second := server.Dial(), server.Dial()
			first.Want("HELLO\n")
			second.WantSilence()
			first.Close()
			second.Want("HELLO\n")
		}
	}
	assert.Equal(t, transcript.Pass, verdictOf(t, wantSilence("one-at-a-time")).Status)
	assert.Equal(t, transcript.Fail, verdictOf(t, wantSilence("right")).Status)
}

func TestALeakIsFoundAndCleanlinessIsNotMistakenForOne(t *testing.T) {
	tenConversations := func(mode string) func(t testing.TB) {
		return func(t testing.TB) {
			server := Start(t, mode)
			before := server.Footprint()
			for range 10 {
				c := server.Dial()
				c.Want("HELLO\n")
				c.Send("x\n")
				c.Want("X\n")
				c.Close()
			}
			server.WantNoLeak(before)
		}
	}
	assert.Equal(t, transcript.Pass, verdictOf(t, tenConversations("right")).Status)
	verdict := verdictOf(t, tenConversations("leaks"))
	assert.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Message, "10 descriptors more than before")
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

func TestPiecesAreSeenToBeReadBeforeTheNextIsSent(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		c := Start(t, "right").Dial()
		c.SendByteByByte("pieces\n")
		c.Want("HELLO\nPIECES\n")
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
	verdict = verdictOf(t, func(t testing.TB) { Start(t, "deaf").Dial().SendByteByByte("pieces\n") })
	assert.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Message, "does not read")
}

func TestWhatAServerHasClosedCountsAsRead(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		c := Start(t, "right").Dial()
		c.Want("HELLO\n")
		c.Send("hi there\n")
		c.Want("HI THERE\n")
		c.WantEOF()
		for { // until the test's kernel has acknowledged the end of the stream
			state, found, err := c.remote()
			if err != nil || !found || state.State != kernel.FinWait1 {
				break
			}
		}
		c.AwaitRead()
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestAKilledServerCanBeStartedAgain(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "right")
		server.Dial().Want("HELLO\n")
		server.Kill()
		server.StartAgain()
		server.Dial().Want("HELLO\n")
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestAProgramIsSentOnlyWhatItTakes(t *testing.T) {
	const bound = 48 << 20
	flood := func(mode string) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			server := Start(t, mode)
			server.Dial().SendUntilHeld(strings.Repeat("x", 64<<10), 1024)
			server.WantPeakMemoryBelow(bound)
		})
	}
	lastStep := func(r transcript.Record) string { return r.Steps[len(r.Steps)-1].Note }

	held := flood("deaf")
	assert.Equal(t, transcript.Pass, held.Status, held.Message)
	assert.Contains(t, lastStep(held), "every thread of the program sleeps")

	closed := flood("resets")
	assert.Equal(t, transcript.Pass, closed.Status, closed.Message)
	assert.Contains(t, lastStep(closed), "the connection has ended")

	for _, mode := range []string{"right", "delegates"} { // reads a line, of whatever length; lets a child do it
		hoarded := flood(mode)
		assert.Equal(t, transcript.Fail, hoarded.Status, mode)
		assert.Contains(t, hoarded.Message, "MiB of memory", mode)
	}
}

func TestTheTranscriptKeepsTheBeginningOfWhatIsVeryLong(t *testing.T) {
	s := &session{}
	for range 3 {
		s.step("A", transcript.Received, strings.Repeat("x", 1<<20), "")
	}
	s.step("B", transcript.Received, "whole", "")
	require.Len(t, s.steps, 2)
	assert.Equal(t, transcript.Bytes(strings.Repeat("x", keptBeginning)), s.steps[0].Data)
	assert.Equal(t, "the beginning of 3145728 bytes", s.steps[0].Note)
	assert.Equal(t, transcript.Step{MS: s.steps[1].MS, Who: "B", Kind: transcript.Received, Data: "whole"}, s.steps[1])
}

func TestConnectionsAreNamedLikeColumns(t *testing.T) {
	s := &session{}
	var names []string
	for range 28 {
		names = append(names, s.nextName())
	}
	assert.Equal(t, "A B C", strings.Join(names[:3], " "))
	assert.Equal(t, "Z AA AB", strings.Join(names[25:], " "))
}

func TestTokensDependOnTheSeedAndDiffer(t *testing.T) {
	assert.NotEqual(t, Token(t, 1), Token(t, 2))
	assert.Equal(t, Token(t, 7), Token(t, 7))
	assert.Equal(t, strings.ToLower(Token(t, 7)), Token(t, 7))
}

func TestWhatComesTooEarlyFailsAndWhatComesLateDoesNot(t *testing.T) {
	answered := func(mode string, after time.Duration) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			c := Start(t, mode).Dial()
			c.Want("HELLO\n")
			due := time.Now().Add(after)
			c.Send("hi there\n")
			c.WantNotBefore(due, "HI THERE\n")
		})
	}
	assert.Equal(t, transcript.Pass, answered("thinks", 300*time.Millisecond).Status)
	assert.Equal(t, transcript.Pass, answered("thinks", 0).Status)
	verdict := answered("right", time.Hour)
	assert.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Message, `A received "HI THERE\n" too early, by `)
	assert.Contains(t, answered("wrong", time.Hour).Message, "other bytes")
}
