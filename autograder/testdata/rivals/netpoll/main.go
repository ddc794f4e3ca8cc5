// Command netpoll is the line server of the lab's benchmark on github.com/cloudwego/netpoll, a network library of callbacks on
// epoll. With greet it says HELLO first, and ends the conversation after one answer. Usage: netpoll PORT [greet]
package main

import (
	"bytes"
	"context"
	"errors"
	"log"
	"os"

	"github.com/cloudwego/netpoll"
)

func main() {
	listener, err := netpoll.CreateListener("tcp", ":"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	onRequest, options := answer, []netpoll.Option(nil)
	if len(os.Args) > 2 {
		onRequest, options = answerOnce, append(options, netpoll.WithOnConnect(greet))
	}
	loop, err := netpoll.NewEventLoop(onRequest, options...)
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

// greet is called when a client has come.
func greet(ctx context.Context, conn netpoll.Connection) context.Context {
	_, err := conn.Writer().WriteString("HELLO\n")
	if err == nil {
		err = conn.Writer().Flush()
	}
	if err != nil {
		log.Print(errors.Join(err, conn.Close()))
	}
	return ctx
}

func answerOnce(ctx context.Context, conn netpoll.Connection) error {
	return errors.Join(answer(ctx, conn), conn.Close())
}
