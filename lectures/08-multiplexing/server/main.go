//go:build unix

// Command server answers lines, any number of clients at once, on one thread. It waits in poll(2) for all of them together,
// and nowhere else.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"golang.org/x/sys/unix"
)

const (
	port    = 9034
	backlog = 128
	// maxLine is how long a line may be, in bytes, its newline included.
	maxLine = 64 << 10
	// turn is the most that is read from a client before the others have had theirs, in bytes.
	turn = 64 << 10
	// acceptPause is the wait after a failed accept, in milliseconds: what makes it fail, such as too many open files, passes.
	acceptPause = 100
	forever     = -1
)

func main() {
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on 127.0.0.1:%d\n", port)
	s := &server{listener: listener, clients: map[int]*client{}, buffer: make([]byte, turn)}
	log.Fatal(s.run())
}

// listen makes the listener, as lecture 3 does it by hand.
func listen() (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	// From now on accept fails with EAGAIN where it would have waited.
	err = unix.SetNonblock(fd, true)
	return fd, errors.Join(
		os.NewSyscallError("fcntl", err),
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)),
		os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})),
		os.NewSyscallError("listen", unix.Listen(fd, backlog)))
}

// server is what the one thread knows.
type server struct {
	listener int
	full     bool            // accept has failed: the listener is left alone for a while
	clients  map[int]*client // by descriptor
	came     int             // how many clients have come until now
	buffer   []byte          // for reading; one is enough, since one client is read from at a time
}

//region run

// run asks about all tables at once, waits until somebody calls, and then sees to those who have called.
func (s *server) run() error {
	for {
		table, timeout := s.table()
		_, err := unix.Poll(table, timeout)
		if err == unix.EINTR { // a signal has come, and no client
			continue
		}
		if err != nil {
			return os.NewSyscallError("poll", err)
		}
		for _, entry := range table {
			switch {
			case entry.Revents == 0: // nothing has happened at this one
			case int(entry.Fd) == s.listener:
				s.accept()
			default:
				s.attend(s.clients[int(entry.Fd)])
			}
		}
	}
}

//endregion run

//region table

// table says what is waited for, and for how many milliseconds. It is written anew in each round. Room to write is there
// nearly always, so that is asked for only while there is something to write; and a client that does not read its answers is
// not read from either, so that there is a bound to what is kept for it.
func (s *server) table() (table []unix.PollFd, timeout int) {
	timeout = acceptPause
	if !s.full {
		table = append(table, unix.PollFd{Fd: int32(s.listener), Events: unix.POLLIN})
		timeout = forever
	}
	s.full = false
	for fd, c := range s.clients {
		events := int16(unix.POLLIN)
		if len(c.out) > 0 {
			events = unix.POLLOUT
		}
		table = append(table, unix.PollFd{Fd: int32(fd), Events: events})
	}
	return table, timeout
}

//endregion table

// accept lets one client in. Who else is waiting is reported in the next round.
func (s *server) accept() {
	fd, _, err := unix.Accept(s.listener)
	switch err {
	case nil:
	case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED: // the client has left meanwhile
		return
	default: // no descriptor is left, for instance: poll would report the client again and again
		log.Print(os.NewSyscallError("accept", err))
		s.full = true
		return
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		log.Print(os.NewSyscallError("fcntl", err))
		_ = unix.Close(fd)
		return
	}
	s.came++
	s.clients[fd] = &client{fd: fd, number: s.came, out: []byte("HELLO\n")}
	fmt.Println("client", s.came, "has come")
}

//region client

// client is what has to be remembered of a session between two events.
type client struct {
	fd     int
	number int    // for messages
	in     []byte // the beginning of a line whose end has not come yet
	out    []byte // answers for which there was no room yet
	ended  bool   // the client has closed its sending side
}

//endregion client

//region attend

// attend does for a client all that can be done now without waiting.
func (s *server) attend(c *client) {
	var err error
	if len(c.out) == 0 {
		err = c.read(s.buffer)
	}
	if err == nil {
		err = c.write()
	}
	if err == nil {
		return
	}
	_ = unix.Close(c.fd)
	delete(s.clients, c.fd)
	fmt.Printf("client %d is done: %v\n", c.number, err)
}

//endregion attend

//region read

// read reads once, whatever is there, and answers the lines that are complete now.
func (c *client) read(buffer []byte) error {
	n, err := unix.Read(c.fd, buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil // nothing is there after all
	case err != nil:
		return os.NewSyscallError("read", err)
	case n == 0:
		c.ended = true
		if len(c.in) > 0 { // a last line without its newline
			c.answer(c.in)
		}
		return nil
	}
	c.in = append(c.in, buffer[:n]...)
	for {
		line, rest, complete := bytes.Cut(c.in, []byte("\n"))
		if len(line) >= maxLine {
			return errors.New("the line is too long")
		}
		if !complete {
			return nil
		}
		c.answer(line)
		c.in = rest
	}
}

//endregion read

// answer puts an answer down, to be written when there is room.
func (c *client) answer(line []byte) {
	line = bytes.ToUpper(bytes.TrimSuffix(line, []byte("\r")))
	c.out = append(append(append(c.out, "> "...), line...), '\n')
}

//region write

// write writes as much as there is room for. At the end of the session it returns io.EOF.
func (c *client) write() error {
	for len(c.out) > 0 {
		n, err := unix.Write(c.fd, c.out)
		switch err {
		case nil:
			c.out = c.out[n:]
		case unix.EINTR:
		case unix.EAGAIN: // the rest is written when poll says that there is room
			return nil
		default:
			return os.NewSyscallError("write", err)
		}
	}
	c.out = nil // a client that waits needs no memory for answers
	if c.ended {
		return io.EOF
	}
	return nil
}

//endregion write
