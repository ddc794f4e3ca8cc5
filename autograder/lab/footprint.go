package lab

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// Footprint is what the program and its children hold while they are at rest.
type Footprint struct {
	Descriptors int
	Sockets     int
	Polls       int // descriptors on which it waits for events
	Threads     int
	Children    int
	Memory      int64 // proportional set size in bytes, kernel memory excluded

	warmUp []func() // the work behind which memory was read
}

// String says it in one line.
func (f Footprint) String() string {
	return fmt.Sprintf("%d descriptors (%d sockets), %d threads, %d children, %s",
		f.Descriptors, f.Sockets, f.Threads, f.Children, mebibytes(f.Memory))
}

// mebibytes says a number of bytes as people do.
func mebibytes(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// How much may be added to a footprint without being a leak. A Go program starts threads when system calls block for long
// and keeps them, and its heap grows to twice of what is live before it is collected.
const (
	threadSlack = 8
	memorySlack = 16 << 20
	// Go's runtime makes one epoll and one eventfd for itself, not at the start but when it first needs a timer, which may be
	// one of its own.
	pollSlack = 2
)

// WantAtRest waits until every thread of the program is blocked. A program that only wakes up again and again, or is slow, is
// let pass; one that works on and on is not, and the processor time that it has used is the measure.
func (p *Program) WantAtRest() {
	p.s.t.Helper()
	w := p.watch(brevity)
	for {
		why := w.over()
		switch {
		case why == "":
			p.pause(w.next())
			continue
		case !p.running():
			p.s.fail(failure{message: why, meaning: p.meaningOfItsEnd("A server runs until it is signalled."), expected: "a running program", actual: "it has ended"})
		case w.used(time.Now()) > endurance/2:
			p.s.fail(failure{
				message:  why,
				meaning:  "A loop tries again and again instead of waiting." + p.itsGoroutines(),
				expected: "a program at rest",
				actual:   "a busy program",
			})
		}
		return
	}
}

// WantRunning wants the program not to have ended, nor, where a data race is to end it, to have seen to it that none does.
func (p *Program) WantRunning() {
	p.s.t.Helper()
	if !p.running() {
		p.s.fail(failure{
			message:  "the program has ended: " + p.ending(),
			meaning:  p.meaningOfItsEnd("A server runs until it is signalled."),
			expected: "a running program",
			actual:   "it has ended",
		})
	}
	if p.target.race {
		p.wantRacesToEndIt()
	}
}

func (p *Program) running() bool {
	select {
	case <-p.process.Done():
		return false
	default:
		return true
	}
}

// WantBacklog wants every listener on the exercise's port to have been given this backlog, as the kernel tells.
func (p *Program) WantBacklog(want int) {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("a listener's backlog cannot be seen on this system: Linux is needed")
	}
	here, all := p.listeners()
	if len(here) == 0 {
		p.s.fail(p.notListening("it has closed its listener", all))
	}
	for _, l := range here {
		if l.Backlog != want {
			p.s.fail(failure{
				message:  fmt.Sprintf("the program listens on port %d with a backlog of %d", p.port, l.Backlog),
				meaning:  "The backlog is how many connections may wait to be accepted. It is an argument of listen.",
				expected: fmt.Sprintf("a backlog of %d", want),
				actual:   fmt.Sprintf("a backlog of %d", l.Backlog),
			})
		}
		p.s.step("", transcript.Observed, "", fmt.Sprintf("the program listens on %v with a backlog of %d", l.Address, l.Backlog))
	}
}

// Footprint waits until the program is at rest and reads what it holds, of memory what it holds behind warmUp: a heap grows
// with what is done for the first time, and stays large. That is no leak, and anything else that warmUp leaves behind is one. It
// has to do, at least once, whatever the test does many times behind it: WantNoLeak tells by it whether threads are lost.
func (p *Program) Footprint(warmUp ...func()) Footprint {
	p.s.t.Helper()
	p.WantAtRest()
	f := p.held()
	for _, work := range warmUp {
		work()
		p.WantAtRest()
		f.Memory = p.held().Memory
	}
	f.warmUp = warmUp
	p.s.step("", transcript.Observed, "", f.String())
	return f
}

