//go:build unix

// Command measure finds how long it takes until all of so many clients have been served, each of whom asks for something that
// takes a while: in a callback that waits, with timers on the loop, and with a goroutine for each client.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"time"

	"tcplab/lectures/09-callbacks/loop"
	"tcplab/lectures/measured"
	"tcplab/lectures/plot"
)

const (
	// rounds is how often everything is measured; the median is shown with the range.
	rounds = 3
	// brewing is how long a client's request takes.
	brewing = 50 * time.Millisecond
)

// clientCounts are how many clients ask at the same time.
var clientCounts = []int{1, 5, 20, 100, 500}

// model is a way to wait on behalf of many clients. Where it waits for one after the other, most is how many we have patience
// for.
type model struct {
	name  string
	most  int
	serve func() (address string, err error)
}

var models = []model{
	{"a callback that waits", 20, func() (string, error) { return onLoop(brewInCallback) }},
	{"timers on the loop", 0, func() (string, error) { return onLoop(brewWithTimer) }},
	{"a goroutine each", 0, inGoroutines},
}

func main() {
	measured.Main(func(out io.Writer) ([]byte, error) {
		results, err := compare(models, clientCounts, rounds)
		if err != nil {
			return nil, err
		}
		printTable(out, results)
		return picture(results), nil
	})
}

// onLoop starts a server in callbacks. It serves until the program ends.
func onLoop(brew func(l *loop.Loop, c *loop.Conn)) (string, error) {
	l := loop.New()
	address, err := l.Listen(0, func(c *loop.Conn) {
		c.OnLine(func(string) { brew(l, c) })
		c.OnEnd(c.Close)
		c.OnError(func(err error) { log.Print(err) })
	})
	go func() { log.Fatal(l.Run()) }()
	return address.String(), err
}

func brewInCallback(_ *loop.Loop, c *loop.Conn) {
	time.Sleep(brewing)
	c.Write("ready\n")
}

func brewWithTimer(l *loop.Loop, c *loop.Conn) {
	l.After(brewing, func() { c.Write("ready\n") })
}

// inGoroutines starts a server that has a goroutine for each client.
func inGoroutines() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go func() {
				defer conn.Close()
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					time.Sleep(brewing)
					_, _ = io.WriteString(conn, "ready\n") // the client notices when nothing comes
				}
			}()
		}
	}()
	return listener.Addr().String(), nil
}

// compare measures every model with every number of clients, as often as there are rounds; the models take turns. The keys of
// the result are a model's name and the number of clients, and the times are in milliseconds.
func compare(models []model, clientCounts []int, rounds int) (map[string]map[int]measured.Spread, error) {
	taken := map[string]map[int][]float64{}
	for _, m := range models {
		taken[m.name] = map[int][]float64{}
	}
	for range rounds {
		for _, clients := range clientCounts {
			for _, m := range models {
				if m.most > 0 && clients > m.most {
					continue
				}
				d, err := measure(m, clients)
				if err != nil {
					return nil, fmt.Errorf("%s, %d clients: %w", m.name, clients, err)
				}
				taken[m.name][clients] = append(taken[m.name][clients], float64(d)/float64(time.Millisecond))
			}
		}
	}
	results := map[string]map[int]measured.Spread{}
	for name, byClients := range taken {
		results[name] = map[int]measured.Spread{}
		for clients, times := range byClients {
			results[name][clients] = measured.SpreadOf(times)
		}
	}
	return results, nil
}

// measure starts a server and has so many clients ask it, all of whom are connected by then. It returns the time from the
// first question to the last answer.
func measure(m model, clients int) (taken time.Duration, err error) {
	address, err := m.serve()
	if err != nil {
		return 0, err
	}
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			err = errors.Join(err, c.Close())
		}
	}()
	for range clients {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
	}
	begin := time.Now()
	for _, c := range conns {
		if _, err := io.WriteString(c, "coffee\n"); err != nil {
			return 0, err
		}
	}
	for _, c := range conns {
		if _, err := io.ReadFull(c, make([]byte, len("ready\n"))); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// printTable writes what was measured as Markdown.
func printTable(out io.Writer, results map[string]map[int]measured.Spread) {
	fmt.Fprintf(out, "From the first question to the last answer, in ms\n\n| clients |")
	for _, m := range models {
		fmt.Fprintf(out, " %s |", m.name)
	}
	fmt.Fprintf(out, "\n|---:|%s\n", strings.Repeat("---:|", len(models)))
	for _, clients := range clientCounts {
		fmt.Fprintf(out, "| %d |", clients)
		for _, m := range models {
			if r, ok := results[m.name][clients]; ok {
				fmt.Fprintf(out, " %s |", r.Format("%.0f"))
			} else {
				fmt.Fprint(out, " not tried |")
			}
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "\nEach question takes %v. Medians of %d rounds (and their range). %s.\n", brewing, rounds, measured.Machine())
}

func picture(results map[string]map[int]measured.Spread) []byte {
	var series []plot.Series
	for _, m := range models {
		s := plot.Series{Name: m.name}
		for _, clients := range clientCounts {
			if r, ok := results[m.name][clients]; ok {
				s.Points = append(s.Points, plot.Point{X: float64(clients), Y: r.Median, Low: r.Low, High: r.High})
			}
		}
		series = append(series, s)
	}
	return plot.Lines(fmt.Sprintf("Until all are served, when each question takes %v", brewing), "clients", "ms", series)
}
