// Command sender sends each of its arguments with one Write, says that it has nothing more to send, and prints what comes back.
// A slash in an argument is sent as a newline, which is hard to type in a shell.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	if err := send(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

//region send

// send makes one Write of each piece.
func send(pieces []string) error {
	conn, err := net.Dial("tcp", "localhost:2004")
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, piece := range pieces {
		piece = strings.ReplaceAll(piece, "/", "\n")
		if _, err := io.WriteString(conn, piece); err != nil {
			return err
		}
		fmt.Printf("a Write of %d bytes: %q\n", len(piece), piece)
	}
	// This is the end of our stream. In the other direction the connection stays open, for the answers.
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, conn)
	return err
}

//endregion send
