//go:build unix

// Command measure finds what an answer costs a server that also waits for many clients who say nothing. The servers differ in
// how they wait: with select, poll, epoll, or with a goroutine for each client.
//
// Each server runs in a process of its own and is given so many idle connections; then one client asks it the same thing a
// fixed number of times. The models take turns, and each gets a new process in each round.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/lectures/measured"
	"tcplab/lectures/plot"
)

const (
	// rounds is how often everything is measured; the median is shown with the range.
	rounds = 3
	// questions is how many answers are counted. As many as warmUp come before: what is slow only once is over then.
	questions = 200
	warmUp    = 20
)

// idleCounts are how many connections say nothing meanwhile.
var idleCounts = []int{0, 100, 300, 900, 3000, 6000}

// result is what was measured, in microseconds.
type result struct{ cpu, roundTrip measured.Spread }

func main() {
	servePart()
	measured.Main(func(out io.Writer) ([]byte, error) {
		results, err := compare(models, idleCounts, rounds, questions)
		if err != nil {
			return nil, err
		}
		printTables(out, results)
		return picture(results), nil
	})
}

// compare measures every model beside so many idle connections, as often as there are rounds. What a model cannot wait for is
// left out. The keys are a model's name and the number of idle connections.
func compare(models []model, idleCounts []int, rounds, questions int) (map[string]map[int]result, error) {
	type samples struct{ cpu, roundTrip []float64 }
	seen := map[string]map[int]samples{}
	for _, m := range models {
		seen[m.name] = map[int]samples{}
	}
	for range rounds {
		for _, idle := range idleCounts {
			for _, m := range models {
				if m.limit > 0 && idle > m.limit {
					continue
				}
				cpu, roundTrip, err := measure(m.name, idle, questions)
				if err != nil {
					return nil, fmt.Errorf("%s beside %d idle connections: %w", m.name, idle, err)
				}
				s := seen[m.name][idle]
				seen[m.name][idle] = samples{append(s.cpu, microseconds(cpu)), append(s.roundTrip, microseconds(roundTrip))}
			}
		}
	}
	results := map[string]map[int]result{}
	for name, byIdle := range seen {
		results[name] = map[int]result{}
		for idle, s := range byIdle {
			results[name][idle] = result{measured.SpreadOf(s.cpu), measured.SpreadOf(s.roundTrip)}
		}
	}
	return results, nil
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// printTables writes what was measured as Markdown.
func printTables(out io.Writer, results map[string]map[int]result) {
	for _, table := range []struct {
		title string
		value func(result) measured.Spread
	}{
		{"Processor time of the server for an answer, in µs", func(r result) measured.Spread { return r.cpu }},
		{"From question to answer, in µs", func(r result) measured.Spread { return r.roundTrip }},
	} {
		fmt.Fprintf(out, "%s\n\n| idle connections |", table.title)
		for _, m := range models {
			fmt.Fprintf(out, " %s |", m.name)
		}
		fmt.Fprintf(out, "\n|---:|%s\n", strings.Repeat("---:|", len(models)))
		for _, idle := range idleCounts {
			fmt.Fprintf(out, "| %d |", idle)
			for _, m := range models {
				if r, ok := results[m.name][idle]; ok {
					fmt.Fprintf(out, " %s |", table.value(r).Format("%.0f"))
				} else {
					fmt.Fprint(out, " cannot |")
				}
			}
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "Medians of %d rounds of %d answers (and their range). %s.\n", rounds, questions, measured.Machine())
}

func picture(results map[string]map[int]result) []byte {
	var series []plot.Series
	for _, m := range models {
		s := plot.Series{Name: m.name}
		for _, idle := range idleCounts {
			if r, ok := results[m.name][idle]; ok {
				s.Points = append(s.Points, plot.Point{X: float64(idle), Y: r.cpu.Median, Low: r.cpu.Low, High: r.cpu.High})
			}
		}
		series = append(series, s)
	}
	return plot.Lines("What an answer costs beside connections that say nothing",
		"idle connections", "processor time of the server, µs", series)
}

// servePart makes this process a server where it was started as one: with the name of a model in the environment.
func servePart() {
	name := os.Getenv(modelVariable)
	if name == "" {
		return
	}
	at := slices.IndexFunc(models, func(m model) bool { return m.name == name })
	if at < 0 {
		log.Fatalf("%s=%s is not a way to wait", modelVariable, strconv.Quote(name))
	}
	if err := serve(models[at]); err != nil {
		log.Fatal(err)
	}
	os.Exit(0)
}
