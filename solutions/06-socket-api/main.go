//go:build unix

// Command 06-socket-api is the reference solution of exercise 6: the server of exercise 1, made of the system calls that
// package net makes for everybody else. A socket is a descriptor here, a small number; every call can fail, be interrupted,
// or do less than it was asked for, and whoever makes it has to see to that.
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
	port = 2367
	// backlog is how many clients may wait to be accepted. It is no limit to how many are served in the end.
	backlog = 4
	// maxLine is how much of a line is kept, in bytes: a client that never ends its line must not fill the memory.
	maxLine = 16 << 20
	// lingerTime bounds the wait for a client that has its answer and does not close its side: others are waiting, too.
	lingerTime = time.Second
	// acceptPause is the wait after a failed accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 100 * time.Millisecond
)

func main() {
	receptionist, err := listen(port, backlog)
	if err != nil {
		log.Fatal(err) // nobody can be served without it
	}
	for {
		conn, err := accept(receptionist)
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		// One client's trouble is no reason to refuse the next one.
		if err := serve(conn); err != nil {
			log.Print(err)
		}
	}
}

// serve holds one conversation and closes the connection.
func serve(conn int) error {
	// Without it the descriptor would stay open until the program ends: a number has no finalizer. What close could tell of
	// the connection is of no use any more, and it must not be called twice: by then the number may be another connection's.
	defer unix.Close(conn)
	if err := writeAll(conn, []byte("HELLO\n")); err != nil {
		return err
	}
	line, err := readLine(conn)
	if err == io.EOF {
		return nil // the client left without a word
	}
	if err != nil {
		return err
	}
	if err := writeAll(conn, append(bytes.ToUpper(line), '\n')); err != nil {
		return err
	}
	return hangUp(conn)
}

// listen makes a socket that accepts connections to the port at every IPv4 address of this machine.
func listen(port, backlog int) (listener int, err error) {
	listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	defer func() {
		if err != nil {
			unix.Close(listener)
		}
	}()
	// Connections of the program's last run may still be in TIME_WAIT and keep the port busy for a minute. To bind it all the
	// same is safe: whatever is still on its way belongs to them, and their four addresses tell it from anything new.
	if err := unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return -1, os.NewSyscallError("setsockopt SO_REUSEADDR", err)
	}
	// The zero address is every address. In C, port and address have to be put into network byte order first; here Bind
	// does that.
	if err := unix.Bind(listener, &unix.SockaddrInet4{Port: port}); err != nil {
		return -1, os.NewSyscallError("bind", err)
	}
	// From now on the kernel completes connections by itself, and keeps them until they are accepted.
	if err := unix.Listen(listener, backlog); err != nil {
		return -1, os.NewSyscallError("listen", err)
	}
	return listener, nil
}

// accept waits for the next client. It returns a second socket, for this conversation alone.
func accept(listener int) (conn int, err error) {
	for {
		conn, _, err = unix.Accept(listener)
		// Interrupted calls are made again. So is one whose client has gone while it waited in the backlog; Linux returns the
		// dead connection instead, and it is the first write or read that fails.
		if err != unix.EINTR && err != unix.ECONNABORTED {
			return conn, os.NewSyscallError("accept", err)
		}
	}
}

// read is one successful read(2): it waits until something has arrived and returns how much that is, or 0 at the end of the
// stream.
func read(conn int, buffer []byte) (int, error) {
	for {
		n, err := unix.Read(conn, buffer)
		if err != unix.EINTR { // interrupted before anything had arrived
			return n, os.NewSyscallError("read", err)
		}
	}
}

// writeAll writes all of data. A single write(2) may take less: it waits for room in the send buffer, and when a signal comes
// meanwhile, it returns what has gone out so far. Go's runtime sends such signals, to make goroutines take turns.
func writeAll(conn int, data []byte) error {
	for len(data) > 0 {
		n, err := unix.Write(conn, data)
		if err == unix.EINTR { // interrupted before anything had gone out
			continue
		}
		if err != nil {
			return os.NewSyscallError("write", err) // EPIPE or ECONNRESET: the client has gone
		}
		data = data[n:]
	}
	return nil
}

// readLine reads up to the first newline, in however many pieces the line arrives, and returns the line without its end. What
// has arrived behind it is dropped. At the end of the stream, what came before it is the line; if that is nothing, the error
// is io.EOF.
func readLine(conn int) ([]byte, error) {
	var line []byte
	buffer := make([]byte, 16<<10)
	for len(line) < maxLine {
		n, err := read(conn, buffer)
		if err != nil {
			return nil, err
		}
		if n == 0 && len(line) == 0 {
			return nil, io.EOF
		}
		piece, _, complete := bytes.Cut(buffer[:n], []byte("\n"))
		line = append(line, piece...)
		if complete || n == 0 {
			break
		}
	}
	return bytes.TrimSuffix(line, []byte("\r")), nil // telnet and Windows end lines in CR LF
}

// hangUp ends a conversation in order although the client may have more to say. Closing a socket with input unread resets the
// connection, and a reset can overtake the answer. So we shut down our sending side only, which the client reads as the end
// of the stream, and let go of what it sends until it closes its side, too.
func hangUp(conn int) error {
	if err := unix.Shutdown(conn, unix.SHUT_WR); err != nil {
		return os.NewSyscallError("shutdown", err)
	}
	buffer := make([]byte, 16<<10)
	deadline := time.Now().Add(lingerTime)
	// Each read may take what is left of the time for all of them. Were it always the whole, a client that sends a byte now and
	// then could make us wait for ever.
	for left := lingerTime; left > 0; left = time.Until(deadline) {
		timeout := unix.NsecToTimeval(left.Nanoseconds())
		if err := unix.SetsockoptTimeval(conn, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
			return os.NewSyscallError("setsockopt SO_RCVTIMEO", err)
		}
		n, err := read(conn, buffer)
		if errors.Is(err, unix.EAGAIN) {
			return nil // nothing came in time
		}
		if n <= 0 {
			return err // the client has closed its side, or reset the connection
		}
	}
	return nil
}
