//go:build unix

// Package loop is an event loop on poll(2): it waits for everything at once, and calls back whoever has registered for what
// has happened. It is the loop of lecture 8, with what the server does taken out.
package loop

import (
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Loop waits for sockets and for the clock, on one thread. It calls one callback at a time, and the next one when that has
// returned: nothing has to be locked, and a callback that waits makes everybody wait. Its methods return at once, except Run.
// They may be called before Run, and from callbacks.
type Loop struct {
	watches []*watch
	timers  []*Timer // the one that is due first comes first
	buffer  []byte   // for reading
}

// watch is a socket, what is waited for on it, and who is called then.
type watch struct {
	fd       int   // -1 when the socket is closed
	events   int16 // of poll; 0 while nothing is waited for
	callback func()
}

// New makes a loop that has nothing to wait for yet.
func New() *Loop { return &Loop{buffer: make([]byte, turn)} }

//region run

// Run waits for events and calls their callbacks. It returns only when waiting itself fails.
func (l *Loop) Run() error {
	for {
		watches := l.open()
		table := make([]unix.PollFd, len(watches))
		for i, w := range watches {
			table[i] = unix.PollFd{Fd: int32(w.fd), Events: w.events}
			if w.events == 0 {
				table[i].Fd = -1 // poll passes it over
			}
		}
		if _, err := unix.Poll(table, l.untilNextTimer()); err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
		for i, w := range watches {
			if table[i].Revents != 0 && w.fd >= 0 { // a callback before this one may have closed it
				w.callback()
			}
		}
		l.callTimersThatAreDue()
	}
}

//endregion run

// open forgets the sockets that are closed, and returns the others.
func (l *Loop) open() []*watch {
	l.watches = slices.DeleteFunc(l.watches, func(w *watch) bool { return w.fd < 0 })
	return l.watches
}

func (l *Loop) watch(fd int, events int16, callback func()) *watch {
	w := &watch{fd, events, callback}
	l.watches = append(l.watches, w)
	return w
}

// close closes the socket. Nobody is called back for it any more.
func (w *watch) close() {
	_ = unix.Close(w.fd) // there is nothing left that could get lost
	w.fd = -1
}

// Timer is a callback that waits for its time.
type Timer struct {
	loop     *Loop
	due      time.Time
	callback func()
}

//region timers

// After calls callback once, when delay has passed.
func (l *Loop) After(delay time.Duration, callback func()) *Timer {
	t := &Timer{l, time.Now().Add(delay), callback}
	at, _ := slices.BinarySearchFunc(l.timers, t, func(other, t *Timer) int {
		if other.due.After(t.due) {
			return 1
		}
		return -1 // also when both are due at the same time: who came first is called first
	})
	l.timers = slices.Insert(l.timers, at, t)
	return t
}

// Stop keeps the timer from calling back. It does nothing to one that has done so already.
func (t *Timer) Stop() {
	t.loop.timers = slices.DeleteFunc(t.loop.timers, func(other *Timer) bool { return other == t })
}

// untilNextTimer is for how many milliseconds poll may wait; -1 is for ever.
func (l *Loop) untilNextTimer() int {
	if len(l.timers) == 0 {
		return -1
	}
	rest := time.Until(l.timers[0].due)
	return int(max(0, (rest+time.Millisecond-1)/time.Millisecond)) // rounded up, or poll would return too early
}

func (l *Loop) callTimersThatAreDue() {
	for now := time.Now(); len(l.timers) > 0 && !l.timers[0].due.After(now); {
		first := l.timers[0]
		l.timers = slices.Delete(l.timers, 0, 1)
		first.callback()
	}
}

//endregion timers
