package lab

import (
	"fmt"
	"iter"
	"slices"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// WantOneWait wants the program to wait in one single system call, such as poll, for its listener and for every connection
// that is open, and no thread to wait for one of these alone, as in read or accept. Nobody may be owed anything.
//
// Go's runtime, which the package net leaves the waiting to, does that as well: whether the program itself does it, a rule
// about its source has to say.
func (p *Program) WantOneWait() {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("what a program waits for cannot be seen on this system: Linux is needed")
	}
	w := p.watch(brevity) // a wait for a single client may be a short one, and is none for all of them
	for {
		problem := p.notOneWait()
		if problem == "" {
			p.WantRunning()
			p.s.step("", transcript.Observed, "", "one system call waits for all sockets")
			return
		}
		if why := w.over(); why != "" {
			p.WantRunning()
			p.s.fail(failure{
				message:  fmt.Sprintf("%s (%s)", problem, why),
				meaning:  "What is not in the call in which the program sleeps cannot wake it up.",
				expected: "one system call that waits for the listener and all connections",
				actual:   problem,
			})
		}
		p.pause(w.next())
	}
}

// notOneWait says what is missing at this moment, or "".
func (p *Program) notOneWait() string {
	waits, err := kernel.Waits(p.process.PID)
	if err != nil {
		return "the program has ended"
	}
	var all []uint32
	for inode, who := range p.sockets() {
		if inode == 0 {
			return who + " is not accepted"
		}
		for _, wait := range waits {
			if !wait.Multiplexed && slices.Contains(wait.Sockets, inode) {
				return "a thread waits for " + who + " alone"
			}
		}
		if !slices.ContainsFunc(waits, func(w kernel.Wait) bool { return slices.Contains(w.Sockets, inode) }) {
			return "no system call waits for " + who
		}
		all = append(all, inode)
	}
	for _, wait := range waits {
		if !slices.ContainsFunc(all, func(inode uint32) bool { return !slices.Contains(wait.Sockets, inode) }) {
			return ""
		}
	}
	return "no system call waits for all sockets"
}

// WantListenerNonBlocking wants O_NONBLOCK on the listener, so that accepting never waits. Who waits in the backlog may be gone when
// the program accepts; and although Linux then gives it the dead connection, not every system does (accept(2), and POSIX on
// ECONNABORTED). So no client could show it.
func (p *Program) WantListenerNonBlocking() {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("the flags of a socket cannot be seen on this system: Linux is needed")
	}
	here, _ := p.listeners()
	for _, l := range here {
		if kernel.Blocks(p.process.PID, l.Inode) {
			p.s.fail(failure{
				message:  "the listener is a blocking socket",
				meaning:  "Between poll and accept, the client that waited may leave. Then accept waits for the next one, and everybody with it.",
				expected: "O_NONBLOCK on the listener",
				actual:   "a listener without it",
			})
		}
	}
	p.s.step("", transcript.Observed, "", "accepting never waits")
}

// sockets yields the inodes of the program's listener and of its ends of the open connections, 0 for one that is not
// accepted, with the names that they have in a transcript.
func (p *Program) sockets() iter.Seq2[uint32, string] {
	return func(yield func(inode uint32, who string) bool) {
		here, _ := p.listeners()
		for _, l := range here {
			if !yield(l.Inode, "the listener") {
				return
			}
		}
		for _, c := range p.conns {
			if c.closed || c.end != nil {
				continue
			}
			state, found, err := c.remote()
			if err != nil {
				p.s.broken(err)
			}
			if found && !hungUp(state) && !yield(state.Inode, "connection "+c.name) {
				return
			}
		}
	}
}
