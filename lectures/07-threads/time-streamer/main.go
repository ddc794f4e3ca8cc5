// Command time-streamer tells each client the time, line after line, although nobody asks: a servant sends a line, sleeps, and
// sends the next.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"time"
)

// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
const acceptPause = 10 * time.Millisecond

func main() {
	count := flag.Int("count", 15, "how many lines each client gets")
	interval := flag.Duration("interval", time.Second, "how long a servant sleeps after a line, such as 250ms")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:2205")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		go stream(conn, *count, *interval)
	}
}

//region stream

// stream is a servant's life: count lines, one after each nap, and then the end. Whoever sleeps in it is this servant alone.
func stream(conn net.Conn, count int, interval time.Duration) {
	defer conn.Close()
	for range count {
		if _, err := fmt.Fprintln(conn, time.Now().Format(time.TimeOnly)); err != nil {
			return // the client has left
		}
		time.Sleep(interval)
	}
}

//endregion stream
