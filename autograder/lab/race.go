package lab

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// StartParallel is Start for a program whose threads are to run side by side: Go uses four of them at a time, however many
// processors the machine has. With one, most data races are not to be seen.
func StartParallel(t testing.TB, args ...string) *Program {
	t.Helper()
	return startServer(t, args, "GOMAXPROCS=4")
}

// AllAtOnce stops the program while do runs, so that all that do sends, and everyone who connects in it, reaches the program
// in the same moment. Two threads that handle it in parallel are then in each other's way if they ever can be. Nothing may
// be wanted of the program in do, but of its children, which go on: of many that end, one signal tells it. Where a program
// cannot be stopped, all comes as quickly as it can.
func (p *Program) AllAtOnce(do func()) {
	p.s.t.Helper()
	p.signal(kernel.Stop, "stopped")
	p.stopped = true
	defer p.goOn()
	p.until(func() bool { return kernel.Stopped(p.process.PID) })
	do()
	// On a busy machine the loopback takes its time, too: a program that went on before would still talk to a client that has gone.
	p.until(func() bool {
		p.flush()
		return p.arrived()
	})
}

// until lets time pass until the kernel has done what it was asked to do, as far as it does in time.
func (p *Program) until(done func() bool) {
	for began := time.Now(); !done() && time.Since(began) < patience; {
		p.pause(lookEvery / 10)
	}
}

// goOn lets the program go on if it is stopped, and reports whether it was.
func (p *Program) goOn() bool {
	p.s.t.Helper()
	if !p.stopped {
		return false
	}
	p.stopped = false
	p.signal(kernel.Continue, "continued")
	return true
}

// Interrupt sends every thread of the program a signal that means nothing to it, as Go's own runtime does to make goroutines
// take turns. A system call in which a thread waits can then fail with EINTR, or return with less done than it was asked for.
func (p *Program) Interrupt() {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("on this system the calls of a program cannot be interrupted: Linux is needed")
	}
	p.signal(kernel.Interrupt, "interrupted")
}

func (p *Program) signal(send func(pid int) error, what string) {
	p.s.t.Helper()
	if !p.running() || p.process.PID == 0 {
		return // what is wanted of it later tells how it ended
	}
	err := send(p.process.PID)
	if errors.Is(err, kernel.ErrUnsupported) {
		return
	}
	if err != nil {
		if !p.hasEnded() { // the kernel knows it first, and the news of it is on its way
			p.s.broken(fmt.Errorf("the program could not be %s: %w", what, err))
		}
		return
	}
	p.s.step("", transcript.Observed, "", "the program was "+what)
}

// wantRacesToEndIt wants no process of the program to have been started with other options for the race detector than those with
// which a race ends it: a program can start itself once more, in its own place.
func (p *Program) wantRacesToEndIt() {
	p.s.t.Helper()
	for _, pid := range p.family() {
		if !kernel.HasEnvironment(pid, raceOptions) {
			p.s.fail(failure{
				message:  "the program has started itself again, so that a data race does not end it",
				meaning:  "The race detector takes its options from the environment, GORACE: pass it on as it is.",
				expected: raceOptions,
				actual:   "another environment",
			})
		}
	}
}

// raceAccess is what the race detector writes of one of the two accesses, from its first line to the first function of the
// program's own; what the compiler or the library put between them is passed over.
var raceAccess = regexp.MustCompile(`(?m)^((?:Previous )?(?:[Rr]ead|[Ww]rite|[Aa]tomic read|[Aa]tomic write)) at 0x[0-9a-f]+ by ((?:main )?goroutine(?: \d+)?):\n(?:  .*\n)*?  (main\.\S+)\(.*\)\n\s+(\S+:\d+)`)

// raceWords says in one line which two accesses a race report is about, or "" if it does not say so.
func raceWords(report string) string {
	var accesses []string
	for _, access := range raceAccess.FindAllStringSubmatch(report, 2) {
		accesses = append(accesses, fmt.Sprintf("%s by %s at %s (%s)", strings.ToLower(access[1]), access[2], filepath.Base(access[4]), access[3]))
	}
	return strings.Join(accesses, ", ")
}
