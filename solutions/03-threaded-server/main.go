// Command 03-threaded-server is the reference solution of exercise 3: a receptionist and its servants. The receptionist
// only accepts; each client is talked to by a servant of its own, a goroutine, that has no other client and may wait.
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
	// maxLine is how much of a line is read, in bytes. Any number of clients may be here at once, and each of them may send
	// that much.
	maxLine = 2 << 20
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

func main() {
	listener, err := net.Listen("tcp", ":3232")
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			// Clients are being served by now: one that cannot come in is no reason to send them away.
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		// The receptionist never touches conn again. It is the servant's alone, and so nothing has to be locked.
		go attend(conn)
	}
}

// attend is a servant's life: one conversation, and whatever comes of it is logged and concerns nobody else.
func attend(conn net.Conn) {
	defer conn.Close() // on every way out, or the connection would stay open for as long as the server runs
	if err := talk(conn); err != nil {
		log.Printf("%v: %v", conn.RemoteAddr(), err)
	}
}

// talk holds the conversation of exercise 1. Every call in it may wait: only the servant waits, never the server.
func talk(conn net.Conn) error {
	if _, err := io.WriteString(conn, "HELLO\n"); err != nil {
		return err
	}
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
