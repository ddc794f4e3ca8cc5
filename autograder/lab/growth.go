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

const (
	// apart is how many times of work lie between two sizes that are compared. From one time to the next, garbage can hide what
	// stays: with four graders on two processors, servers that kept 0.5 MiB a time were seen not to grow at all, but in each four
	// times they grew by 0.9 MiB and more. Servers that keep nothing grow in the beginning, too, by up to 1.2 MiB in four times;
	// 29 gradings of them saw less than 0.5 MiB after 6 times on an average, and after 12 at the latest.
	apart = 4
	// patientWithGrowth is after how many times of work a program that still grows has failed. A server of 4,096 goroutines that
	// take turns grows until each of them has had a client; with 320 clients a time that is 13 times.
	patientWithGrowth = 24
)

// WantSteadyMemory does work again and again, until the program, at rest, holds at most growth bytes more than it did four times
// before. What grows on and on fails: garbage takes memory, too, and more of it on a busy machine, but not more each time.
func (p *Program) WantSteadyMemory(growth int64, work func()) {
	p.s.t.Helper()
	var sizes []int64
	var told []string
	for len(sizes) <= apart || sizes[len(sizes)-1]-sizes[len(sizes)-1-apart] > growth {
		if len(sizes) == patientWithGrowth {
			p.s.fail(failure{
				message: "the program's memory grows and grows",
				meaning: "Something stays of what is over. A goroutine that still waits for something counts, too: it costs 2 KiB and more." +
					p.itsGoroutines(),
				expected: fmt.Sprintf("at last, no more than %s more than %d times before", mebibytes(growth), apart),
				actual:   strings.Join(told, ", "),
			})
		}
		steps := p.s.onlyCounted(work)
		p.WantAtRest()
		sizes = append(sizes, p.held().Memory)
		told = append(told, mebibytes(sizes[len(sizes)-1]))
		p.s.step("", transcript.Observed, "", fmt.Sprintf("after %d steps that are not told, the program holds %s of memory",
			steps, told[len(told)-1]))
	}
	p.WantRunning() // what has ended holds nothing
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
