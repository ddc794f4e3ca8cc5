//go:build linux

package model

import (
	"fmt"
	"strings"
	"time"

	"tcplab/lectures/measured"
	"tcplab/lectures/plot"
)

// Table is a comparison as a table in Markdown. Ratios are those to the first kind, taken round by round, before anything is
// summed up: what slows a whole round down does not change them.
func Table(kinds []Kind, costs [][]Cost) string {
	var text strings.Builder
	text.WriteString("| server | processor time for a conversation | ratio | memory for a silent client | ratio | threads | processes |\n")
	text.WriteString("|---|---|---|---|---|---|---|\n")
	for k, kind := range kinds {
		fmt.Fprintf(&text, "| %s | %s | %s |", kind, spread(costs[k], microseconds).Format("%.0f µs"), ratio(costs[k], costs[0], microseconds))
		if kind == OneAtATime {
			text.WriteString(" | | | |\n")
			continue
		}
		fmt.Fprintf(&text, " %s | %s | %.0f | %.0f |\n", spread(costs[k], kilobytes).Format("%.1f kB"),
			ratio(costs[k], costs[0], kilobytes), spread(costs[k], threads).Median, spread(costs[k], processes).Median)
	}
	fmt.Fprintf(&text, "\nMedians of %d rounds (and their range). %s.\n", len(costs[0]), measured.Machine())
	return text.String()
}

// ratio is empty where the first kind has nothing to be compared with.
func ratio(costs, first []Cost, of func(Cost) float64) string {
	var ratios []float64
	for r := range costs {
		if of(first[r]) <= 0 {
			return ""
		}
		ratios = append(ratios, of(costs[r])/of(first[r]))
	}
	return fmt.Sprintf("%.1f", measured.SpreadOf(ratios).Median)
}

// CPUBars are the bars of a plot of processor times, in microseconds.
func CPUBars(kinds []Kind, costs [][]Cost) []plot.Bar { return bars(kinds, costs, microseconds) }

// MemoryBars are the bars of a plot of memory, in kilobytes.
func MemoryBars(kinds []Kind, costs [][]Cost) []plot.Bar { return bars(kinds, costs, kilobytes) }

func bars(kinds []Kind, costs [][]Cost, of func(Cost) float64) []plot.Bar {
	var all []plot.Bar
	for k, kind := range kinds {
		s := spread(costs[k], of)
		all = append(all, plot.Bar{Name: string(kind), Value: s.Median, Low: s.Low, High: s.High})
	}
	return all
}

func spread(costs []Cost, of func(Cost) float64) measured.Spread {
	var values []float64
	for _, c := range costs {
		values = append(values, of(c))
	}
	return measured.SpreadOf(values)
}

func microseconds(c Cost) float64 { return float64(c.CPU) / float64(time.Microsecond) }
func kilobytes(c Cost) float64    { return c.Memory / 1024 }
func threads(c Cost) float64      { return c.Threads }
func processes(c Cost) float64    { return c.Processes }
