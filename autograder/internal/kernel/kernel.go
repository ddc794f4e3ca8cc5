// Package kernel reads from the operating system what a program does, without asking the program: which ports it listens
// on, what lies unread in its sockets, whether its threads are blocked for good, what it holds and what it uses.
//
// Everything here needs Linux (sock_diag(7) and proc(5)). On other systems every call returns ErrUnsupported.
package kernel

import (
	"errors"
	"net/netip"
	"time"
)

// ErrUnsupported says that this system does not show what was asked for. What cannot be seen is skipped, never passed.
var ErrUnsupported = errors.New("this system does not show it: Linux is needed")

// Listener is a TCP socket in the LISTEN state.
type Listener struct {
	Address netip.Addr
	Port    int
	Backlog int // what listen(2) was given, as the kernel bounded it
	Waiting int // connections that nobody has accepted yet
	Inode   uint32
}

// Connection is one end of a TCP connection.
type Connection struct {
	State    State
	Accepted bool // a process holds it; false while it waits in the backlog or after the last descriptor was closed
	Unread   int  // bytes in the receive queue
	Unacked  int  // bytes sent that the peer's kernel has not acknowledged
	// Received counts all bytes that have ever arrived in order, read or not; a FIN counts as one.
	Received int64
	Inode    uint32 // of the socket; 0 while nobody holds it
}

// State is a TCP state, numbered as in the kernel's include/net/tcp_states.h.
type State uint8

// The states that matter here.
const (
	Established State = 1
	FinWait1    State = 4
	FinWait2    State = 5
	CloseWait   State = 8
	listening   State = 10
)

// Rest is what one look at all threads of some processes showed.
type Rest struct {
	// Blocked: every thread waits in a system call that only an event can end.
	Blocked bool
	// Timer: some thread would also be woken by the clock.
	Timer bool
	// Ended: the process itself has ended, and whoever waits for it may not have been told yet.
	Ended bool
	// Mark changes whenever a thread has run or has come or gone. Two looks with equal marks, both Blocked, mean that nothing
	// ran in between.
	Mark string
	// CPU is the processor time used by the threads that are alive.
	CPU time.Duration
	// Delay is the time for which those threads were ready to run and waited for a processor.
	Delay time.Duration
}

// Wait is a system call in which a thread waits for sockets.
type Wait struct {
	Multiplexed bool     // it can wait for many: poll, select or epoll_wait; otherwise it waits for one, as read does
	Sockets     []uint32 // the inodes of those that it waits for
}

// Usage is what a process holds.
type Usage struct {
	Descriptors int
	Sockets     int
	// Polls are the descriptors on which a program waits for events: epoll(7) and eventfd(2).
	Polls   int
	Threads int
	Memory  int64 // proportional set size, in bytes
}
