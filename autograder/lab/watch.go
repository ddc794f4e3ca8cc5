package lab

import (
	"errors"
	"runtime"
	"time"

	"tcplab/autograder/internal/kernel"
)

// How long the lab waits before it gives up. None of them decides a verdict on a program whose threads can be seen and have
// no timer pending; there the kernel's word does, after restLooks looks.
const (
	// restLooks is how many looks in a row, lookEvery apart, must show the same program at rest. A packet that is on its
	// way through the loopback needs microseconds; no wrong verdict was seen in 1,280 checks under load.
	restLooks = 3
	lookEvery = 2 * time.Millisecond
	// patience is for a program that rests with a timer pending, while something is wanted of it.
	patience = 2 * time.Second
	// brevity is the same while nothing is wanted of it.
	brevity = 500 * time.Millisecond
	// wholeTest is for a program that gets on, but so slowly that its test comes to no end: as long as that, of time in which it
	// could run, and it fails. The grader ends a test that takes longer, and then it is nobody's failure.
	wholeTest = 150 * time.Second
	// endurance is for a program that works on and on without a result: so much time, or half of it on the processors.
	endurance = 10 * time.Second
)

// stall is how late a look may come before the time is taken to be lost for the program, too: when the machine stands still,
// or is so busy that a test does not get to look, it proves nothing that the program did not get to act.
const stall = 10 * lookEvery

// watch decides when it is no use to wait any longer.
type watch struct {
	p      *Program
	still  time.Duration // how long a program at rest with a timer pending is waited for
	from   time.Time
	first  kernel.Rest // the first look, to tell work from waiting for a processor
	last   kernel.Rest
	delay  time.Duration // the most that last.Delay ever was: what a thread has waited is forgotten when the thread ends
	cpu    time.Duration // the same of last.CPU
	naps   time.Duration // time in which a program that wakes up again and again was seen to wait for the clock
	ended  bool          // the program has ended, and will soon be known to have
	since  time.Time     // when the program was first seen as it is now
	looks  int           // looks in a row that showed the same program at rest
	exited int
	looked time.Time     // when the last look was
	pace   time.Duration // how long after it the next one is due
	lost   time.Duration // time in which nobody could run, as looks that came late show
}

func (p *Program) watch(still time.Duration) *watch {
	return &watch{p: p, still: still, from: time.Now()}
}

// atOnce is how long a program may rest that must not rest at all.
func (p *Program) atOnce() time.Duration {
	if _, err := p.look(); err != nil {
		return patience // where nobody can say whether it rests or could not run
	}
	return brevity / 2
}

// progress starts the wait anew: something that was waited for has come.
func (w *watch) progress() { *w = watch{p: w.p, still: w.still, from: time.Now()} }

// slowest is how far apart looks at a program are that has been seen to do the same for long.
const slowest = 25 * lookEvery

// next is how long to wait until the next look. The longer nothing has changed, the longer that is: a look costs a tenth of
// a millisecond, and what the test waits for is told to it without a look.
func (w *watch) next() time.Duration {
	w.pace = lookEvery
	switch {
	case w.looks > restLooks:
		w.pace = min(max(lookEvery, time.Since(w.since)/16), slowest)
	case w.looks == 0 && w.last.Mark != "" && !w.last.Blocked:
		w.pace = min(max(lookEvery, time.Since(w.from)/16), slowest)
	}
	return w.pace
}

// used is the processor time that the program has used since the wait began. In a virtual machine that was stopped for a while
// the kernel's account may say more than the clock allows (seen: 5 seconds in 2 on two processors).
func (w *watch) used(now time.Time) time.Duration {
	return min(w.cpu-w.first.CPU, now.Sub(w.from)*time.Duration(runtime.NumCPU()))
}

// over looks at the program once and says why nothing more is to be expected of it, or "" when it may still act. The test fails
// if it has taken too long.
func (w *watch) over() string {
	select {
	case <-w.p.process.Done():
		// what it sent before it ended is on the connection already, but the end of the program may have been seen first
		if w.exited++; w.exited > 1 {
			return "the program has ended: " + w.p.ending()
		}
		return ""
	default:
	}
	w.p.flush()
	now := time.Now()
	if late := now.Sub(w.looked) - w.pace; !w.looked.IsZero() && late > stall {
		w.lost += late - stall
		w.p.s.lost += late - stall
		w.since = w.since.Add(late - stall)
	}
	interval := min(now.Sub(w.looked), max(w.pace, lookEvery))
	before := w.looked
	w.looked = now
	rest, err := w.p.look()
	if errors.Is(err, kernel.ErrUnsupported) {
		if now.Sub(w.from)-w.lost > w.still {
			return "nothing happened for " + w.still.String()
		}
		return ""
	}
	if w.ended = rest.Ended; w.ended {
		return "" // there will be news: how it ended
	}
	if w.first.Mark == "" {
		w.first = rest
	}
	w.delay, w.cpu = max(w.delay, rest.Delay), max(w.cpu, rest.CPU)
	if w.p.s.overdue(w.delay) { // as no reason to wait no longer: where silence is wanted, that would be a way to pass
		w.p.s.fail(failure{
			message:  "the test has taken " + w.p.s.limit.String() + ", and the program goes on as slowly",
			meaning:  "It gets on, but so slowly that nobody would wait for the end.",
			expected: "a test that comes to its end",
			actual:   "a program that is not done",
		})
	}
	if !rest.Blocked || rest.Mark != w.last.Mark || !w.p.delivered() {
		napping := rest.Blocked && rest.Timer && w.last.Blocked && w.p.delivered()
		if napping {
			w.naps += interval
			// Where something is wanted, every time that it wakes up may bring it. Where nothing is, or where it has to come at
			// once, rest is rest, however often it is interrupted: a program that looks round ten times a second never rests
			// for long.
			if w.still <= brevity && before.After(w.since) {
				w.naps += before.Sub(w.since)
			}
		}
		w.last, w.since, w.looks = rest, now, 0
		// what several threads have waited may add up to more than the time that has passed: then their work is the measure
		worked := now.Sub(w.from) - w.lost - (w.delay - w.first.Delay)
		switch {
		case w.naps > w.still:
			return "the program wakes up again and again, and nothing has come of it for " + w.still.String()
		case worked > endurance && w.used(now) < endurance/10:
			return "the program woke up again and again for " + endurance.String() + ", and nothing came of it"
		case worked > endurance:
			return "the program was busy for " + endurance.String() + " without a result"
		case w.used(now) > endurance/2:
			return "the program has used " + (endurance / 2).String() + " of processor time without a result"
		}
		return ""
	}
	w.last = rest
	w.looks++
	if w.looks < restLooks || rest.Timer && now.Sub(w.since) < w.still {
		return ""
	}
	// A timer of a descriptor's that rings in between is not set any more, and has woken a thread: in this order one of the two
	// shows, or else that the thread has run.
	timer := rest.Timer || w.p.eyes.TimerSet()
	asleep := w.p.eyes.Asleep() // otherwise it waits for the kernel, not for an event
	if again, err := w.p.look(); !asleep || err != nil || again.Mark != rest.Mark || w.p.findOrphans() {
		w.looks = 0
		return ""
	}
	switch {
	case timer && now.Sub(w.since) < w.still:
		return ""
	case !timer:
		return "every thread of the program sleeps, and nothing will wake it"
	default:
		return "the program sleeps, and has not moved for " + w.still.String()
	}
}
