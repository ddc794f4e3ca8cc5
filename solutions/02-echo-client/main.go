// Command 02-echo-client is the reference solution of exercise 2: a client that connects, talks, checks what it hears, and
// tells how it went by its exit status.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// patience is for everything together, connecting included: a new limit for each step would let the steps add up.
const patience = 4 * time.Second

func main() {
	err := run()
	if err == nil {
		_, err = fmt.Println("OK")
	}
	if err != nil {
		// Standard output is for results. A reason goes to standard error, where it is seen even if results go to a file.
		fmt.Fprintln(os.Stderr, "02-echo-client:", err)
		os.Exit(1)
	}
}

// run holds the conversation. It returns nil only if the server has said all that it should.
func run() error {
	deadline := time.Now().Add(patience)
	dialer := net.Dialer{Deadline: deadline}
	conn, err := dialer.Dial("tcp", "localhost:3232")
	if err != nil {
		return err
	}
	defer conn.Close()
	// A deadline is a moment, not a duration: from then on every Read and Write fails.
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	// One reader for the whole conversation: it may hold the reply already when it has delivered the greeting.
	reader := bufio.NewReader(conn)
	if err := expectLine(reader, "HELLO"); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "ThIS is a TeSt\n"); err != nil {
		return err
	}
	return expectLine(reader, "THIS IS A TEST")
}

// expectLine reads a line and compares it with the one that has to come.
func expectLine(reader *bufio.Reader, want string) error {
	// ReadSlice gives up when its buffer is full. ReadString would go on for as long as the server sends, and fill the memory.
	line, err := reader.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		// Without its newline a line is not whole, even if all its letters are there.
		return fmt.Errorf("the server closed the connection after %q, before the line %q was complete", line, want)
	}
	if err != nil {
		return fmt.Errorf("wait for the line %q: %w", want, err)
	}
	got := strings.TrimSuffix(string(line), "\n")
	got = strings.TrimSuffix(got, "\r") // some servers end lines in CR LF
	if got != want {
		return fmt.Errorf("the server sent %q instead of %q", got, want)
	}
	return nil
}
