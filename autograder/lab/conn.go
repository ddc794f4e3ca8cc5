package lab

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// Conn is the test's end of a connection with the program.
type Conn struct {
	p       *Program
	name    string
	conn    *net.TCPConn
	local   netip.AddrPort // the test's end
	peer    netip.AddrPort // the program's
	pending []byte         // given to Send and not yet taken by the kernel
	ahead   []byte         // received, and not yet given to the test: what followed a line
	sent    int64          // bytes taken by the kernel
	arrived int64          // of them, bytes that were seen to have arrived at the program's end
	closed  bool           // the test's end is closed: nothing more can be observed
	goodbye goodbye
	// mayAskOn: the last response of HTTP did not say that the connection ends behind it
	mayAskOn bool
	end      error // io.EOF or a reset, once seen
	reset    error // a reset that connecting or a write was told of: the kernel says it once, and reads then see the end of the stream
}

// goodbye is what has become of the FIN or RST with which the test has closed its end, or its sending side.
type goodbye int

const (
	notSaid  goodbye = iota
	onItsWay         // the program's kernel may not have it yet: on a busy machine even the loopback takes its time
	arrived
)

// Name is the connection's letter in the transcript.
func (c *Conn) Name() string { return c.name }

// remote is the program's end of the connection as the kernel sees it.
func (c *Conn) remote() (kernel.Connection, bool, error) {
	if c.p.diag == nil {
		return kernel.Connection{}, false, kernel.ErrUnsupported
	}
	return c.p.diag.Connection(c.peer, c.local)
}

// hungUp reports whether the program has closed its end, or has shut it down for sending. How far the kernels have come since,
// from FIN-WAIT-1 on, depends on when the test's acknowledges.
func hungUp(c kernel.Connection) bool {
	return c.State >= kernel.FinWait1 && c.State != kernel.CloseWait
}

// ends are the test's end of a connection and the program's.
func (p *Program) ends(conn *net.TCPConn) (local, peer netip.AddrPort) {
	local = addrPort(conn.LocalAddr())
	if remote := conn.RemoteAddr(); remote != nil {
		return local, addrPort(remote)
	}
	return local, netip.AddrPortFrom(local.Addr(), uint16(p.port)) // it was reset before the kernel was asked
}

