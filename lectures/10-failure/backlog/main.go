//go:build unix

// Command backlog listens on port 2367 with a backlog of 4, accepts nobody, and calls itself until a caller gets no answer.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	log.SetFlags(0)
	callers := flag.Int("callers", 6, "how many clients the program plays itself; with 0 it waits for others")
	flag.Parse()
	if err := listen(2367, 4); err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on 127.0.0.1:2367 with a backlog of 4, accepting nobody")
	if *callers == 0 {
		time.Sleep(time.Hour)
	}
	call(*callers)
}

// listen leaves out the loop around accept that follows it in every server.
func listen(port, backlog int) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return os.NewSyscallError("listen", unix.Listen(socket, backlog))
}

//region call

// call connects so many times, and keeps all connections.
func call(callers int) {
	for i := 1; i <= callers; i++ {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:2367", time.Second)
		if err != nil {
			fmt.Printf("client %d: %v\n", i, err)
			continue
		}
		defer conn.Close()
		fmt.Printf("client %d: connected\n", i)
	}
}

//endregion call
