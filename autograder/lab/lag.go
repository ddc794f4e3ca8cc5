package lab

import (
	"sync"
	"time"
)

// A client has five seconds by its own clock, and may use four of them for a server that is silent. Where the machine is so busy
// that the test itself comes to nothing for a good part of that, a client that gives up is right, and so is one that does not.
const hopelesslyLate = time.Second

// lag is how far the test has fallen behind the clock, since its program was started, for want of a processor.
type lag struct {
	once   sync.Once
	mu     sync.Mutex
	last   time.Time // when the test was last seen to run; zero before begin
	behind time.Duration
}

// begin counts from now on, until done is closed.
func (l *lag) begin(done <-chan struct{}) {
	l.mu.Lock()
	l.last, l.behind = time.Now(), 0
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

// starved reports whether the machine has left the test so little that a failure of its program may be the machine's. When
// it was stopped until now, the ticker has not run again yet.
func (l *lag) starved() bool { return l.beat() > hopelesslyLate }
