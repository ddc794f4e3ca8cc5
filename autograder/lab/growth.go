package lab

import (
	"fmt"
	"slices"
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

// patientWithGrowth is how many times in a row a program may hold more memory than the time before. With 440 conversations a
// time, 48 of 49 servers that keep nothing of them grew by 0.75 MiB at most, and none twice in a row by more than half a
// mebibyte. The other one has 4,096 goroutines that take turns, and grew by 1.2 MiB as long as there was one to which no client
// had come yet; so this is long enough for 10,000 of them. A goroutine that stays for each client costs some 2.7 KiB, which
// is 1.2 MiB every time.
const patientWithGrowth = 24

// WantSteadyMemory does work again and again, until the program, at rest, holds at most growth bytes more than the time before.
// What grows on and on fails: garbage takes memory, too, and more of it on a busy machine, but not more each time.
func (p *Program) WantSteadyMemory(growth int64, work func()) {
	p.s.t.Helper()
	var sizes []string
	for before := int64(0); ; {
		steps := p.s.onlyCounted(work)
		p.WantAtRest()
		now := p.held().Memory
		sizes = append(sizes, fmt.Sprintf("%.1f", float64(now)/(1<<20)))
		p.s.step("", transcript.Observed, "", fmt.Sprintf("after %d steps that are not told, the program holds %s MiB of memory",
			steps, sizes[len(sizes)-1]))
		switch {
		case len(sizes) > 1 && now-before <= growth:
			p.WantRunning() // what has ended holds nothing
			return
		case len(sizes) > patientWithGrowth:
			p.s.fail(failure{
				message:  "the program's memory grows and grows",
				meaning:  "Something stays of what is over. A goroutine that still waits for something counts, too: it costs 2 KiB and more.",
				expected: fmt.Sprintf("no more than %.1f MiB more than the time before", float64(growth)/(1<<20)),
				actual:   strings.Join(sizes, ", ") + " MiB",
			})
		}
		before = now
	}
}

// onlyCounted does work that is not worth telling when it ends well, and returns how many steps it had.
func (s *session) onlyCounted(work func()) (steps int) {
	s.mu.Lock()
	told, data, length := len(s.steps), slices.Clone(s.data), s.length
	s.mu.Unlock()
	work()
	s.mu.Lock()
	defer s.mu.Unlock()
	steps = len(s.steps) - told
	s.steps, s.data, s.length = s.steps[:told], data, length
	return steps
}
