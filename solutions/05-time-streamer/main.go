// Command 05-time-streamer is the reference solution of exercise 5: a server that speaks by the clock. Nobody asks it for
// anything; each client is a goroutine that sends, waits, and sends again.
package main

import (
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"time"
)

const (
	// fineTime is RFC 3339 with all nine digits of the fraction. time.RFC3339Nano leaves out zeros at the end: once in a
	// billion lines that is the whole fraction.
	fineTime = "2006-01-02T15:04:05.000000000Z07:00"
	// lingering is how long a client may take to close its side when it has been sent everything.
	lingering = time.Second
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

func main() {
	count := flag.Int("count", 15, "how many lines each client gets")
	interval := flag.Duration("interval", time.Second, "time from one line to the next, such as 250ms or 1h")
	flag.Parse()
	if *interval <= 0 {
		log.Fatalf("-interval %v: it has to be longer than nothing", *interval)
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{Port: 2205})
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.AcceptTCP()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		go serve(conn, *count, *interval)
	}
}

// serve holds one client's conversation, and closes the connection on every way out of it.
func serve(conn *net.TCPConn, count int, interval time.Duration) {
	defer conn.Close()
	err := stream(conn, count, interval)
	if err == nil {
		err = hangUp(conn)
	}
	if err != nil {
		log.Printf("%v: %v", conn.RemoteAddr(), err)
	}
}

// stream sends the lines. It ends with the first that cannot be sent: that is how a server that never reads learns that its
// client has left. The kernel takes one line more before it says so, since it has to hear it from the other side first.
func stream(conn *net.TCPConn, count int, interval time.Duration) error {
	// This client's own ticker: with one for all, the wait for the second line would depend on when others came.
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	lines := json.NewEncoder(conn) // ends every value in a newline, and sends it with a Write of its own
	for sent := range count {
		if sent > 0 {
			<-ticker.C
		}
		line := struct {
			Time string `json:"time"`
		}{time.Now().UTC().Format(fineTime)}
		// To a client that does not read, Write waits when the buffers between us are full. Nobody but this goroutine waits
		// with it, and meanwhile the ticker drops its ticks instead of piling them up.
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// hangUp ends the conversation in order. Close would reset a connection on which input lies unread, or still arrives, and
// the client might lose the last lines. So we only say that we are done, and let the client finish.
func hangUp(conn *net.TCPConn) error {
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	// One that goes on sending, or never closes, must not hold us for ever.
	if err := conn.SetReadDeadline(time.Now().Add(lingering)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	return err
}
