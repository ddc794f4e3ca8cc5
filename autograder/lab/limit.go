package lab

import (
	"errors"
	"fmt"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// LimitDescriptors lets the program hold at most this many descriptors more than it holds at rest now, as if all the others
// that the system has were taken: calls that would make another one fail with "too many open files".
func (p *Program) LimitDescriptors(more int) {
	p.s.t.Helper()
	p.WantAtRest()
	err := kernel.LimitDescriptors(p.process.PID, p.held().Descriptors+more)
	switch {
	case errors.Is(err, kernel.ErrUnsupported):
		p.s.skip("a program's descriptors cannot be limited on this system: Linux is needed")
	case err != nil && p.running():
		p.s.broken(fmt.Errorf("limit the program's descriptors: %w", err))
	}
	p.s.step("", transcript.Observed, "", fmt.Sprintf("from now on the program may hold %d descriptors more", more))
}

// pausingLimit is when a machine that gives the program hardly any processor time has had its chance.
const pausingLimit = 8 * idleWindow

// WantPausing wants the program, while it cannot do what it would like to, to pause between two tries. That costs more than
// WantIdle allows (measured: 20 ms in the window for a try every 10 ms), and far less than a loop without a pause.
func (p *Program) WantPausing() {
	p.s.t.Helper()
	start, err := p.look()
	if errors.Is(err, kernel.ErrUnsupported) {
		p.s.skip("a program's processor time cannot be seen on this system: Linux is needed")
	}
	w := p.watch(idleWindow)
	from := time.Now()
	for {
		why := w.over()
		used := w.last.CPU - start.CPU
		// the time for which it waited for a processor does not count, or a busy machine would hide a loop
		window := time.Since(from) - (w.last.Delay - start.Delay)
		switch {
		case used > spinBudget:
			p.s.fail(failure{
				message:  fmt.Sprintf("the program used %v of processor time in %v although nothing happened", used.Round(time.Millisecond), time.Since(from).Round(time.Millisecond)),
				meaning:  "What cannot be done now cannot be done a microsecond later either: a loop tries it again without a pause.",
				expected: fmt.Sprintf("at most %v", spinBudget),
				actual:   used.Round(time.Millisecond).String(),
			})
		case why != "" || window > idleWindow || time.Since(from) > pausingLimit:
			p.WantRunning()
			p.s.step("", transcript.Observed, "", fmt.Sprintf("%v of processor time used in %v", used.Round(time.Millisecond), time.Since(from).Round(time.Millisecond)))
			return
		}
		p.pause(lookEvery)
	}
}
