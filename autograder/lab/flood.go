package lab

import (
	"errors"
	"fmt"
	"net"
	"time"

	"tcplab/autograder/internal/transcript"
)

// FloodUntil makes c send chunk again and again, and read what it is answered, until other, which has sent something before,
// has received want. A program that shares itself out among its clients comes to other soon, however much c sends. How soon
// is not a matter of time: while other waits, c must not be answered more than limit bytes. That has to be well above what the
// buffers of the two kernels hold, and what a program may do for a client before it is the next one's turn.
func (c *Conn) FloodUntil(other *Conn, want, chunk string, limit int) {
	c.p.s.t.Helper()
	c.p.s.step(c.name, transcript.Sent, chunk, "again and again, while "+other.name+" waits")
	buffer := make([]byte, 1<<20)
	got, answered := "", 0
	for w := c.p.watch(patience); len(got) < len(want); {
		before := c.sent
		if len(c.pending) == 0 {
			c.pending = []byte(chunk)
		}
		c.flush()
		n, ended := c.glance(buffer)
		answered += n
		// Whenever c has been answered something, other is looked at: nothing here can make its answer late.
		m, otherEnded := other.glance(buffer[:len(want)-len(got)])
		got += string(buffer[:m])
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
		case answered > limit && m == 0:
			c.p.s.fail(failure{
				who:      other.name,
				message:  fmt.Sprintf("%s was answered %d bytes while %s waits for one answer", c.name, answered, other.name),
				meaning:  "The program goes on with one client for as long as there is something to read.",
				expected: fmt.Sprintf("%q to %s", want, other.name),
				actual:   fmt.Sprintf("%q", got),
			})
		case n > 0 || m > 0 || c.sent > before:
			w.progress()
			continue
		}
		if why := w.over(); why != "" && !c.unseen() && !other.unseen() {
			other.failBytes(got, want, fmt.Sprintf("%s waits while %s sends much: %s", other.name, c.name, why), other.stallMeaning())
		}
	}
	other.p.s.step(other.name, transcript.Received, want, "")
	c.p.s.step(c.name, transcript.Observed, "", fmt.Sprintf("%d bytes were answered to %s meanwhile", answered, c.name))
}

// glance reads what is there, or comes within a moment, and reports whether the connection has ended.
func (c *Conn) glance(buffer []byte) (n int, ended bool) {
	_ = c.conn.SetReadDeadline(time.Now().Add(lookEvery / 4)) // fails only on a closed connection, as Read will say
	n, err := c.conn.Read(buffer)
	netError := net.Error(nil)
	return n, err != nil && !(errors.As(err, &netError) && netError.Timeout())
}