func (p *Program) held() Footprint {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("what a program holds cannot be seen on this system: Linux is needed")
	}
	family := p.family()
	f := Footprint{Children: len(family) - 1}
	for _, pid := range family {
		usage, err := kernel.Held(pid)
		if err != nil {
			if pid != p.process.PID || p.hasEnded() {
				continue // it has just ended
			}
			p.s.broken(fmt.Errorf("look at the program: %w", err))
		}
		f.Descriptors += usage.Descriptors
		f.Sockets += usage.Sockets
		f.Polls += usage.Polls
		f.Threads += usage.Threads
		f.Memory += usage.Memory
	}
	return f
}

// leak says what a program holds now that it did not hold before, or "".
func (before Footprint) leak(now Footprint) string {
	polls := now.Polls - before.Polls
	switch more := now.Descriptors - before.Descriptors; {
	case more > polls || polls > pollSlack:
		return fmt.Sprintf("%s more than before, %s", count(more, "descriptor", "descriptors"), count(now.Sockets-before.Sockets, "of them a socket", "of them sockets"))
	case now.Children > before.Children:
		return count(now.Children-before.Children, "child", "children") + " more than before"
	case now.Threads > before.Threads+threadSlack:
		return count(now.Threads-before.Threads, "thread", "threads") + " more than before"
	case now.Memory > before.Memory+memorySlack:
		return mebibytes(now.Memory-before.Memory) + " of memory more than before"
	}
	return ""
}

// OpenFiles are the paths of the files that the program and its children have open at this moment.
func (p *Program) OpenFiles() (paths []string) {
	p.s.t.Helper()
	for _, pid := range p.family() {
		files, err := kernel.OpenFiles(pid)
		if errors.Is(err, kernel.ErrUnsupported) {
			p.s.skip("what a program has open cannot be seen on this system: Linux is needed")
		}
		paths = append(paths, files...) // of a process that has ended there are none
	}
	return paths
}

// WantNoLeak wants the program, once it is at rest, to hold no more than before.
func (p *Program) WantNoLeak(before Footprint) {
	p.s.t.Helper()
	w := p.watch(patience)
	collected := false
	for {
		now := p.held()
		found := before.leak(now)
		if found == "" {
			p.WantRunning() // what has ended holds nothing
			p.s.step("", transcript.Observed, "", now.String())
			return
		}
		if why := w.over(); why != "" {
			if !collected && p.running() && before.holdsOnlyMoreMemory(now) {
				before, collected = p.haveGarbageCollected(before), true
				w = p.watch(patience)
				continue
			}
			if before.warmUp != nil && p.running() && before.holdsOnlyMoreThreads(now) {
				before = p.workOn(before, now)
				w = p.watch(patience)
				continue
			}
			p.WantRunning()
			p.s.fail(failure{
				message:  fmt.Sprintf("the program holds %s (%s)", found, why),
				meaning:  "Something is not closed, or not ended, when a conversation is over." + p.itsGoroutines(),
				expected: "no more than " + before.String(),
				actual:   now.String(),
			})
		}
		p.pause(w.next())
	}
}

func (before Footprint) holdsOnlyMoreMemory(now Footprint) bool {
	now.Memory = before.Memory
	return before.leak(now) == ""
}

func (before Footprint) holdsOnlyMoreThreads(now Footprint) bool {
	now.Threads = before.Threads
	return before.leak(now) == ""
}

// workOn repeats the warm-up until whoever loses one thread in it has lost too many. Go's runtime keeps the threads that it has
// started, but does not start them anew for the same work: of an HTTP server that writes files there were 9 more once in
// 15 rounds of tests under load. Only threads are compared with what is now.
func (p *Program) workOn(before, now Footprint) Footprint {
	p.s.t.Helper()
	p.s.step("", transcript.Observed, "", count(now.Threads-before.Threads, "thread", "threads")+" more than before, which the runtime may keep: the same work again")
	for range threadSlack + 1 {
		for _, work := range before.warmUp {
			work()
		}
	}
	p.WantAtRest()
	before.Threads, before.warmUp = now.Threads, nil
	return before
}

