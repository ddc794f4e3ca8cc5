package lab

import (
	"errors"
	"fmt"
	"net"
	"time"

	"tcplab/autograder/internal/transcript"
)

// FloodUntil makes c send chunk again and again, and read what it is answered. When the program is busy with that, another
// client says something, which may be a new one, and the flood goes on until it has received want. A program that shares itself
// out among its clients comes to this one soon, however much c sends. How soon is not a matter of time: while it waits, the
// program must not read more than limit bytes from c, as the kernel tells. What c is answered later stays unread until something
// is wanted of c.
func (c *Conn) FloodUntil(another func() *Conn, says, want, chunk string, limit int64) {
	c.p.s.t.Helper()
	if c.p.diag == nil {
		c.p.s.skip("how much a program has read cannot be seen on this system: Linux is needed")
	}
	c.p.s.step(c.name, transcript.Sent, chunk, "again and again, while another client waits")
	buffer, got := make([]byte, 1<<20), ""
	from := c.taken()
	defer c.sendMeanwhile(chunk, 0)()
	flooded := func(until func() bool) {
		for w := c.p.watch(patience); !until(); {
			if n, ended := c.glance(buffer); n > 0 {
				w.progress()
			} else if ended || w.over() != "" {
				return // what is wanted of the program next says what is wrong
			}
		}
	}
	// A flood that has just begun comes in gusts, until the kernel's buffers have grown: between two of them a program that
	// always comes back to the one client may turn to the other. Seen of one on a busy machine: 1 of 2 floods showed nothing
	// where the first chunk was enough, 2 of 5 after half a mebibyte.
	flooded(func() bool { return c.taken()-from > limit/3 })
	other := another()
	other.Send(says)
	flooded(other.delivered)
	from = c.taken()
	for w := c.p.watch(patience); len(got) < len(want); {
		read := c.taken() - from
		n, ended := c.glance(buffer)
		// The second look is for an answer that arrived during the first, between its two ends.
		m, otherEnded, answered := 0, false, other.unseen() || read > limit && other.unseen()
		if answered { // only then: a flood that pauses while the test waits for other is none
			m, otherEnded = other.glance(buffer[:len(want)-len(got)])
			got += string(buffer[:m])
		}
		switch {
		case got != want[:len(got)]:
			other.failBytes(got, want, other.name+" received other bytes than it should", "")
		case ended || otherEnded:
			c.p.WantRunning()
			c.p.s.fail(failure{
				who:      other.name,
				message:  fmt.Sprintf("a connection ended while %s sent much and %s waited", c.name, other.name),
				expected: fmt.Sprintf("%q", want),
				actual:   fmt.Sprintf("%q", got),
			})
		case read > limit && !answered:
			c.p.s.fail(failure{
				who:      other.name,
				message:  fmt.Sprintf("the program has read %d bytes from %s while %s waits for its answer", read, c.name, other.name),
				meaning:  "It goes on with one client for as long as there is something to read.",
				expected: fmt.Sprintf("at most %d bytes", limit),
				actual:   fmt.Sprintf("%d bytes", read),
			})
		case n > 0 || m > 0 || !c.waitsUnread(): // the flood may not have come yet
			w.progress()
			continue
		}
		if why := w.over(); why != "" && !c.unseen() && !other.unseen() {
			other.failBytes(got, want, fmt.Sprintf("%s waits while %s sends much: %s", other.name, c.name, why), other.stallMeaning())
		}
	}
	other.p.s.step(other.name, transcript.Received, want, "")
	note := fmt.Sprintf("the program has read %d bytes from %s meanwhile", c.taken()-from, c.name)
	c.p.s.step(c.name, transcript.Observed, "", note)
}

// taken is how much the program has read of what c has sent, in bytes.
func (c *Conn) taken() int64 {
	state, _, err := c.remote()
	if err != nil {
		c.p.s.broken(err)
	}
	return state.Received - int64(state.Unread)
}

// waitsUnread reports whether something that c has sent lies unread in the program's receive queue.
func (c *Conn) waitsUnread() bool {
	state, found, err := c.remote()
	if err != nil {
		c.p.s.broken(err)
	}
	return found && state.Unread > 0
}

// SendMeanwhile sends chunk again and again, with a pause before each, until the function that it returns is called. In the
// meantime the test may want something of other connections, which the program owes them although this one never rests, or
// the end of this one.
func (c *Conn) SendMeanwhile(chunk string, pause time.Duration) (stop func()) {
	c.p.s.step(c.name, transcript.Sent, chunk, fmt.Sprintf("every %v from now on", pause))
	return c.sendMeanwhile(chunk, pause)
}

// sendMeanwhile sends chunk again and again, after a pause or as fast as the kernel takes it, until the function that it
// returns is called. What the kernel has not taken of the last one by then goes out later.
func (c *Conn) sendMeanwhile(chunk string, pause time.Duration) (stop func()) {
	_ = c.conn.SetWriteDeadline(time.Time{}) // fails only on a closed connection, as Write will say
	type outcome struct {
		sent int64
		rest []byte
	}
	stopped, done := make(chan struct{}), make(chan outcome, 1)
	pending := c.pending
	c.pending = nil // the sender's, until it stops
	go func() {
		o := outcome{rest: pending}
		for {
			if len(o.rest) == 0 {
				if pause > 0 { // a flood has none, not even the one of a timer that is due
					select {
					case <-stopped:
					case <-time.After(pause):
					}
				}
				o.rest = []byte(chunk)
			}
			n, err := c.conn.Write(o.rest)
			o.sent += int64(n)
			o.rest = o.rest[n:]
			if err != nil {
				done <- o
				return
			}
		}
	}()
	return func() {
		close(stopped)
		_ = c.conn.SetWriteDeadline(time.Now())
		o := <-done
		c.sent, c.pending = c.sent+o.sent, o.rest
	}
}

// glance reads what is there, or comes within a moment, and reports whether the connection has ended.
func (c *Conn) glance(buffer []byte) (n int, ended bool) {
	_ = c.conn.SetReadDeadline(time.Now().Add(lookEvery / 4)) // fails only on a closed connection, as Read will say
	n, err := c.conn.Read(buffer)
	netError := net.Error(nil)
	return n, err != nil && !(errors.As(err, &netError) && netError.Timeout())
}