func addrPort(a net.Addr) netip.AddrPort {
	ap := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// delivered reports whether nothing is on its way: all that was sent has arrived, and all that the program sent, too.
func (c *Conn) delivered() bool {
	if c.end != nil || c.goodbye == arrived && c.closed || c.goodbye != onItsWay && c.arrived == c.sent && len(c.pending) == 0 {
		return true
	}
	state, found, err := c.remote()
	if c.goodbye == onItsWay && (err != nil || !found || state.State != kernel.Established || state.Unread > 0) {
		c.goodbye = arrived
	}
	if c.closed {
		return c.goodbye == arrived
	}
	if err != nil || !found || hungUp(state) {
		return true
	}
	c.arrived = min(c.sent, state.Received)
	// with data unread the window may be closed, and then more cannot arrive until the program reads
	return state.Unread > 0 || state.Received >= c.sent && len(c.pending) == 0
}

// unseen reports whether something has arrived that the test has not read: data, the end of the stream, or a reset. The
// deadline of a read may pass before the read begins, when the machine has other work; then it has not looked at all. What the
// program's kernel holds back counts, too: it may wait for an acknowledgement that is delayed (Nagle's algorithm), or for the
// timer after which it sends again what the test's full buffer had no room for. The program sleeps, and yet there is more.
func (c *Conn) unseen() bool {
	if c.p.diag == nil {
		return false
	}
	// The program's end comes first: what it still held when the test's end was looked at would have been seen at neither.
	programs, found, err := c.remote()
	if err != nil {
		c.p.s.broken(err)
	}
	if found && programs.Unacked > 0 {
		return true
	}
	state, found, err := c.p.diag.Connection(c.local, c.peer)
	if err != nil {
		c.p.s.broken(err)
	}
	open := state.State == kernel.Established || state.State == kernel.FinWait1 || state.State == kernel.FinWait2
	return !found || !open || state.Unread > 0
}

// read waits until something arrives, the connection ends, or nothing more is to be expected; then why says so.
func (c *Conn) read(buffer []byte, w *watch) (n int, why string) {
	if n := copy(buffer, c.ahead); n > 0 {
		c.ahead = c.ahead[n:]
		return n, ""
	}
	for {
		if c.end != nil {
			return 0, ""
		}
		c.flush()
		slice := w.next()
		if len(c.pending) > 0 {
			slice = lookEvery
		}
		_ = c.conn.SetReadDeadline(time.Now().Add(slice)) // fails only on a closed connection, as Read will say
		n, err := c.conn.Read(buffer)
		if n > 0 {
			c.p.s.step(c.name, transcript.Received, string(buffer[:n]), "")
			if c.p.s.overdue(0) {
				_ = w.over() // fails; what comes bit by bit does not let the watch look otherwise
			}
			w.progress()
			return n, ""
		}
		netError := net.Error(nil)
		switch {
		case err == io.EOF && c.reset != nil:
			c.p.s.step(c.name, transcript.GotReset, "", "")
			c.end = c.reset
		case err == io.EOF:
			c.p.s.step(c.name, transcript.GotEOF, "", "")
			c.end = io.EOF
		case errors.As(err, &netError) && netError.Timeout():
			if why := w.over(); why != "" && !c.unseen() {
				return 0, why
			}
		case err != nil:
			c.p.s.step(c.name, transcript.GotReset, "", "")
			c.end = err
		}
	}
}

// Want wants exactly these bytes next, in whatever pieces they arrive.
func (c *Conn) Want(want string) {
	c.p.s.t.Helper()
	c.want(want, patience)
}

// WantAtOnce is Want of a program that must not rest before: not even until a timer of its own wakes it.
func (c *Conn) WantAtOnce(want string) {
	c.p.s.t.Helper()
	c.want(want, c.p.atOnce())
}

func (c *Conn) want(want string, still time.Duration) {
	c.p.s.t.Helper()
	w := c.p.watch(still)
	got := make([]byte, 0, len(want))
	buffer := make([]byte, min(len(want), 1<<16))
	for len(got) < len(want) {
		n, why := c.read(buffer[:min(len(buffer), len(want)-len(got))], w)
		got = append(got, buffer[:n]...)
		// only what is new is compared, so that a long answer costs no more than its length
		if from := len(got) - n; string(got[from:]) != want[from:len(got)] {
			got = append(got, c.alreadyThere()...)
			c.failBytes(string(got), want, fmt.Sprintf("%s received other bytes than it should", c.name), "")
		}
		switch {
		case n > 0:
		case c.end != nil:
			c.failBytes(string(got), want, fmt.Sprintf("%s: %s before all was there", c.name, c.endInWords()), c.endMeaning())
		case why != "":
			c.failBytes(string(got), want, fmt.Sprintf("%s waits for %s: %s", c.name, transcript.Quote([]byte(want[len(got):]), 60), why), c.stallMeaning())
		}
	}
}

// alreadyThere reads what else has arrived by now: a wrong answer is better understood when more of it than its wrong byte is
// seen.
func (c *Conn) alreadyThere() []byte {
	buffer := make([]byte, 4096)
	if n := copy(buffer, c.ahead); n > 0 {
		return buffer[:n]
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(lookEvery)) // fails only on a closed connection, as Read will say
	n, _ := c.conn.Read(buffer)                           // nothing is no news
	if n > 0 {
		c.p.s.step(c.name, transcript.Received, string(buffer[:n]), "")
	}
	return buffer[:n]
}

func (c *Conn) failBytes(got, want, message, meaning string) {
	c.p.s.t.Helper()
	c.p.s.fail(failure{
		who:      c.name,
		message:  message,
		meaning:  meaning,
		expected: fmt.Sprintf("%q", want),
		actual:   fmt.Sprintf("%q", got),
		diff:     transcript.Diff([]byte(got), []byte(want)),
	})
}

func (c *Conn) endInWords() string {
	if c.end == io.EOF {
		return "end of stream"
	}
	return "the connection was reset"
}

func (c *Conn) endMeaning() string {
	if c.p.hasEnded() {
		return "The program is gone: " + c.p.ending() + "."
	}
	if c.end == io.EOF {
		return "The program closed the connection too early."
	}
	if c.sent == 0 {
		return "The program closed its listener while this client waited to be accepted, or the connection with SO_LINGER set to 0."
	}
	return "The program closed the connection with input unread, or with SO_LINGER set to 0; the kernel then resets it, and what was on its way is lost."
}

// stallMeaning says from the kernel's queues where the conversation hangs, and from its stacks where the program does. It ends
// the program.
func (c *Conn) stallMeaning() string { return strings.TrimSpace(c.queues() + c.p.itsGoroutines()) }

func (c *Conn) queues() string {
	state, found, err := c.remote()
	switch {
	case err != nil || !found:
		return ""
	case !state.Accepted:
		return c.name + " still waits in the backlog: nobody has accepted it."
	case state.Unread > 0:
		return fmt.Sprintf("%d bytes of %s lie unread in the program's receive queue.", state.Unread, c.name)
	case c.sent == 0:
		return c.name + " has sent nothing yet: each side waits for the other to speak."
	}
	return "The program has read all that " + c.name + " sent, and waits for more."
}

// WantEOF wants nothing more, and then the orderly end of the stream.
func (c *Conn) WantEOF() {
	c.p.s.t.Helper()
	c.wantEOF(patience)
}

// WantEOFAtOnce is WantEOF of a program that must not rest before: not even until a timer of its own wakes it.
func (c *Conn) WantEOFAtOnce() {
	c.p.s.t.Helper()
	c.wantEOF(c.p.atOnce())
}

func (c *Conn) wantEOF(still time.Duration) {
	c.p.s.t.Helper()
	c.wantEnd("end of stream", still)
	if c.end != io.EOF {
		c.p.s.fail(failure{
			who:      c.name,
			message:  c.name + ": the connection was reset instead of closed",
			meaning:  c.endMeaning(),
			expected: "end of stream",
			actual:   "reset",
		})
	}
}

// WantEnd wants nothing more, and then the end: an orderly one or a reset.
func (c *Conn) WantEnd() {
	c.p.s.t.Helper()
	c.wantEnd("the end of the connection", patience)
}

func (c *Conn) wantEnd(what string, still time.Duration) {
	c.p.s.t.Helper()
	w := c.p.watch(still)
	buffer := make([]byte, 4096)
	n, why := c.read(buffer, w)
	switch {
	case n > 0:
		c.p.s.fail(failure{
			who:      c.name,
			message:  c.name + " received more than it should",
			meaning:  "Nothing more may come on this connection but its end.",
			expected: what,
			actual:   fmt.Sprintf("%q", buffer[:n]),
		})
	case why != "":
		c.p.s.fail(failure{
			who:      c.name,
			message:  fmt.Sprintf("%s waits for %s: %s", c.name, what, why),
			meaning:  "The program keeps the connection open.",
			expected: what,
			actual:   "an open connection",
		})
	}
}

// WantSilence wants the program to come to rest without sending anything to c and without closing it.
func (c *Conn) WantSilence() {
	c.p.s.t.Helper()
	w := c.p.watch(brevity)
	buffer := make([]byte, 4096)
	n, why := c.read(buffer, w)
	switch {
	case n > 0:
		c.p.s.fail(failure{
			who:      c.name,
			message:  c.name + " received something although nothing is due",
			expected: "silence",
			actual:   fmt.Sprintf("%q", buffer[:n]),
		})
	case c.end != nil:
		c.p.s.fail(failure{
			who:      c.name,
			message:  fmt.Sprintf("%s: %s although the conversation is not over", c.name, c.endInWords()),
			meaning:  c.endMeaning(),
			expected: "silence",
			actual:   c.endInWords(),
		})
	}
	c.p.WantRunning()
	c.p.s.step(c.name, transcript.Observed, "", "silence: "+why)
}

// drain waits until the kernel has taken what was given to Send, or the program takes no more. Under load the first try may
// have been too late for its own deadline; what is closed after Send must not swallow what was sent.
func (c *Conn) drain() {
	for w := c.p.watch(brevity); len(c.pending) > 0 && w.over() == ""; {
		c.flush()
	}
}

// HalfClose shuts down the sending side: the program reads the end of the stream, and can still answer.
func (c *Conn) HalfClose() {
	c.drain()
	c.p.s.step(c.name, transcript.HalfClosed, "", "")
	c.goodbye = onItsWay
	if err := c.conn.CloseWrite(); err != nil && !errors.Is(err, syscall.ENOTCONN) {
		c.p.s.broken(err)
	}
}

// Close closes the test's end. With input unread that is a reset, as always.
func (c *Conn) Close() {
	c.drain()
	c.p.s.step(c.name, transcript.Closed, "", "")
	c.closed, c.goodbye = true, onItsWay
	_ = c.conn.Close()
}

// Reset ends the connection with a reset.
func (c *Conn) Reset() {
	c.drain()
	c.p.s.step(c.name, transcript.Reset, "", "")
	c.closed, c.goodbye = true, onItsWay
	_ = c.conn.SetLinger(0) // an end that is reset already needs none
	_ = c.conn.Close()
}

// tooMuch is memory that no exercise needs. A program that was seen with it is sent no more: the machine has to live on.
const tooMuch = 256 << 20