// haveGarbageCollected has clients come and go, for whom a program allocates, so that its runtime collects what nobody uses any
// more. Without them that may be for two minutes what was allocated while the last collection ran: 17 MiB of a server with two
// buffers of 1 MiB for each client, once, on a busy machine. Only memory is compared with what was before.
func (p *Program) haveGarbageCollected(before Footprint) Footprint {
	p.s.t.Helper()
	for range 4 {
		p.Dial().Close()
		p.WantAtRest()
	}
	now := p.held()
	now.Memory = before.Memory
	return now
}

// WantNoMoreThreads wants the program, once it is at rest, to have as many threads and children as before. The threads that
// Go's runtime starts for its own work, such as collecting garbage, are excused: they are as many as there are processors.
func (p *Program) WantNoMoreThreads(before Footprint) {
	p.s.t.Helper()
	w := p.watch(brevity)
	for {
		now := p.held()
		more := fmt.Sprintf("%d threads and %d children", now.Threads-before.Threads, now.Children-before.Children)
		if now.Threads <= before.Threads+threadSlack+runtime.NumCPU() && now.Children <= before.Children {
			p.WantRunning() // what has ended has none
			p.s.step("", transcript.Observed, "", now.String())
			return
		}
		if why := w.over(); why != "" {
			p.WantRunning()
			p.s.fail(failure{
				message:  fmt.Sprintf("the program has %s more than before (%s)", more, why),
				meaning:  "It has started something for each client." + p.itsGoroutines(),
				expected: "no more than " + before.String(),
				actual:   now.String(),
			})
		}
		p.pause(w.next())
	}
}

// notePeak remembers the most memory that the program, or a process that it has started, was seen with: after its end the
// kernel tells no more.
func (p *Program) notePeak() {
	for _, pid := range p.family() {
		if peak, err := kernel.PeakMemory(pid); err == nil {
			p.peak = max(p.peak, peak)
		}
	}
}

// WantPeakMemoryBelow wants no process of the program ever to have had bytes of memory resident, as far as was seen while it
// ran.
func (p *Program) WantPeakMemoryBelow(bytes int64) {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("a program's memory cannot be seen on this system: Linux is needed")
	}
	p.notePeak()
	if p.peak < bytes {
		return
	}
	p.s.fail(failure{
		message:  "the program has used " + mebibytes(p.peak) + " of memory",
		meaning:  "It keeps what the other side sends without a bound.",
		expected: "less than " + mebibytes(bytes),
		actual:   mebibytes(p.peak),
	})
}

// WantPeakMemoryBelowAfter is WantPeakMemoryBelow of a program that act sends more than it may keep. What Go's garbage collector
// comes too late for is not kept: with both processors busy, a client that dropped all it read was seen with 41 MiB, once in 20
// rounds, and in 36 floods more with less than 13 MiB. So where it was too much, the program is killed and started again, and act
// is called again. It fails when that has been so three times.
func (p *Program) WantPeakMemoryBelowAfter(act func(), bytes int64) {
	p.s.t.Helper()
	const tries = 3
	for try := 1; ; try++ {
		p.peak = 0
		act()
		if p.notePeak(); p.peak < bytes || p.peak > tooMuch || try == tries {
			break
		}
		p.s.step("", transcript.Observed, "", "it has used "+mebibytes(p.peak)+" of memory, which may be garbage: once more")
		if p.running() {
			p.Kill()
		}
		p.StartAgain()
	}
	p.WantPeakMemoryBelow(bytes)
}

