package lab

import (
	"bytes"
	"fmt"
	"io"
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
	"tcplab/autograder/internal/sandbox"
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
	helper := filepath.Join(dir, "initproc")
	level, _ := sandbox.Probe(helper)
	os.Setenv(helperVariable, helper)
	os.Setenv(levelVariable, level.String())
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
			verdict.Steps = s.story()
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
		"silent":    {"every thread of the program sleeps", "has read all that A sent", "Its goroutines: 1 in main.main, main.go:", "1 in main.serve, main.go:"},
		"deaf":      {"every thread of the program sleeps", "9 bytes of A lie unread", "1 in main.main, main.go:"},
		"wrong":     {"other bytes"},
		"talkative": {"more than it should"},
		"resets":    {"reset"},
		"exits":     {"exit status 3", "no luck today"},
		"panics":    {"exit status 2", "oh no"},
		"sleeps":    {"does not listen on port 3232", "every thread of the program sleeps", "1 in main.main, main.go:"},
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

func TestACrashIsCalledACrash(t *testing.T) {
	for mode, want := range map[string]string{"panics": "The program has crashed", "exits": "A server has to create its listener"} {
		verdict := verdictOf(t, conversation(mode))
		assert.Contains(t, verdict.Meaning, want, verdict.Message)
	}
}

func TestThatAProgramIsGoneIsToldEvenIfTheNewsComesLate(t *testing.T) {
	if os.Getenv(levelVariable) != sandbox.L3.String() {
		t.Skip("only a sandbox has a first process that can be stopped")
	}
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "silent")
		client := server.Dial()
		client.Want("HELLO\n")
		for _, pid := range kernel.Descendants(os.Getpid()) {
			if pid != server.process.PID { // the first process, which is told by the kernel, and tells us
				require.NoError(t, kernel.Stop(pid))
				time.AfterFunc(3*newsDelay, func() { _ = kernel.Continue(pid) })
			}
		}
		require.NoError(t, kernel.Terminate(server.process.PID))
		client.Want("HI THERE\n")
	})
	assert.Contains(t, verdict.Meaning, "The program is gone")
}

func TestAStandardStreamThatSomebodyStillHoldsIsNotWaitedForWithoutEnd(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		client := ServeNobody(t, "leaves-a-child")
		client.WantExit(1)
		client.WantStdout("")
	})
	assert.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Message, "still holds its standard output")
}

func TestAnEndThatWaitsForATimerIsNotAtOnce(t *testing.T) {
	ending := func(mode string, wantEnd func(*Conn)) transcript.Status {
		return verdictOf(t, func(t testing.TB) {
			c := Start(t, mode).Dial()
			c.Want("HELLO\n")
			c.Send("hi there\n")
			c.Want("HI THERE\n")
			wantEnd(c)
		}).Status
	}
	assert.Equal(t, transcript.Pass, ending("right", (*Conn).WantEOFAtOnce))
	assert.Equal(t, transcript.Pass, ending("hangs-up-late", (*Conn).WantEOF))
	assert.Equal(t, transcript.Fail, ending("hangs-up-late", (*Conn).WantEOFAtOnce))
	assert.Equal(t, transcript.Fail, ending("hangs-up-after-ten-looks", (*Conn).WantEOFAtOnce))
}

func TestAnAnswerThatWaitsForATimerIsNotAtOnce(t *testing.T) {
	for mode, want := range map[string]transcript.Status{"right": transcript.Pass, "thinks": transcript.Fail} {
		verdict := verdictOf(t, func(t testing.TB) {
			c := Start(t, mode).Dial()
			c.Want("HELLO\n")
			c.Send("hi there\n")
			c.WantAtOnce("HI THERE\n")
		})
		assert.Equal(t, want, verdict.Status, verdict.Message)
	}
}

func TestAProgramThatGetsOnWithoutEndFailsBeforeTheGraderGivesUp(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		c := Start(t, "trickles").Dial()
		sessionOf(t).limit = 500 * time.Millisecond
		c.Want("HELLO\n")
		c.Send("and so on\n")
		c.Want(strings.Repeat("x", 1<<20))
	})
	assert.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Message, "the test has taken 500ms, and the program goes on as slowly")
	silent := verdictOf(t, func(t testing.TB) {
		c := Start(t, "silent").Dial()
		c.Want("HELLO\n")
		sessionOf(t).limit = 0
		c.WantSilence()
	})
	assert.Equal(t, transcript.Fail, silent.Status, "what has taken too long is no silence")
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

