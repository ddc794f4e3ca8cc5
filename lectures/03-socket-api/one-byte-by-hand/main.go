//go:build unix

// Command one-byte-by-hand is the one-byte server made of the system calls themselves, one for each step. It shows the steps and
// nothing else: exercise 6 adds what a server needs that has to write more than a byte.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// acceptPause is the wait after a failed accept: what makes it fail, such as too many open files, passes by itself.
const acceptPause = 10 * time.Millisecond

func main() {
	receptionist, err := listen(2001, 4)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on 127.0.0.1:2001")
	for {
		conn, _, err := unix.Accept(receptionist)
		if err != nil {
			log.Print(os.NewSyscallError("accept", err))
			time.Sleep(acceptPause)
			continue
		}
		if err := talk(conn); err != nil {
			log.Print(err)
		}
	}
}

//region listen

// listen is what net.Listen does: create, bind, listen.
func listen(port, backlog int) (int, error) {
	receptionist, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	// Without this option, what is left of earlier connections would keep the port from us for a while: see lecture 10.
	if err := unix.SetsockoptInt(receptionist, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return -1, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(receptionist, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}); err != nil {
		return -1, os.NewSyscallError("bind", err)
	}
	if err := unix.Listen(receptionist, backlog); err != nil {
		return -1, os.NewSyscallError("listen", err)
	}
	return receptionist, nil
}

//endregion listen

//region talk

// talk reads one byte, writes one byte, and closes the connection. A socket is only a number here.
func talk(conn int) error {
	defer unix.Close(conn)
	one := make([]byte, 1)
	n, err := unix.Read(conn, one)
	if err != nil {
		return os.NewSyscallError("read", err)
	}
	if n == 0 { // the client has closed its side
		return io.EOF
	}
	_, err = unix.Write(conn, bytes.ToUpper(one))
	return os.NewSyscallError("write", err)
}

//endregion talk
