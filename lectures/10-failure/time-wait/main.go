//go:build unix

// Command time-wait shows what keeps a port busy when nobody listens on it any more: a server hangs up first, ends, and starts
// again, once without the option SO_REUSEADDR and once with it.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	log.SetFlags(0)
	if err := holdConversation(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the server has hung up first; now it starts again")
	for _, reuse := range []int{0, 1} {
		listener, err := listen(reuse)
		if err != nil {
			fmt.Printf("SO_REUSEADDR %d: %v\n", reuse, err)
			continue
		}
		fmt.Printf("SO_REUSEADDR %d: listening again\n", reuse)
		listener.Close()
	}
}

//region holdConversation

// holdConversation plays a server and its client. The end that sends the first FIN, which is the server's, stays in TIME_WAIT.
func holdConversation() error {
	listener, err := listen(1)
	if err != nil {
		return err
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return err
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		return err
	}
	if err := server.Close(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, client) // returns when the server's FIN has come
	return err
}

//endregion holdConversation

// listen is net.Listen with the option as it is told; by itself, net.Listen sets it.
func listen(reuse int) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, socket syscall.RawConn) (err error) {
		if outer := socket.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, reuse)
		}); outer != nil {
			return outer
		}
		return err
	}}
	return config.Listen(context.Background(), "tcp", "127.0.0.1:2012")
}