func TestABacklogIsComparedWithWhatTheKernelTells(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) { Start(t, "right").WantBacklog(4) })
	if verdict.Status == transcript.Skipped {
		t.Skip(verdict.Message)
	}
	require.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Message, "listens on port 3232 with a backlog of ")
	var actual int
	_, err := fmt.Sscanf(verdict.Actual, "a backlog of %d", &actual) // what Go's net package asks for differs from system to system
	require.NoError(t, err)
	verdict = verdictOf(t, func(t testing.TB) { Start(t, "right").WantBacklog(actual) })
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestAProgramOutlivesAnInterruption(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "right")
		c := server.Dial()
		c.Want("HELLO\n")
		server.Interrupt()
		c.Send("hi there\n")
		c.Want("HI THERE\n")
	})
	if verdict.Status == transcript.Skipped {
		t.Skip(verdict.Message)
	}
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
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

func TestAProgramThatLeavesNoRoomForAnotherStartFails(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "right")
		if !server.box.Private() {
			server.s.skip("only a sandbox has room that can be used up")
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", server.process.PID))
		require.NoError(t, err)
		var first int // its parent: the sandbox's first process
		_, err = fmt.Sscanf(string(stat[bytes.LastIndexByte(stat, ')')+3:]), "%d", &first)
		require.NoError(t, err)
		parent, err := os.FindProcess(first)
		require.NoError(t, err)
		require.NoError(t, parent.Kill())
		server.StartAgain()
	})
	if verdict.Status == transcript.Skipped {
		t.Skip(verdict.Message)
	}
	assert.Equal(t, transcript.Fail, verdict.Status, verdict.Message)
	assert.Contains(t, verdict.Message, "cannot be started again")
}

func TestAResetIsSeenAsOneEvenIfItComesBeforeConnectHasReturned(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "resets")
		for range 200 {
			c := server.Dial()
			c.Send("hi there\n")
			c.AwaitRead()
			c.Want("HELLO\n")
			c.WantEnd()
			if c.end == io.EOF {
				t.Errorf("%s: an orderly end", c.Name())
			}
		}
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestTheTranscriptKeepsTheBeginningOfWhatIsVeryLong(t *testing.T) {
	s := &session{}
	for range 3 {
		s.step("A", transcript.Received, strings.Repeat("x", 1<<20), "")
	}
	s.step("B", transcript.Received, "whole", "")
	story := s.story()
	require.Len(t, story, 2)
	assert.Equal(t, transcript.Bytes(strings.Repeat("x", keptBeginning)), story[0].Data)
	assert.Equal(t, "the beginning of 3145728 bytes", story[0].Note)
	assert.Equal(t, transcript.Step{MS: story[1].MS, Who: "B", Kind: transcript.Received, Data: "whole"}, s.steps[1])
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

func TestALineIsWantedWholeAndWhatFollowsItIsKept(t *testing.T) {
	talk := func(mode string, then func(c *Conn)) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			c := Start(t, mode).Dial()
			c.WantLine(func(line string) error { return nil })
			c.Send("hi there\n")
			then(c)
		})
	}
	upper := func(c *Conn) {
		c.WantLine(func(line string) error {
			if line != "HI THERE" {
				return fmt.Errorf("it says %s", line)
			}
			return nil
		})
	}
	assert.Equal(t, transcript.Pass, talk("slow", func(c *Conn) { upper(c); c.WantEOF() }).Status)
	assert.Equal(t, transcript.Pass, talk("talkative", func(c *Conn) { upper(c); c.Want("and more"); c.WantEOF() }).Status)
	for mode, want := range map[string]string{
		"wrong":     "not right: it says nonsense",
		"silent":    "waits for a line: every thread of the program sleeps",
		"talkative": "end of stream before a line was complete",
	} {
		verdict := talk(mode, func(c *Conn) { upper(c); upper(c) })
		assert.Equal(t, transcript.Fail, verdict.Status)
		assert.Contains(t, verdict.Message, want)
	}
}

func TestAnExampleMayLeaveDigitsOpen(t *testing.T) {
	var fault error // the README's
	replayed := func(expected string) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			r := &replay{t: t, conns: map[string]*Conn{}}
			for _, line := range []string{
				"0.0 ms  the program was started: right",
				"0.1 ms  A  connected",
				`0.2 ms  A  <- "HELLO\n"`,
				`0.3 ms  A  -> "at 7:05 (now)\n"`,
				"1.0 ms  A  <~ " + expected,
				"1.1 ms  A  end of stream",
			} {
				if fault = r.step(line); fault != nil {
					return
				}
			}
		})
	}
	assert.Equal(t, transcript.Pass, replayed(`"AT 12:30 (NOW)\n"`).Status)
	assert.Equal(t, transcript.Fail, replayed(`"AT 12:30:00 (NOW)\n"`).Status)
	assert.Equal(t, transcript.Fail, replayed(`"AT 12:30 (N.W)\n"`).Status)
	assert.NoError(t, fault)
	replayed(`"AT 12:30"`)
	assert.ErrorContains(t, fault, "not one line")
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
