package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"tcplab/autograder/internal/transcript"
)

// FloodUntil makes the clients of flooding send chunk again and again, and read what they are answered. When the program is busy
// with that, another client says something, which may be a new one, and the floods go on until it has received want. A program
// that shares itself out among its clients comes to this one soon, however much others send. How soon is not a matter of time:
// while it waits, the program must not read more than limit bytes from any one of them, as the kernel tells. What they are
// answered later stays unread until something is wanted of them.
//
// One client's flood comes in gusts: the test has to share the processors with others, and what the kernel holds for one
// connection keeps a program busy for a few milliseconds. A program that accepts only when the one client has nothing to say lived
// through ten floods in a row in 1 of 30 series, on a busy machine. The floods of several do not all pause at once.
func (p *Program) FloodUntil(flooding []*Conn, another func() *Conn, says, want, chunk string, limit int64) {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("how much a program has read cannot be seen on this system: Linux is needed")
	}
	f := flood{p: p, clients: flooding}
	for _, c := range flooding {
		p.s.step(c.name, transcript.Sent, chunk, "again and again, while another client waits")
		defer c.sendMeanwhile(chunk, 0)()
		defer f.read(c)()
	}
	f.begin()
	f.until(func() bool { _, most := f.most(); return most > limit/3 })
	other := another()
	other.Send(says)
	f.until(other.delivered)
	f.begin()
	got, buffer := "", make([]byte, len(want))
	for w := p.watch(patience); len(got) < len(want); p.pause(lookEvery / 4) {
		busiest, read := f.most()
		arrived, ended := f.received.Swap(0) > 0, f.ended.Load()
		// The second look is for an answer that arrived during the first, between its two ends.
		n, otherEnded, answered := 0, false, other.unseen() || read > limit && other.unseen()
		if answered {
			n, otherEnded = other.glance(buffer[:len(want)-len(got)])
			got += string(buffer[:n])
		}
		switch {
		case got != want[:len(got)]:
			other.failBytes(got, want, other.name+" received other bytes than it should", "")
		case ended || otherEnded:
			p.WantRunning()
			p.s.fail(failure{
				who:      other.name,
				message:  fmt.Sprintf("a connection ended while %s sent much and %s waited", busiest.name, other.name),
				expected: fmt.Sprintf("%q", want),
				actual:   fmt.Sprintf("%q", got),
			})
		case read > limit && !answered:
			p.s.fail(failure{
				who:      other.name,
				message:  fmt.Sprintf("the program has read %d bytes from %s while %s waits for its answer", read, busiest.name, other.name),
				meaning:  "It goes on with clients for as long as they have something to say.",
				expected: fmt.Sprintf("at most %d bytes", limit),
				actual:   fmt.Sprintf("%d bytes", read),
			})
		case arrived || n > 0 || !f.waitsUnread(): // the flood may not have come yet
			w.progress()
			continue
		}
		if why := w.over(); why != "" && !slices.ContainsFunc(flooding, (*Conn).unseen) && !other.unseen() {
			other.failBytes(got, want, fmt.Sprintf("%s waits while %s sends much: %s", other.name, busiest.name, why), other.stallMeaning())
		}
	}
	p.s.step(other.name, transcript.Received, want, "")
	busiest, read := f.most()
	p.s.step(busiest.name, transcript.Observed, "", fmt.Sprintf("the program has read %d bytes from %s meanwhile", read, busiest.name))
}

// flood is the side of it that the test sees.
type flood struct {
	p        *Program
	clients  []*Conn
	from     []int64      // what the program had read of each when the count began
	received atomic.Int64 // what all have received, in bytes
	ended    atomic.Bool  // one of the connections
}

// read reads whatever c receives, as soon as it comes, until the function that it returns is called: a program that has no room to
// write in is not busy.
func (f *flood) read(c *Conn) (stop func()) {
	_ = c.conn.SetReadDeadline(time.Time{}) // fails only on a closed connection, as Read will say
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 256<<10)
		for {
			n, err := c.conn.Read(buffer)
			f.received.Add(int64(n))
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					f.ended.Store(true)
				}
				return
			}
		}
	}()
	return func() {
		_ = c.conn.SetReadDeadline(time.Now())
		<-done
	}
}

// begin counts anew what the program reads.
func (f *flood) begin() {
	f.from = f.from[:0]
	for _, c := range f.clients {
		f.from = append(f.from, c.taken())
	}
}

// most is the client of which the program has read most, in bytes.
func (f *flood) most() (busiest *Conn, read int64) {
	busiest = f.clients[0]
	for i, c := range f.clients {
		if n := c.taken() - f.from[i]; n > read {
			busiest, read = c, n
		}
	}
	return busiest, read
}

// waitsUnread reports whether the program has something to read of every client.
func (f *flood) waitsUnread() bool {
	return !slices.ContainsFunc(f.clients, func(c *Conn) bool { return !c.waitsUnread() })
}

// until lets the flood go on until something is so, or is no use to wait for: then what is wanted of the program next says what
// is wrong.
func (f *flood) until(so func() bool) {
	for w := f.p.watch(patience); !so(); f.p.pause(lookEvery / 4) {
		if f.received.Swap(0) > 0 {
			w.progress()
		} else if f.ended.Load() || w.over() != "" {
			return
		}
	}
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
