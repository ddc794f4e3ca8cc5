//go:build unix

package loop

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	backlog = 128
	// turn is the most that is read from a client before the others have had their turn, in bytes.
	turn = 64 << 10
	// MaxLine is how long a line may be, in bytes, without what ends it. A longer one is an error of its connection.
	MaxLine = 65536
	// lingerTime bounds the wait, after Close, for a client that does not close its own side.
	lingerTime = 5 * time.Second
	// acceptPause is the wait after a failed accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 100 * time.Millisecond
)

// ErrLineTooLong is the error of a connection on which a line came that is longer than MaxLine.
var ErrLineTooLong = errors.New("the line is too long")

// Listen listens on a port of 127.0.0.1, or on one that is free where port is 0, and says on which address. For each client
// that connects it calls onConnection, which is the place to register the callbacks of the new connection.
func (l *Loop) Listen(port int, onConnection func(c *Conn)) (netip.AddrPort, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return netip.AddrPort{}, os.NewSyscallError("socket", err)
	}
	localhost := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	err = errors.Join(
		os.NewSyscallError("fcntl", unix.SetNonblock(fd, true)),
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)),
		os.NewSyscallError("bind", unix.Bind(fd, localhost)),
		os.NewSyscallError("listen", unix.Listen(fd, backlog)))
	if err != nil {
		return netip.AddrPort{}, errors.Join(err, unix.Close(fd))
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, errors.Join(os.NewSyscallError("getsockname", err), unix.Close(fd))
	}
	var w *watch
	w = l.watch(fd, unix.POLLIN, func() { l.accept(w, onConnection) })
	at := bound.(*unix.SockaddrInet4) // as it was bound
	return netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port)), nil
}

// accept lets one client in. Who else is waiting is reported in the next round.
func (l *Loop) accept(listener *watch, onConnection func(c *Conn)) {
	fd, _, err := unix.Accept(listener.fd)
	switch err {
	case nil:
	case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED: // the client has left meanwhile
		return
	default: // no descriptor is left, for instance: poll would report the client again and again
		log.Print(os.NewSyscallError("accept", err))
		listener.events = 0
		l.After(acceptPause, func() { listener.events = unix.POLLIN })
		return
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		log.Print(os.NewSyscallError("fcntl", err))
		_ = unix.Close(fd)
		return
	}
	c := &Conn{loop: l, number: fd, onLine: func(string) {}, onEnd: func() {}, onClose: func() {}}
	c.onError = func(err error) { panic(fmt.Sprintf("an error of %v, and nobody has called OnError: %v", c, err)) }
	c.watch = l.watch(fd, unix.POLLIN, c.ready)
	onConnection(c)
}

// Conn is a connection with a client. These are its events, in the order in which they can come:
//
//	line   a line has come, any number of times
//	end    the client will send no more; it may still read
//	error  the connection is broken, such as by a reset
//	close  the connection is over: always the last event
//
// Each has one callback. An event without a callback passes unseen, except an error: that ends the program.
type Conn struct {
	loop   *Loop
	watch  *watch
	number int    // the descriptor while there is one, for messages
	in     []byte // the beginning of a line whose end has not come yet
	out    []byte // written and not sent yet
	ended  bool   // the client has closed its sending side
	over   bool   // Close was called, or the connection is broken

	onLine         func(line string)
	onEnd, onClose func()
	onError        func(err error)
}

// OnLine registers what to do with a line. It is given without the LF, or CR LF, that ended it.
func (c *Conn) OnLine(callback func(line string)) { c.onLine = callback }

// OnEnd registers what to do when the client has closed its sending side. The connection stays until you call Close.
func (c *Conn) OnEnd(callback func()) { c.onEnd = callback }

// OnError registers what to do when the connection is broken. The close event follows at once.
func (c *Conn) OnError(callback func(err error)) { c.onError = callback }

// OnClose registers what to do when the connection is over.
func (c *Conn) OnClose(callback func()) { c.onClose = callback }

