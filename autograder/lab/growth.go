package lab

import (
	"fmt"
	"strings"
	"testing"

	"tcplab/autograder/internal/transcript"
)

// StartFrugal is Start for a program in which Go collects garbage when the heap has grown by a tenth, where it usually lets it
// grow to twice its size and to 4 MiB at least (GOGC, see the package runtime). What the program holds is then hardly more than
// what it uses, and a goroutine that stays for each client is to be seen.
func StartFrugal(t testing.TB, args ...string) *Program {
	t.Helper()
	return startServer(t, args, "GOGC=10")
}

// patientWithGrowth is how many times in a row a program may hold more memory than the time before. Heaps grow until they
// have found their size: of seven servers that keep nothing, each with 440 conversations a time and GOGC=10, all grew the first
// time, by 1.1 MiB at most, and none by more than half a mebibyte after the second. One that leaves a goroutine behind for each
// client, which is some 2.7 KiB, grew by 1.2 MiB or more every time.
const patientWithGrowth = 5

// WantSteadyMemory does work again and again, until the program holds no more memory than growth bytes beyond what it held the
// time before. It wants that to happen within five times: what is not given back by then, with the same work as before, stays.
func (p *Program) WantSteadyMemory(growth int64, work func()) {
	p.s.t.Helper()
	var sizes []string
	for before, times := int64(0), 0; ; times++ {
		work()
		p.WantAtRest()
		now := p.held().Memory
		if times > 0 && now-before <= growth {
			p.WantRunning() // what has ended holds nothing
			p.s.step("", transcript.Observed, "", fmt.Sprintf("the program holds %.1f MiB of memory, as before", float64(now)/(1<<20)))
			return
		}
		sizes = append(sizes, fmt.Sprintf("%.1f", float64(now)/(1<<20)))
		if times == patientWithGrowth {
			p.s.fail(failure{
				message:  "the program's memory grows and grows",
				meaning:  "Something stays of every client. A goroutine that still waits for something counts, too: it costs 2 KiB and more.",
				expected: fmt.Sprintf("no more than %.1f MiB more than the time before", float64(growth)/(1<<20)),
				actual:   strings.Join(sizes, ", ") + " MiB",
			})
		}
		before = now
	}
}
