package lab

import (
	"sync"
	"time"

	"tcplab/autograder/internal/kernel"
)

// A client has five seconds by its own clock, and may have less patience, a second with connecting, say. Where the machine is
// so busy that the test and the client come to nothing for a good part of that, a client that gives up is right, and one that
// should have given up may be seen to do so in time.
const hopelesslyLate = 500 * time.Millisecond

// lag is the time that the test and its client have lost for want of a processor since the client was started.
type lag struct {
	once   sync.Once
	mu     sync.Mutex
	last   time.Time // when the test was last seen to run; zero before begin
	behind time.Duration
	seen   kernel.Rest   // the program, when it was last looked at
	looked time.Time     // when that was
	stuck  time.Duration // in which the program wanted to run, and did not
	waited time.Duration // by the program's threads, as the kernel says of those that have got to run in the end
	before bool          // the test was starved while an earlier program ran
}

// begin counts from now on, until done is closed.
func (l *lag) begin(done <-chan struct{}) {
	starved := l.starved()
	l.mu.Lock()
	l.last, l.behind = time.Now(), 0
	l.looked, l.stuck, l.waited, l.before = time.Time{}, 0, 0, starved
	l.mu.Unlock()
	l.once.Do(func() { go l.measure(done) })
}

func (l *lag) measure(done <-chan struct{}) {
	ticker := time.NewTicker(stall)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			l.beat()
		}
	}
}

// beat notes that the test runs, and how much later than it should, and returns how far it is behind altogether.
func (l *lag) beat() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.IsZero() {
		return 0
	}
	now := time.Now()
	l.behind += max(0, now.Sub(l.last)-2*stall)
	l.last = now
	return l.behind
}

// look notes how the program was seen just now. How long a thread waits for a processor the kernel says when it has one again, and
// a client may find its time over then, and be gone before the next look: seen were waits of two seconds beside processes of
// other groups (sched(7), autogroup). So it counts, too, that a program was about to run twice and has not run in between.
func (l *lag) look(rest kernel.Rest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.IsZero() {
		return
	}
	now := time.Now()
	if !l.looked.IsZero() && !rest.Blocked && !l.seen.Blocked && rest.CPU == l.seen.CPU {
		l.stuck += now.Sub(l.looked)
	}
	l.seen, l.looked, l.waited = rest, now, max(l.waited, rest.Delay)
}

// starved reports whether the machine has left the test and its program so little that the verdict may be the machine's. When
// the test was stopped until now, the ticker has not run again yet.
func (l *lag) starved() bool {
	behind := l.beat()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.before || behind+max(l.stuck, l.waited) > hopelesslyLate
}
