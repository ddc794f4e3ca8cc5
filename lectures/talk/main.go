// Command talk is a client for the terminal: it sends each line that is typed and prints what comes back, with "< " before
// each line. Ctrl-D says that nothing more will be sent; what is still to come is printed.
//
//	go run ./lectures/talk localhost:2424
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// patience is how long connecting may take. The conversation itself may take as long as it likes.
const patience = 10 * time.Second

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./lectures/talk HOST:PORT, such as localhost:2424")
		os.Exit(2)
	}
	if err := talk(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "talk:", err)
		os.Exit(1)
	}
}

// talk connects to an address and holds the conversation until the server ends it. Its errors are for the person who types.
func talk(address string, typed io.Reader, terminal io.Writer) error {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return fmt.Errorf("%w; does the server run, and on this port?", err)
	}
	defer conn.Close()
	fmt.Fprintln(terminal, "connected to", conn.RemoteAddr())
	go send(conn.(*net.TCPConn), typed)
	if err := show(terminal, conn); err != nil {
		return fmt.Errorf("the connection broke off: %w", err)
	}
	_, err = fmt.Fprintln(terminal, "the server has closed the connection")
	return err
}

// send sends what is typed, and says in the end that this was all. When a write fails, show meets the reason as well.
func send(conn *net.TCPConn, typed io.Reader) {
	if _, err := io.Copy(conn, typed); err == nil {
		_ = conn.CloseWrite()
	}
}

// show prints what comes as soon as it comes, until the end of the stream. What is not printable is escaped: a server could
// send orders to the terminal.
func show(terminal io.Writer, conn io.Reader) error {
	in, out := bufio.NewReader(conn), bufio.NewWriter(terminal)
	lineBegins := true
	for {
		text, err := next(in)
		switch {
		case err != nil:
			if !lineBegins {
				fmt.Fprintln(out)
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, out.Flush())
		case lineBegins:
			out.WriteString("< ")
		}
		out.WriteString(text)
		lineBegins = text == "\n"
		// What has come together is printed together.
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// next is the next letter of a stream as a terminal may see it. A letter of several bytes may arrive in pieces.
func next(in *bufio.Reader) (string, error) {
	letter, size, err := in.ReadRune()
	switch {
	case err != nil:
		return "", err
	case letter == utf8.RuneError && size == 1:
		if err := in.UnreadRune(); err != nil {
			return "", err
		}
		broken, err := in.ReadByte()
		return fmt.Sprintf(`\x%02x`, broken), err
	case letter == '\n' || strconv.IsPrint(letter):
		return string(letter), nil
	}
	return strings.Trim(strconv.QuoteRuneToASCII(letter), "'"), nil
}
