//go:build unix

package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// model is a way to wait for many clients.
type model struct {
	name  string
	limit int // the most idle connections that it can wait for; 0 is any number
	serve func(listener *net.TCPListener) error
}

// sparse is how many descriptors select cannot know of because the process needs them for something else, roughly.
const sparse = 20

var (
	selecting  = model{"select", unix.FD_SETSIZE - sparse, with(func() (waiter, error) { return &selectWaiter{}, nil })}
	polling    = model{"poll", 0, with(func() (waiter, error) { return &pollWaiter{}, nil })}
	goroutines = model{"goroutines", 0, serveWithGoroutines}
)

// errOver says that a client has left, as they all do when the measurement is over.
var errOver = errors.New("the measurement is over")

func serve(m model) error {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	if err := m.serve(listener); err != errOver {
		return err
	}
	return nil
}

// waiter waits for many descriptors at once.
type waiter interface {
	// add has the waiter wait for something to read on fd, too.
	add(fd int) error
	// wait waits until there is something to read on at least one of them, and returns those.
	wait() ([]int, error)
}

// with makes a server of one thread that waits with a waiter.
func with(newWaiter func() (waiter, error)) func(*net.TCPListener) error {
	return func(listener *net.TCPListener) error {
		runtime.LockOSThread()
		file, err := listener.File()
		if err != nil {
			return err
		}
		receptionist := int(file.Fd())
		w, err := newWaiter()
		if err != nil {
			return err
		}
		if err := errors.Join(unix.SetNonblock(receptionist, true), w.add(receptionist)); err != nil {
			return err
		}
		for {
			ready, err := w.wait()
			if err != nil && err != unix.EINTR {
				return err
			}
			for _, fd := range ready {
				if fd == receptionist {
					err = acceptAll(fd, w)
				} else {
					err = answer(fd)
				}
				if err != nil {
					return err
				}
			}
		}
	}
}

func acceptAll(receptionist int, w waiter) error {
	for {
		fd, _, err := unix.Accept(receptionist)
		if err == unix.EAGAIN {
			return nil
		}
		if err == unix.EINTR {
			continue
		}
		if err = errors.Join(err, unix.SetNonblock(fd, true)); err != nil {
			return err
		}
		if err := w.add(fd); err != nil {
			return err
		}
	}
}

// answer answers a question. The client waits for the answer, so there is room for it.
func answer(fd int) error {
	var question [1]byte
	if n, _ := unix.Read(fd, question[:]); n <= 0 {
		return errOver
	}
	_, err := unix.Write(fd, usedSoFar())
	return err
}

// usedSoFar is the processor time that this process has used, in nanoseconds, as a line.
func usedSoFar() []byte {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		log.Fatal(os.NewSyscallError("getrusage", err))
	}
	total := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	return append(strconv.AppendInt(nil, int64(total), 10), '\n')
}

func serveWithGoroutines(listener *net.TCPListener) error {
	over := make(chan error)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go func() { over <- answerAll(conn) }()
		}
	}()
	return <-over
}

func answerAll(conn net.Conn) error {
	var question [1]byte
	for {
		if _, err := conn.Read(question[:]); err != nil {
			return errOver
		}
		if _, err := conn.Write(usedSoFar()); err != nil {
			return err
		}
	}
}

// selectWaiter waits with select(2): a set of bits, one for each descriptor, and the kernel puts its answer into the same set.
type selectWaiter struct {
	all     unix.FdSet
	highest int
}

func (w *selectWaiter) add(fd int) error {
	if fd >= unix.FD_SETSIZE {
		return fmt.Errorf("select knows no descriptor above %d, and this is %d", unix.FD_SETSIZE-1, fd)
	}
	w.all.Set(fd)
	w.highest = max(w.highest, fd)
	return nil
}

func (w *selectWaiter) wait() (ready []int, err error) {
	set := w.all // a copy, which the kernel overwrites
	if _, err := unix.Select(w.highest+1, &set, nil, nil, nil); err != nil {
		return nil, err
	}
	for fd := range w.highest + 1 {
		if set.IsSet(fd) {
			ready = append(ready, fd)
		}
	}
	return ready, nil
}

// pollWaiter waits with poll(2): a table with an entry for each descriptor, in which the kernel writes its answer.
type pollWaiter struct{ table []unix.PollFd }

func (w *pollWaiter) add(fd int) error {
	w.table = append(w.table, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	return nil
}

func (w *pollWaiter) wait() (ready []int, err error) {
	if _, err := unix.Poll(w.table, -1); err != nil {
		return nil, err
	}
	for _, entry := range w.table {
		if entry.Revents != 0 {
			ready = append(ready, int(entry.Fd))
		}
	}
	return ready, nil
}
