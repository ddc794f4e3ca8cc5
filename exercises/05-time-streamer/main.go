// Command 05-time-streamer is yours to write: README.md says what it has to do.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	count := flag.Int("count", 15, "how many lines each client gets")
	interval := flag.Duration("interval", time.Second, "time from one line to the next, such as 250ms or 1h")
	flag.Parse()
	listenAndStream(*count, *interval)
}

// listenAndStream sends every client count lines, one at once and then one every interval.
func listenAndStream(count int, interval time.Duration) {
	// TODO, step by step:
	//
	//  1. Create a listener on TCP port 2205, and start a goroutine for each client, as in exercise 3. Let it have the
	//     connection as a *net.TCPConn, which is what net.ListenTCP and its AcceptTCP give you: step 5 needs it.
	//  2. In the goroutine: send one line with the time of now, in UTC, as JSON: {"time":"2026-03-01T09:30:00.123456789Z"}
	//  3. Wait for interval, and send the next line, until there were count of them. time.Sleep or a time.Ticker can wait.
	//  4. When a line cannot be sent, the client has left: close the connection, and the goroutine is done.
	//  5. After the last line: CloseWrite, then discard what the client has sent, until it closes its own side or has had a
	//     second for it, and only then Close.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/05-time-streamer/main.go; begin with a listener on port 2205")
	os.Exit(1)
}
