//go:build unix

package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// tooLong is how long connect(2) takes when it takes too long. On one machine it takes less than a millisecond, or waits at
// least a second: that is when TCP asks again (RFC 6298, section 2).
const tooLong = 300 * time.Millisecond

// completed listens with this backlog, accepts nobody, and counts the connections that complete all the same.
func completed(backlog int) (n int, err error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, fmt.Errorf("socket: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Close(listener)) }()
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(listener, backlog); err != nil {
		return 0, fmt.Errorf("listen: %w", err)
	}
	name, err := unix.Getsockname(listener)
	if err != nil {
		return 0, fmt.Errorf("getsockname: %w", err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	for range 10 * (backlog + 1) { // far more than any system is known to let in
		conn, err := net.DialTimeout("tcp", address, tooLong)
		if err != nil {
			return n, nil // refused, or not answered
		}
		defer conn.Close()
		n++
	}
	return n, nil
}
