//go:build unix

// Command 08-multiplexing is the reference solution of exercise 8: the line sessions of exercise 4, all of them held by one
// thread, which waits in poll(2) for whichever socket has something to do, and nowhere else.
package main

import (
	"bytes"
	"errors"
	"io"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	port    = 9034
	backlog = 128
	// maxLine is how long a line may be, in bytes, without what ends it.
	maxLine = 65536
	// turn is the most that is read of a client before it is the next one's turn. The answers to it are the most that is kept
	// for a client: it is not read again before they are written.
	turn = 64 << 10
	// lingerTime bounds the wait for a client that was told goodbye and does not close its own side.
	lingerTime = 5 * time.Second
	// acceptPause is the wait after a failed accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 100 * time.Millisecond
)

var errTooLong = errors.New("the line is too long")

func main() {
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal((&server{listener: listener, buffer: make([]byte, turn)}).run())
}

// listen makes the listener. It does not block either: poll says that somebody waits to be accepted, and by the time that
// accept is called, that client may have left. A blocking accept would then wait for the next one, and with it everybody.
func listen() (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	return fd, errors.Join(
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)),
		os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrInet4{Port: port})),
		os.NewSyscallError("listen", unix.Listen(fd, backlog)),
		os.NewSyscallError("fcntl", unix.SetNonblock(fd, true)))
}

// server is all that the one thread knows.
type server struct {
	listener    int
	acceptAgain time.Time // not zero: accept has failed, and the listener is left alone until then
	clients     []*client
	table       []unix.PollFd // for poll: the listener, then the clients in their order
	buffer      []byte        // for reading; one is enough, as nobody else reads meanwhile
}

// run is the event loop. Each round waits for all sockets at once and then does for each of them what can be done without
// waiting.
func (s *server) run() error {
	for {
		timeout := s.arrange(time.Now())
		if _, err := unix.Poll(s.table, timeout); err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
		// After EINTR the table says that nothing has happened, as it did before.
		now := time.Now()
		open := s.clients[:0]
		for i, c := range s.clients {
			// Not only what was asked for is reported: POLLERR and POLLHUP always are, and the next call says what it is.
			over := s.table[i+1].Revents != 0 && !c.attend(s.buffer, now)
			if over || c.state == lingering && now.After(c.deadline) {
				// An interrupted close is not repeated: on Linux the descriptor is free, and may be somebody else's by then.
				_ = unix.Close(c.fd)
				continue
			}
			open = append(open, c)
		}
		clear(s.clients[len(open):]) // or what is gone would stay in memory
		s.clients = open
		if s.table[0].Revents != 0 || !s.acceptAgain.IsZero() && now.After(s.acceptAgain) {
			s.accept(now)
		}
	}
}

// arrange writes down for poll what to wait for, and returns for how many milliseconds: -1 is for ever. The table is new in
// each round: whoever waits for room to write although there is nothing to write is told so at once, again and again, and so
// is whoever waits for input that is not read.
func (s *server) arrange(now time.Time) (timeout int) {
	listener := unix.PollFd{Fd: int32(s.listener), Events: unix.POLLIN}
	if !s.acceptAgain.IsZero() {
		listener.Fd = -1 // poll passes it over
	}
	next := s.acceptAgain
	s.table = append(s.table[:0], listener)
	for _, c := range s.clients {
		events := int16(unix.POLLIN)
		if len(c.out) > 0 {
			events = unix.POLLOUT
		}
		s.table = append(s.table, unix.PollFd{Fd: int32(c.fd), Events: events})
		if c.state == lingering && (next.IsZero() || c.deadline.Before(next)) {
			next = c.deadline
		}
	}
	if next.IsZero() {
		return -1
	}
	return int(max(0, next.Sub(now).Milliseconds())) + 1 // rounded up, or poll would return just too early
}

