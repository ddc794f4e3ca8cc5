// Command server answers lines, any number of clients at once: a receptionist accepts, and each client has a servant of its own,
// a goroutine.
package main

import (
	"fmt"
	"log"
	"net"
	"time"

	"tcplab/lectures/05-one-at-a-time/session"
)

// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
const acceptPause = 10 * time.Millisecond

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:2323")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	//region loop
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		go session.Serve(conn)
	}
	//endregion loop
}