// String names the connection, for messages.
func (c *Conn) String() string { return fmt.Sprintf("client %d", c.number) }

//region write

// Write puts text down, and the loop sends it when there is room. To write after Close, or after the error or close event, is
// a mistake in the program, and panics.
func (c *Conn) Write(text string) {
	if c.over {
		panic(fmt.Sprintf("Write(%.40q) to %v, which is over: who could have stopped this callback?", text, c))
	}
	c.out = append(c.out, text...)
	c.watch.events = unix.POLLOUT
}

// Close ends the connection in order: the client gets what was written before, and then the end of the stream. No line, end or
// error comes any more. A second Close does nothing.
func (c *Conn) Close() {
	if !c.over {
		c.over = true
		c.watch.events = unix.POLLOUT
	}
}

//endregion write

//region ready

// ready is called when poll has reported the socket. It does what can be done without waiting, and says what to wait for next:
// for room while there is something to send, and only then for lines. So a client that does not read its answers is not read
// from either.
func (c *Conn) ready() {
	err := c.send()
	if err == nil && len(c.out) == 0 && !c.over {
		err = c.receive()
	}
	switch {
	case err != nil:
		c.fail(err)
	case len(c.out) > 0:
		c.watch.events = unix.POLLOUT
	case c.over:
		c.hangUp()
	case c.ended:
		c.watch.events = 0 // what is still to come is from us
	default:
		c.watch.events = unix.POLLIN
	}
}

//endregion ready

func (c *Conn) send() error {
	for len(c.out) > 0 {
		n, err := unix.Write(c.watch.fd, c.out)
		switch err {
		case nil:
			c.out = c.out[n:]
		case unix.EINTR:
		case unix.EAGAIN: // the rest is sent when there is room
			return nil
		default:
			return os.NewSyscallError("write", err)
		}
	}
	c.out = nil // and with it the memory of a long answer
	return nil
}

// receive reads once, and makes events of what has come.
func (c *Conn) receive() error {
	if c.ended {
		return nil
	}
	n, err := unix.Read(c.watch.fd, c.loop.buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil // nothing is there after all
	case err != nil:
		return os.NewSyscallError("read", err)
	}
	c.in = append(c.in, c.loop.buffer[:n]...)
	c.ended = n == 0
	for !c.over {
		line, rest, complete := bytes.Cut(c.in, []byte("\n"))
		if len(bytes.TrimSuffix(line, []byte("\r"))) > MaxLine {
			return ErrLineTooLong
		}
		if !complete && !(c.ended && len(line) > 0) { // a last line may lack its newline
			break
		}
		c.in = rest
		c.onLine(string(bytes.TrimSuffix(line, []byte("\r"))))
	}
	if c.ended && !c.over {
		c.onEnd()
	}
	return nil
}

// fail ends a connection that is broken. After Close, nobody wants to know.
func (c *Conn) fail(err error) {
	c.watch.close()
	if !c.over {
		c.over = true
		c.onError(err)
	}
	c.onClose()
}

//region hangup

// hangUp closes the sending side when all is sent, and waits until the client has closed its own: a socket that is closed with
// input unread is reset, and a reset can overtake what is still on its way. The state of the connection is which callback it
// has now.
func (c *Conn) hangUp() {
	if err := unix.Shutdown(c.watch.fd, unix.SHUT_WR); err != nil {
		c.fail(os.NewSyscallError("shutdown", err))
		return
	}
	giveUp := c.loop.After(lingerTime, func() { c.fail(os.ErrDeadlineExceeded) })
	c.watch.events = unix.POLLIN
	c.watch.callback = func() {
		n, err := unix.Read(c.watch.fd, c.loop.buffer)
		if n > 0 || err == unix.EAGAIN || err == unix.EINTR {
			return // what is said after a goodbye is dropped
		}
		giveUp.Stop()
		c.fail(err)
	}
}

//endregion hangup
