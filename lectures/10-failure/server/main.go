// Command server is the line server of lecture 7 with what a server needs that runs for long: a limit for every wait, a limit for
// the number of clients, and an end that cuts nobody off in the middle of an answer.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// maxLine is the longest line with its newline, in bytes: a client that never sends a newline must not fill the memory.
	maxLine = 64 << 10
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
	// lingerTime bounds the wait for a client that has been told that the conversation is over.
	lingerTime = time.Second
)

func main() {
	log.SetFlags(0)
	idle := flag.Duration("idle", time.Minute, "how long the server waits for a client's next line, or for room for an answer")
	clients := flag.Int("clients", 500, "how many clients are served at a time; the others wait in the backlog")
	grace := flag.Duration("grace", 5*time.Second, "how long conversations may take to end after the server was asked to")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:2010")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	sessions := serve(asked, listener, *clients, *idle)
	stop() // who presses Ctrl-C once more need not wait
	fmt.Println("asked to end: nobody new is accepted")
	if !waitFor(sessions, *grace) {
		log.Fatalf("some clients have not hung up within %v and are cut off", *grace)
	}
	fmt.Println("every conversation has ended in order")
}

//region serve

// serve accepts clients until the server is asked to end, and returns the sessions that go on.
func serve(asked context.Context, listener net.Listener, clients int, idle time.Duration) *sync.WaitGroup {
	context.AfterFunc(asked, func() { listener.Close() }) // wakes Accept
	var sessions sync.WaitGroup
	places := make(chan struct{}, clients)
	for {
		select {
		case places <- struct{}{}: // a place first, then a client: who has no place waits in the backlog
		case <-asked.Done():
			return &sessions
		}
		conn, err := listener.Accept()
		if asked.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return &sessions
		}
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			<-places
			continue
		}
		sessions.Go(func() {
			defer func() { <-places }()
			if err := talk(asked, conn, idle); err != nil {
				log.Printf("a client is given up: %v", err)
			}
		})
	}
}

//endregion serve

//region talk

// talk answers line after line until the client ends the conversation, or takes too long, or the server is asked to end.
func talk(asked context.Context, conn net.Conn, idle time.Duration) error {
	defer conn.Close()
	woken := make(chan struct{})
	stop := context.AfterFunc(asked, func() {
		conn.SetReadDeadline(time.Now()) // wakes Read
		close(woken)
	})
	defer stop()
	reader := bufio.NewReaderSize(conn, maxLine)
	for {
		conn.SetDeadline(time.Now().Add(idle))
		// Asked after the deadline is set, not before: the call that wakes Read would be overwritten, and lost.
		if asked.Err() != nil {
			<-woken // nor may it come after the deadline that hangUp sets
			return hangUp(conn)
		}
		line, err := readLine(reader)
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded) && asked.Err() != nil:
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("no line has come for %v", idle)
		case err != nil:
			return err
		}
		if _, err := io.WriteString(conn, "> "+strings.ToUpper(line)+"\n"); err != nil {
			return err // among them: no room for the answer until the deadline
		}
	}
}

//endregion talk

//region hangUp

// hangUp ends a conversation in order although the client may have sent more than we have read. Closing a connection with input
// unread resets it, and a reset can overtake the last answer.
func hangUp(conn net.Conn) error {
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // the client does not hang up; it has been told, and that must do
	}
	return err
}

//endregion hangUp

// readLine returns the next line without its end, as lecture 4 explains.
func readLine(reader *bufio.Reader) (string, error) {
	bytes, err := reader.ReadSlice('\n')
	if err == io.EOF && len(bytes) > 0 {
		return string(bytes), nil
	}
	line := strings.TrimSuffix(string(bytes), "\n")
	return strings.TrimSuffix(line, "\r"), err
}

// waitFor reports whether the sessions have ended in time.
func waitFor(sessions *sync.WaitGroup, limit time.Duration) bool {
	ended := make(chan struct{})
	go func() {
		sessions.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(limit):
		return false
	}
}
