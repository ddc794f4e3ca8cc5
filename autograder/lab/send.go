package lab

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// Send sends data. What the kernel does not take now goes out while later calls wait for the program.
func (c *Conn) Send(data string) {
	c.p.s.step(c.name, transcript.Sent, data, "")
	c.pending = append(c.pending, data...)
	c.flush()
}

// flush writes what the kernel takes without waiting. That the peer has gone shows when something is wanted of it.
func (c *Conn) flush() {
	for len(c.pending) > 0 && !c.closed {
		_ = c.conn.SetWriteDeadline(time.Now().Add(lookEvery)) // fails only on a closed connection, as Write will say
		n, err := c.conn.Write(c.pending)
		c.sent += int64(n)
		c.pending = c.pending[n:]
		if errors.Is(err, syscall.ECONNRESET) {
			c.reset = err
		}
		if errors.Is(err, syscall.EPIPE) || c.reset != nil {
			c.pending = nil
		}
		if err != nil {
			return
		}
	}
}

// SendInPieces sends each piece only when the program has read all before it.
func (c *Conn) SendInPieces(pieces ...string) {
	c.p.s.t.Helper()
	for _, piece := range pieces {
		c.Send(piece)
		c.AwaitRead()
	}
}

// SendByteByByte is SendInPieces with a byte a piece.
func (c *Conn) SendByteByByte(data string) {
	c.p.s.t.Helper()
	for i := range len(data) {
		c.Send(data[i : i+1])
		c.AwaitRead()
	}
}

// SendSlowly sends a byte at a time with a pause after each, until all is sent or the program has ended.
func (c *Conn) SendSlowly(data string, pause time.Duration) {
	for i := range len(data) {
		if !c.p.running() {
			return
		}
		c.Send(data[i : i+1])
		c.p.pause(pause)
	}
}

// AwaitRead waits until the program has read all that was sent, as the kernel's receive queue shows.
func (c *Conn) AwaitRead() {
	c.p.s.t.Helper()
	w := c.p.watch(patience)
	due := time.Now().Add(w.next()) // a program that reads at once need not be looked at
	for {
		c.flush()
		state, found, err := c.remote()
		if errors.Is(err, kernel.ErrUnsupported) {
			c.p.pause(lookEvery)
			return
		}
		if err != nil {
			c.p.s.broken(err)
		}
		if !found || hungUp(state) {
			return // what was read shows in what the program answered
		}
		if len(c.pending) == 0 && state.Received >= c.sent && state.Unread == 0 && state.Accepted {
			return
		}
		if time.Now().After(due) {
			if why := w.over(); why != "" {
				c.p.s.fail(failure{
					who:      c.name,
					message:  fmt.Sprintf("%s has sent %d bytes that the program does not read: %s", c.name, c.sent, why),
					meaning:  c.stallMeaning(),
					expected: "an empty receive queue",
					actual:   fmt.Sprintf("%d bytes unread", state.Unread),
				})
			}
			due = time.Now().Add(w.next())
		}
		c.p.pause(200 * time.Microsecond)
	}
}

// SendEndlessly sends chunk again and again until the program closes or resets the connection, or ends, or has tooMuch.
func (c *Conn) SendEndlessly(chunk string) {
	c.p.s.step(c.name, transcript.Sent, chunk, "again and again")
	deadline := time.Now().Add(2 * endurance)
	for time.Now().Before(deadline) {
		_ = c.conn.SetWriteDeadline(time.Now().Add(10 * lookEvery))
		n, err := c.conn.Write([]byte(chunk))
		c.sent += int64(n)
		netError := net.Error(nil)
		if err != nil && !(errors.As(err, &netError) && netError.Timeout()) {
			break
		}
		c.p.notePeak()
		if !c.p.running() || c.p.peak > tooMuch {
			break
		}
	}
	c.p.s.step(c.name, transcript.Observed, "", fmt.Sprintf("%d bytes were sent in all", c.sent))
}

// SendUntilHeld sends chunk so many times, or until the program takes no more of it, as a program does whose client reads
// nothing, or until the connection ends. What the kernel has not taken by then goes out while later calls wait.
func (c *Conn) SendUntilHeld(chunk string, times int) {
	c.p.s.step(c.name, transcript.Sent, chunk, fmt.Sprintf("%d times, or until the program takes no more", times))
	from, why := c.sent, ""
	w := c.p.watch(brevity)
	for i := 0; i < times && why == ""; i++ {
		c.pending = append(c.pending, chunk...)
		whole := c.sent + int64(len(c.pending))
		for len(c.pending) > 0 && why == "" {
			before := c.sent
			if c.flush(); c.sent > before {
				w.progress()
				continue
			}
			why = w.over()
		}
		c.p.notePeak()
		if len(c.pending) == 0 && c.sent < whole {
			why = "the connection has ended"
		}
	}
	c.p.s.step(c.name, transcript.Observed, "", strings.TrimSuffix(fmt.Sprintf("%d bytes were sent in all: %s", c.sent-from, why), ": "))
}
