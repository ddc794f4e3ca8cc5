// Command measure shows what it costs clients to stand in a queue, and how long the queue may become. Each of ten clients
// thinks for a tenth of a second before it speaks: how long does it wait for the greeting of a server that talks to one at a
// time, and of one that has a goroutine for each?
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"tcplab/lectures/05-one-at-a-time/session"
	"tcplab/lectures/measured"
	"tcplab/lectures/plot"
)

const (
	clients = 10
	think   = 100 * time.Millisecond
	rounds  = 3
)

// server is how a receptionist treats the clients that it has accepted.
type server struct {
	name   string
	attend func(net.Conn)
}

var servers = []server{
	{"one at a time", talk},
	{"a goroutine each", func(conn net.Conn) { go talk(conn) }},
}

func talk(conn net.Conn) {
	defer conn.Close()
	if err := session.Talk(conn); err != nil {
		log.Print(err)
	}
}

func main() { measured.Main(measure) }

func measure(out io.Writer) (picture []byte, err error) {
	waits := make([][][]float64, len(servers)) // by server and client, in milliseconds, one of each round
	totals := make([][]float64, len(servers))
	for range rounds {
		for i, s := range servers {
			if waits[i] == nil {
				waits[i] = make([][]float64, clients)
			}
			each, total, err := queue(s.attend, clients, think)
			if err != nil {
				return nil, err
			}
			for c, wait := range each {
				waits[i][c] = append(waits[i][c], milliseconds(wait))
			}
			totals[i] = append(totals[i], milliseconds(total))
		}
	}
	fmt.Fprintf(out, "| %d clients come together, each thinks for %v | %s | %s |\n|---|---|---|\n", clients, think, servers[0].name, servers[1].name)
	pictured := []plot.Series{{Name: servers[0].name}, {Name: servers[1].name}}
	for c := range clients {
		fmt.Fprintf(out, "| client %d waits for its greeting |", c+1)
		for i := range servers {
			wait := measured.SpreadOf(waits[i][c])
			fmt.Fprintf(out, " %s |", wait.Format("%.1f ms"))
			pictured[i].Points = append(pictured[i].Points, plot.Point{X: float64(c + 1), Y: wait.Median, Low: wait.Low, High: wait.High})
		}
		fmt.Fprintln(out)
	}
	fmt.Fprint(out, "| all have been served after |")
	for i := range servers {
		fmt.Fprintf(out, " %s |", measured.SpreadOf(totals[i]).Format("%.0f ms"))
	}
	fmt.Fprintln(out)
	if err := backlogs(out); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "\nMedians of %d rounds (and their range). %s.\n", rounds, measured.Machine())
	return plot.Lines("Waiting for the greeting", "client", "ms", pictured), nil
}

// backlogs prints how many connections complete without anybody accepting them.
func backlogs(out io.Writer) error {
	fmt.Fprint(out, "\n| backlog | connections that complete while nobody accepts |\n|---|---|\n")
	for _, backlog := range []int{1, 4, 16} {
		n, err := completed(backlog)
		if errors.Is(err, errors.ErrUnsupported) {
			fmt.Fprintf(out, "| %d | not measured on this system |\n", backlog)
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "| %d | %d |\n", backlog, n)
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// queue has n clients come to a server at the same time, in a known order. It returns how long each of them waited for its
// greeting, and after what time all had been served.
func queue(attend func(net.Conn), n int, think time.Duration) (waits []time.Duration, total time.Duration, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the listener has been closed
			}
			attend(conn)
		}
	}()
	began := time.Now()
	waits = make([]time.Duration, n)
	done := make(chan error, n)
	for i := range n {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return nil, 0, err
		}
		go func() {
			defer conn.Close()
			lines := bufio.NewReader(conn)
			err := want(lines, "HELLO\n")
			waits[i] = time.Since(began)
			if err == nil {
				time.Sleep(think)
				_, err = io.WriteString(conn, "hello\n")
			}
			if err == nil {
				err = want(lines, "> HELLO\n")
			}
			done <- err
		}()
	}
	for range n {
		err = errors.Join(err, <-done)
	}
	return waits, time.Since(began), err
}

func want(lines *bufio.Reader, want string) error {
	got, err := lines.ReadString('\n')
	if err == nil && got != want {
		err = fmt.Errorf("got %q, want %q", got, want)
	}
	return err
}