// What an idle program may use while its timers tick: a hundredth of one processor is far below any loop that asks again
// and again (one look a millisecond costs 2 to 5 hundredths), and far above a timer that fires now and then.
const (
	idleWindow = 500 * time.Millisecond
	idleBudget = idleWindow / 100
	spinBudget = 200 * time.Millisecond
	// briefBudget is for a program that has come to rest, together with the little that it had to do before: that takes it less
	// than idleBudget. A loop that lasts for a second gets several times as much, even as one of eighteen processes on two processors.
	briefBudget = 4 * idleBudget
	// A loop exceeds the budget in every window. What follows a start-up does not: above all the scavenger of Go's runtime,
	// which is given a hundredth of the processor time, too, and has seconds to do behind a thousand goroutines.
	idleWindows = 10
)

// WantIdle wants the program to use no processor time while nothing happens. What was begun before is not counted.
func (p *Program) WantIdle() {
	p.s.t.Helper()
	p.wantIdle(nil)
}

// WantIdleAfter is WantIdle of a program that has nothing to do after act but a few calls: all that it uses from the beginning of
// act on is counted. A loop that lasts for a second only, and has to share the processors with others, is seen by that.
func (p *Program) WantIdleAfter(act func()) {
	p.s.t.Helper()
	p.wantIdle(act)
}

func (p *Program) wantIdle(act func()) {
	p.s.t.Helper()
	p.findOrphans()
	start, err := p.look()
	if errors.Is(err, kernel.ErrUnsupported) {
		p.s.skip("a program's processor time cannot be seen on this system: Linux is needed")
	}
	settled := act != nil
	orphans := p.orphans
	beforeAct := start.CPU
	if settled {
		act()
		now, _ := p.look()      // it could look before
		start.Delay = now.Delay // the window begins now, and only what is used counts from before
	}
	w := p.watch(idleWindow)
	from := time.Now()
	windows := 1
	// What the program uses is compared with the time in which it could have: where others keep the processors busy, a loop
	// waits its turn for most of the time, and of a whole second it may get to use a thousandth.
	var lost time.Duration
	own := func(now kernel.Rest) time.Duration {
		return time.Since(from) - max(0, now.Delay-start.Delay) - (w.lost - lost)
	}
	for {
		// Only a program at rest is idle for certain. Of one that wakes up again and again, or works on and on, the question is
		// what that costs.
		if why := w.over(); why != "" && (w.looks >= restLooks || !p.running()) {
			p.WantRunning()
			if used := w.last.CPU - beforeAct; act != nil && used > briefBudget {
				p.failBusy(used, time.Since(from))
			}
			p.s.step("", transcript.Observed, "", "idle: "+why)
			return
		}
		now := w.last
		// what was started before the wait may still be cleaned up: the window begins when that is done
		if !settled && (now.Blocked || time.Since(from) > idleWindow) {
			settled, from, start, lost, orphans = true, time.Now(), now, w.lost, p.orphans
		}
		used := now.CPU - start.CPU
		if settled && (used > spinBudget || own(now) > idleWindow || time.Since(from) > endurance) {
			// what was started before the wait may still be cleaned up, and who lost its parent was not looked at for a while
			p.findOrphans()
			adopted := !slices.Equal(p.orphans, orphans)
			if windows < idleWindows && (used > idleBudget && used <= spinBudget || adopted) {
				windows++
				settled = false
				continue
			}
			if used > idleBudget {
				p.failBusy(used, time.Since(from))
			}
			p.s.step("", transcript.Observed, "", fmt.Sprintf("idle: %v of processor time in %v", used, time.Since(from).Round(time.Millisecond)))
			return
		}
		p.pause(w.next())
	}
}

func (p *Program) failBusy(used, in time.Duration) {
	p.s.t.Helper()
	p.s.fail(failure{
		message:  fmt.Sprintf("the program used %v of processor time in %v although nothing happened", used.Round(time.Millisecond), in.Round(time.Millisecond)),
		meaning:  "A loop asks again and again instead of waiting in the kernel." + p.itsGoroutines(),
		expected: fmt.Sprintf("at most %v", idleBudget),
		actual:   used.String(),
	})
}
