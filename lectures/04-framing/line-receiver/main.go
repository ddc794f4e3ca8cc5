// Command line-receiver tells each client which lines it has put together from what the client sent, in whatever pieces that
// arrived. It takes the place of the receiver, on the same port.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"time"
)

const (
	// maxLine is the longest line with its newline, in bytes: a client that never sends a newline must not fill the memory.
	maxLine = 64 << 10
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

func main() {
	receptionist, err := net.Listen("tcp", "127.0.0.1:2004")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", receptionist.Addr())
	for {
		conn, err := receptionist.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		if err := report(conn); err != nil {
			log.Print(err)
		}
	}
}

//region report

// report reads lines until the end of the stream, and answers each of them.
func report(conn net.Conn) error {
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, maxLine) // one for the whole conversation: it may hold the next line already
	for {
		line, err := readLine(reader)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err // among them bufio.ErrBufferFull: the line is too long
		}
		if _, err := fmt.Fprintf(conn, "a line of %d bytes: %q\n", len(line), line); err != nil {
			return err
		}
	}
}

//endregion report

//region readLine

// readLine returns the next line without its end. At the end of the stream, with nothing left, the error is io.EOF.
func readLine(reader *bufio.Reader) (string, error) {
	bytes, err := reader.ReadSlice('\n') // reads as often as it takes until there is a newline
	if err == io.EOF && len(bytes) > 0 {
		return string(bytes), nil // the last line lacks its newline; the next call will return io.EOF
	}
	line := strings.TrimSuffix(string(bytes), "\n")
	return strings.TrimSuffix(line, "\r"), err // telnet and Windows end lines in CR LF
}

//endregion readLine
