// Command 01-echo-server is the reference solution of exercise 1: an iterative server. It accepts a client, talks to it
// until the conversation is over, and only then accepts the next.
package main

import (
	"bufio"
	"io"
	"log"
	"net"
	"strings"
	"time"
)

const (
	// maxLine is how much of a line is read, in bytes: a client that never ends its line must not fill the memory.
	maxLine = 16 << 20
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

func main() {
	// An address without a host is every address of this machine, so the client reaches us on IPv4 and IPv6 alike.
	listener, err := net.Listen("tcp", ":3232")
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
		// One client's trouble is no reason to refuse the next one.
		if err := serve(conn); err != nil {
			log.Printf("%v: %v", conn.RemoteAddr(), err)
		}
	}
}

// serve holds one conversation and closes the connection.
func serve(conn net.Conn) error {
	defer conn.Close()
	if _, err := io.WriteString(conn, "HELLO\n"); err != nil {
		return err
	}
	// TCP carries bytes, not messages: one Read may return half a line, or two. A bufio.Reader reads on until the newline.
	line, err := bufio.NewReader(io.LimitReader(conn, maxLine)).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if line == "" {
		return nil // the client left without a word
	}
	// At io.EOF line is what came before the end of the stream: a last line without its newline.
	line = strings.TrimSuffix(line, "\n")
	line = strings.TrimSuffix(line, "\r") // telnet and Windows end lines in CR LF
	_, err = io.WriteString(conn, strings.ToUpper(line)+"\n")
	return err
}
