package bench

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// load is a crowd of clients on one thread: it waits for all of them in one call, as the fastest of the servers do, so that it
// is not the side that is measured.
type load struct {
	port    int
	clients int
	// greeted says that the server speaks first, and ends each conversation after one line.
	greeted bool
	// exchanges is how many lines a client has answered before it leaves; 0 for as many as are wanted in all.
	exchanges int

	epoll int
	crowd map[int32]*visitor
	// left is how many exchanges, or conversations where exchanges is not 0, are still to be made.
	left int
}

// visitor is one connection.
type visitor struct {
	fd       int
	awaiting int // ends of lines that are still to come before the visitor speaks again, or leaves
	done     int // exchanges
	closing  bool
}

var (
	spoken = []byte("the quick brown fox\n")
	// stall is how long nothing may come at all: 30 seconds are more than any server of the lab needs for anything.
	stall = 30 * time.Second
)

// run makes n exchanges, or n conversations where each visitor has a fixed number of exchanges, and returns how long that took.
// Connections that stay open are opened before the clock starts.
func (l *load) run(n int) (time.Duration, error) {
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return 0, fmt.Errorf("epoll_create1: %w", err)
	}
	defer unix.Close(l.epoll)
	l.crowd, l.left = map[int32]*visitor{}, n
	defer func() {
		for _, v := range l.crowd {
			_ = unix.Close(v.fd) // the numbers are had
		}
	}()
	began := time.Now()
	for i := range l.clients {
		if err := l.arrive(i); err != nil {
			return 0, err
		}
	}
	if l.exchanges == 0 {
		began = time.Now()
		for _, v := range l.crowd {
			if err := l.speak(v); err != nil {
				return 0, err
			}
		}
	}
	events, buffer := make([]unix.EpollEvent, 256), make([]byte, 16<<10)
	for l.left > 0 {
		ready, err := unix.EpollWait(l.epoll, events, int(stall.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || ready == 0 {
			return 0, fmt.Errorf("no answer for %v, with %d still to come: %w", stall, l.left, err)
		}
		for _, event := range events[:ready] {
			if v := l.crowd[event.Fd]; v != nil {
				if err := l.hear(v, buffer); err != nil {
					return 0, err
				}
			}
		}
	}
	return time.Since(began), nil
}

// arrive opens a connection. The address differs from client to client, so that ports do not run out: there are 28,000 of them
// for each, and every closed one is unusable for a minute (ip_local_port_range in ip(7), TIME_WAIT).
func (l *load) arrive(i int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	v := &visitor{fd: fd}
	l.crowd[int32(fd)] = v
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return fmt.Errorf("setsockopt IP_BIND_ADDRESS_NO_PORT: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(2 + i%50)}}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: l.port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("connect to port %d: %w", l.port, err)
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("setsockopt TCP_NODELAY: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return fmt.Errorf("set a socket non-blocking: %w", err)
	}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	if l.greeted {
		v.awaiting = 1
	} else if l.exchanges > 0 {
		return l.speak(v)
	}
	return nil
}

func (l *load) speak(v *visitor) error {
	v.awaiting = 1
	if n, err := unix.Write(v.fd, spoken); err != nil || n < len(spoken) {
		return fmt.Errorf("a client sent %d of %d bytes: %w", n, len(spoken), err)
	}
	return nil
}

// hear reads what has come for a visitor, who then speaks again, or makes room for the next one.
func (l *load) hear(v *visitor, buffer []byte) error {
	n, err := unix.Read(v.fd, buffer)
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return nil
	case n <= 0 && v.closing:
		return l.leave(v)
	case n <= 0:
		return fmt.Errorf("the server closed a connection after %d answers: %w", v.done, err)
	}
	if v.awaiting -= bytes.Count(buffer[:n], []byte("\n")); v.awaiting > 0 || v.closing {
		return nil
	}
	if l.greeted && v.done == 0 {
		v.done++
		return l.speak(v)
	}
	v.done++
	switch {
	case l.greeted: // the greeting has counted as one, too
		v.closing = true
		return nil
	case l.exchanges > 0 && v.done == l.exchanges:
		return l.leave(v)
	case l.exchanges == 0:
		l.left--
	}
	return l.speak(v)
}

// leave ends a conversation and begins the next.
func (l *load) leave(v *visitor) error {
	delete(l.crowd, int32(v.fd))
	if err := unix.Close(v.fd); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	if l.left--; l.left > len(l.crowd) {
		return l.arrive(l.left)
	}
	return nil
}
