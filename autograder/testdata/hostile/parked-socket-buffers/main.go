package main

import (
	"fmt"
	"net"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	attempt("listen", err)
	block := make([]byte, 1<<20)
	parked := 0
	for range 700 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			break
		}
		if _, err := listener.Accept(); err != nil {
			break
		}
		conn.SetWriteDeadline(time.Now().Add(time.Millisecond))
		n, _ := conn.Write(block)
		parked += n
	}
	findings = []string{fmt.Sprintf("parked %d MiB", parked>>20)}
	confess()
}
