// Package session is the conversation that the line servers of several lectures hold. They differ in who talks to a client,
// and when. What is said is the same, and stands here once.
package session

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
)

//region talk

// Talk greets the client and answers each of its lines with "> " and the line in upper case, until the client has closed its
// sending side. While the client is silent, Talk waits. It returns the error that ended the conversation early, such as
// bufio.ErrTooLong for a line of 64 KiB; it does not close the connection.
func Talk(client io.ReadWriter) error {
	if _, err := io.WriteString(client, "HELLO\n"); err != nil {
		return err
	}
	lines := bufio.NewScanner(client)
	for lines.Scan() { // waits until a whole line is there, or the end of the stream
		if _, err := io.WriteString(client, "> "+strings.ToUpper(lines.Text())+"\n"); err != nil {
			return err
		}
	}
	return lines.Err() // nil at the end of the stream
}

//endregion talk

//region serve

// Serve is the whole of a client's visit: it talks, closes the connection, and says on standard output who came and went. An
// error is one client's trouble, so it is logged and not returned.
func Serve(conn net.Conn) {
	defer conn.Close()
	fmt.Println("talking to", conn.RemoteAddr())
	if err := Talk(conn); err != nil {
		log.Print(err)
	}
	fmt.Println("done with", conn.RemoteAddr())
}

//endregion serve
