package lab

import (
	"sync"
	"sync/atomic"
	"time"
)

// A client has five seconds by its own clock, and may use four of them for a server that is silent. Where the machine is so busy
// that the test itself comes to nothing for a good part of that, a client that gives up is right, and so is one that does not.
const hopelesslyLate = time.Second

// lag is how far the test has fallen behind the clock, since its program was started, for want of a processor.
type lag struct {
	once   sync.Once
	behind atomic.Int64 // nanoseconds
}

// begin counts from now on.
func (l *lag) begin(done <-chan struct{}) {
	l.behind.Store(0)
	l.once.Do(func() { go l.measure(time.Now(), done) })
}

func (l *lag) measure(last time.Time, done <-chan struct{}) {
	beat := time.NewTicker(stall)
	defer beat.Stop()
	for {
		select {
		case <-done:
			return
		case <-beat.C:
		}
		now := time.Now()
		l.behind.Add(int64(max(0, now.Sub(last)-2*stall)))
		last = now
	}
}

// starved reports whether the machine has left the test so little that a failure of its program may be the machine's.
func (l *lag) starved() bool { return time.Duration(l.behind.Load()) > hopelesslyLate }
