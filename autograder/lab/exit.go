package lab

import (
	"fmt"
	"strings"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/transcript"
)

// exitSlack is added to a limit on a program's run time: starting a program and noticing its end take time, too. What it
// waited for a processor is excused besides.
const exitSlack = 750 * time.Millisecond

// Terminate asks the program to end, with SIGTERM, as a system does that is shut down. Where no signal can be sent, the test is
// skipped.
func (p *Program) Terminate() {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("on this system a program cannot be asked to end: Linux is needed")
	}
	p.signal(kernel.Terminate, "asked to end")
}

// WantExit waits until the program ends, and wants this exit status.
func (p *Program) WantExit(status int) {
	p.s.t.Helper()
	p.wantExit(endurance, p.watch(endurance+exitSlack), status)
}

// WantExitAtOnce is WantExit of a program that must not rest before: not even until a timer of its own wakes it.
func (p *Program) WantExitAtOnce(status int) {
	p.s.t.Helper()
	p.wantExit(endurance, p.watch(p.atOnce()), status)
}

// WantExitWithin wants the program to end with this exit status not later than d after it was started.
func (p *Program) WantExitWithin(d time.Duration, status int) {
	p.s.t.Helper()
	p.wantExit(d, p.watch(d+exitSlack), status)
}

func (p *Program) wantExit(limit time.Duration, w *watch, status int) {
	p.s.t.Helper()
	for p.running() {
		p.notePeak()
		why := w.over()
		if late := time.Since(p.process.Started) - w.delay - w.lost; why == "" && !w.ended && late > limit+exitSlack {
			why = fmt.Sprintf("it still runs %v after its start", limit)
		}
		if why != "" && p.running() {
			p.s.fail(failure{
				message:  "the program does not end: " + why,
				meaning:  "It waits for something that the other side will not do; a deadline on the connection ends such a wait." + p.itsGoroutines(),
				expected: fmt.Sprintf("exit status %d", status),
				actual:   "still running",
			})
		}
		p.pause(w.next())
	}
	exit, _ := p.process.Exit()
	p.s.step("", transcript.Exited, "", exit.String())
	if exit.Status != status {
		p.s.fail(failure{
			message:  "the program has ended with the wrong status: " + p.ending(),
			meaning:  p.meaningOfItsEnd("The exit status is how other programs learn whether it went well: 0 is success, all else is not."),
			expected: fmt.Sprintf("exit status %d", status),
			actual:   exit.String(),
		})
	}
}

// awaitClosed waits until nobody holds a standard stream of the program, which has ended, any more.
func (p *Program) awaitClosed(stream *sandbox.Output, name string) {
	p.s.t.Helper()
	select {
	case <-stream.Closed():
	case <-time.After(endurance):
		p.s.fail(failure{
			message:  "the program has ended, but something that it has started still holds its standard " + name,
			meaning:  "Whoever reads it waits for the end, and does not know that there is nothing more to come.",
			expected: "the end of standard " + name,
			actual:   "an open pipe",
		})
	}
}

// WantStdout wants the program's standard output, after its end, to be exactly this.
func (p *Program) WantStdout(want string) {
	p.s.t.Helper()
	p.awaitClosed(p.process.Stdout, "output")
	got := p.process.Stdout.String()
	if got == want {
		return
	}
	p.s.fail(failure{
		message:  "the program printed something else on standard output",
		expected: fmt.Sprintf("%q", want),
		actual:   fmt.Sprintf("%q", got),
		diff:     transcript.Diff([]byte(got), []byte(want)),
	})
}

// WantStderr wants the program, after its end, to have said something on standard error.
func (p *Program) WantStderr() {
	p.s.t.Helper()
	p.awaitClosed(p.process.Stderr, "error")
	said := strings.TrimSpace(p.process.Stderr.String())
	if said == "<nil>" {
		p.s.fail(failure{
			message:  "the program failed, and says <nil> on standard error",
			meaning:  "It prints an error that is nil: the call went well, and something else is wrong.",
			expected: "a reason on standard error",
			actual:   said,
		})
	}
	if said != "" {
		return
	}
	p.s.fail(failure{
		message:  "the program failed without a word on standard error",
		meaning:  "Whoever runs it has to guess what went wrong.",
		expected: "a reason on standard error",
		actual:   "nothing",
	})
}
