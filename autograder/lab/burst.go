package lab

import (
	"errors"
	"fmt"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// AllAtOnce stops the program while do runs, so that all that do sends, and everyone who connects in it, reaches the program
// in the same moment. Two threads that handle it in parallel are then in each other's way if they ever can be. Nothing must
// be wanted of the program in do. Where a program cannot be stopped, all comes as quickly as it can.
func (p *Program) AllAtOnce(do func()) {
	p.s.t.Helper()
	p.signal(kernel.Stop, "stopped")
	p.stopped = true
	defer p.goOn()
	do()
}

// goOn lets the program go on if it is stopped, and reports whether it was.
func (p *Program) goOn() bool {
	p.s.t.Helper()
	if !p.stopped {
		return false
	}
	p.stopped = false
	p.signal(kernel.Continue, "let go on")
	return true
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
	if err != nil && p.running() {
		p.s.broken(fmt.Errorf("the program could not be %s: %w", what, err))
	}
	p.s.step("", transcript.Observed, "", "the program was "+what)
}
