// Command 04-line-sessions is the reference solution of exercise 4: sessions of many lines, a servant for each client. What
// is new is how a session ends, and what a client can make the server hold.
package main

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"time"
)

const (
	// maxLine is how long a line may be, in bytes, without what ends it.
	maxLine = 65536
	// lingerTime bounds the wait for a client that was told goodbye and does not close its own side.
	lingerTime = 5 * time.Second
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

var errTooLong = errors.New("the line is too long")

func main() {
	listener, err := net.Listen("tcp", ":2323")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		go attend(conn.(*net.TCPConn)) // a listener for "tcp" accepts nothing else
	}
}

// attend is a servant's life: one session, whose troubles concern nobody else.
func attend(conn *net.TCPConn) {
	defer conn.Close()
	if err := converse(conn); err != nil {
		log.Printf("%v: %v", conn.RemoteAddr(), err)
	}
}

// converse answers line after line. It reads no further before an answer is written: the servant of a client that does not
// read its answers waits in Write, the client's lines fill the buffers of the two kernels, and at last the client has to
// wait, too. That is back-pressure, and it costs us no memory.
func converse(conn *net.TCPConn) error {
	// One scanner for the whole session: it may have read the beginning of the next line, or ten lines more. Its buffer grows
	// as the lines do, up to this size, and no further. The default would be too small by a byte.
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxLine+len("\r\n"))
	for lines.Scan() { // an unterminated last line counts, and CR LF is one end of a line
		line := lines.Text()
		if len(line) > maxLine {
			return errTooLong
		}
		answer := strings.ToUpper(line)
		if _, err := io.WriteString(conn, "> "+answer+"\n"); err != nil {
			return err
		}
		if answer == "BYE" {
			return hangUp(conn)
		}
	}
	return lines.Err() // nil at the end of the stream
}

// hangUp ends a session in order although the client may still be sending. Closing a connection with input unread resets it,
// and a reset can overtake the answer that is still on its way. So we close our sending side only, which the client reads as
// the end of the stream, and let go of what it sends until it has closed its side, too.
func hangUp(conn *net.TCPConn) error {
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(lingerTime)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	return err
}