// accept takes in those who wait, but not without end: who comes meanwhile is there in the next round, too.
func (s *server) accept(now time.Time) {
	s.acceptAgain = time.Time{}
	for range backlog {
		fd, _, err := unix.Accept(s.listener)
		switch err {
		case nil:
		case unix.EINTR, unix.ECONNABORTED: // the latter has left while it waited
			continue
		case unix.EAGAIN: // nobody is left
			return
		default: // no descriptor or no memory is left: whoever waits goes on waiting, and poll would report it for ever
			log.Print(os.NewSyscallError("accept", err))
			s.acceptAgain = now.Add(acceptPause)
			return
		}
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			log.Print(os.NewSyscallError("fcntl", err))
			_ = unix.Close(fd)
			continue
		}
		s.clients = append(s.clients, &client{fd: fd})
	}
}

// client is one session: where it stands, for the next time that its socket has something to do. A servant with a thread of
// its own has all this in its local variables and in the place where it waits.
type client struct {
	fd       int
	state    state
	line     []byte    // the beginning of a line whose end has not come yet
	out      []byte    // answers for which the socket has had no room yet
	deadline time.Time // when lingering is over
}

type state int

const (
	talking   state = iota
	leaving         // no more lines are answered; when what is owed is written, the sending side is closed
	lingering       // the sending side is closed; what still comes is dropped, until the client has closed, too
)

// attend does what can be done for a client now, and reports whether the session goes on. No call in it waits.
func (c *client) attend(buffer []byte, now time.Time) bool {
	err := c.read(buffer)
	if err == nil {
		err = c.write(now)
	}
	if err != nil && err != io.EOF {
		log.Printf("client %d: %v", c.fd, err)
	}
	return err == nil
}

// read reads once and handles what has come. While there are answers to be written, it reads nothing: the client's lines fill
// the buffers of the two kernels, and at last the client has to wait.
func (c *client) read(buffer []byte) error {
	if len(c.out) > 0 {
		return nil
	}
	n, err := unix.Read(c.fd, buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil // poll will tell
	case err != nil:
		return os.NewSyscallError("read", err)
	case n == 0 && c.state == lingering:
		return io.EOF
	case n == 0:
		if len(c.line) > 0 { // a last line without its newline
			c.answer()
		}
		c.state = leaving
		return nil
	}
	return c.take(buffer[:n])
}

// take answers the lines that data completes, and keeps the beginning of the next one.
func (c *client) take(data []byte) error {
	for c.state == talking {
		piece, rest, complete := bytes.Cut(data, []byte("\n"))
		c.line = append(c.line, piece...)
		if len(bytes.TrimSuffix(c.line, []byte("\r"))) > maxLine {
			return errTooLong
		}
		if !complete {
			break
		}
		c.answer()
		data = rest
	}
	return nil
}

// answer answers the line that is complete now.
func (c *client) answer() {
	// Only a whole line is converted: a piece may end in the middle of a letter.
	answer := bytes.ToUpper(bytes.TrimSuffix(c.line, []byte("\r")))
	c.out = append(append(append(c.out, "> "...), answer...), '\n')
	c.line = c.line[:0]
	if string(answer) == "BYE" {
		c.state = leaving
	}
}

// write writes as much as the socket takes. Closing a socket with input unread resets the connection, and a reset overtakes
// what is still on its way; so at the end of a session only the sending side is closed.
func (c *client) write(now time.Time) error {
	for len(c.out) > 0 {
		n, err := unix.Write(c.fd, c.out)
		switch err {
		case nil:
			c.out = c.out[n:]
		case unix.EINTR:
		case unix.EAGAIN: // the rest is written when there is room
			return nil
		default:
			return os.NewSyscallError("write", err)
		}
	}
	c.out = nil // a client that waits needs no memory for answers
	if c.state == leaving {
		c.state, c.deadline = lingering, now.Add(lingerTime)
		return os.NewSyscallError("shutdown", unix.Shutdown(c.fd, unix.SHUT_WR))
	}
	return nil
}
