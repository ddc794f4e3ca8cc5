// Command netpoll is the line server of the lab's benchmark on github.com/cloudwego/netpoll, a network library of callbacks on
// epoll. Usage: netpoll PORT
package main

import (
	"bytes"
	"context"
	"log"
	"os"

	"github.com/cloudwego/netpoll"
)

func main() {
	listener, err := netpoll.CreateListener("tcp", ":"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	loop, err := netpoll.NewEventLoop(answer)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(loop.Serve(listener))
}

// answer is called when a client has sent something.
func answer(_ context.Context, conn netpoll.Connection) error {
	line, err := conn.Reader().Until('\n')
	if err != nil {
		return err
	}
	if _, err := conn.Writer().WriteBinary(bytes.ToUpper(line)); err != nil {
		return err
	}
	return conn.Writer().Flush()
}
