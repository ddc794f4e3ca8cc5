// Command four-values tells each client the four values that identify its connection, as the server's end sees them.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"time"
)

// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
const acceptPause = 10 * time.Millisecond

func main() {
	receptionist, err := net.Listen("tcp", "127.0.0.1:2002")
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
		go func() { // next to each other: only connections that are open at the same time have to differ
			if err := tell(conn); err != nil {
				log.Print(err)
			}
		}()
	}
}

//region tell

// tell sends the four values, and waits until the client hangs up.
func tell(conn net.Conn) error {
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "local %v, remote %v\n", conn.LocalAddr(), conn.RemoteAddr()); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	return err
}

//endregion tell
