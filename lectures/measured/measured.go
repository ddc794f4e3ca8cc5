// Package measured is what the lectures' measuring programs have in common: their command line, how repetitions are summed
// up, and what is said about the machine.
package measured

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Main is the main function of a measuring program. What measure writes goes to the terminal; the picture that it returns, an
// SVG document, goes into the file that the flag -svg names, if it does.
func Main(measure func(out io.Writer) (picture []byte, err error)) {
	file := flag.String("svg", "", "draw a plot into this `file`, too")
	flag.Parse()
	picture, err := measure(os.Stdout)
	if err == nil && *file != "" {
		err = os.WriteFile(*file, picture, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Spread sums up the repetitions of a measurement. The median is not moved by the one repetition that was disturbed, and
// the range shows that it was.
type Spread struct{ Median, Low, High float64 }

// SpreadOf is the spread of some values, of which there has to be one at least.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return Spread{Median: median, Low: sorted[0], High: sorted[len(sorted)-1]}
}

// Format writes the median, and the range behind it, each with a format such as "%.1f ms".
func (s Spread) Format(format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", s.Median, s.Low, s.High)
}

// Machine describes where a measurement was made, in one line: absolute times mean nothing without it. The load, where the
// system tells it, is how many threads of all programs ran or wanted to in the last minute (proc_loadavg(5)).
func Machine() string {
	text := fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if model := processor(); model != "" {
		text += " (" + model + ")"
	}
	text += fmt.Sprintf(", GOMAXPROCS %d, %s", runtime.GOMAXPROCS(0), runtime.Version())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(load), " ")
		text += ", load " + first
	}
	return text
}

// processor is the name of the first processor, where the system tells it as Linux does.
func processor() string {
	content, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(content)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
