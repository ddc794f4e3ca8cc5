package lab

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// itsGoroutines says in a sentence in which lines of its source the goroutines of the program are, most of them first; it is ""
// where the program does not tell. It ends the program: Go's runtime answers SIGQUIT with the stacks of all goroutines (package
// os/signal). So it is for a test that has failed already, and it is the program's own word, on which no verdict may depend.
func (p *Program) itsGoroutines() string {
	if where := p.places(); where != "" {
		return " Its goroutines: " + where + "."
	}
	return ""
}

func (p *Program) places() string {
	if p.stopped || !p.running() || p.process.PID == 0 || len(kernel.Descendants(p.process.PID)) > 0 {
		return "" // the stacks of several processes would be mixed
	}
	said := len(p.process.Stderr.String())
	if err := kernel.Quit(p.process.PID); err != nil {
		return "" // it has just ended, or this system has no such signal
	}
	const enough = 256 << 10 // of thousands of stacks, those of some hundreds
	for began := time.Now(); time.Since(began) < patience; {
		stacks := p.process.Stderr.String()[said:]
		select {
		case <-p.process.Stderr.Closed():
			return placesIn(p.process.Stderr.String()[said:], "")
		case <-time.After(lookEvery):
			if len(stacks) >= enough {
				return placesIn(stacks, " and more")
			}
		}
	}
	return "" // it takes the signal for something else
}

// goroutineHeader begins the stack of a goroutine, with what it waits for: "goroutine 7 gp=0xc0000061c0 m=nil [chan send]:".
var goroutineHeader = regexp.MustCompile(`^goroutine \d+ .*\[([^\],]+).*\]:$`)

// placesIn says for each place in package main, the innermost of a stack, how many goroutines are there. Where these are not all
// stacks, "and more" says so.
func placesIn(stacks, andMore string) string {
	const most = 3 // of the places that are named
	counts := map[string]int{}
	state, lines := "", strings.Split(stacks, "\n")
	for i, line := range lines {
		if header := goroutineHeader.FindStringSubmatch(line); header != nil {
			state = header[1]
			continue
		}
		arguments := strings.LastIndexByte(line, '(')
		if state == "" || !strings.HasPrefix(line, "main.") || arguments < 0 || i+1 == len(lines) {
			continue
		}
		location, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
		counts[fmt.Sprintf("%s, %s (%s)", line[:arguments], path.Base(location), state)]++
		state = ""
	}
	var all []string
	for place := range counts {
		all = append(all, place)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for i, place := range all {
		all[i] = fmt.Sprintf("%d%s in %s", counts[place], andMore, place)
	}
	if len(all) > most {
		all = append(all[:most], "others elsewhere")
	}
	return transcript.Line(strings.Join(all, "; "), 400)
}
