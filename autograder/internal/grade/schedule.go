package grade

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// job is one hidden test to be run against one program.
type job struct {
	program    int // index of the program
	exercise   exercise.Exercise
	test       exercise.Test
	expected   *duration     // what it took before, shared with the same test of other programs; zero while nobody knows
	patient    bool          // it was started as one that waits for the clock
	path       time.Duration // what it and the longest row of tests that need it took before, one after the other
	waits      int           // how many of the tests that it needs have no verdict yet
	dependents []*job
	record     *transcript.Record // the verdict, when there is one
	unmet      bool               // it was not run: a test that it needs has not passed
	took       duration
}

// newJobs makes the jobs of one program and ties them by their needs.
func newJobs(program int, ex exercise.Exercise, tests []exercise.Test, known durations) []*job {
	jobs := make([]*job, len(tests))
	byName := map[string]*job{}
	for i, test := range tests {
		jobs[i] = &job{program: program, exercise: ex, test: test, expected: known.of(test.Name)}
		byName[test.Name] = jobs[i]
	}
	for _, j := range jobs {
		for _, need := range j.test.Needs {
			// A need that does not exist is never met; runAll tells so in the end.
			j.waits++
			if needed := byName[need]; needed != nil {
				needed.dependents = append(needed.dependents, j)
			}
		}
	}
	return jobs
}

// findPath finds the length of the critical path from j on: no sooner after j has begun can those verdicts be given that wait
// for its own. Tests that need each other have no such path, and are never run.
func (j *job) findPath() time.Duration {
	if j.path == 0 {
		j.path = max(j.expected.Wall, 1)
		var longest time.Duration
		for _, dependent := range j.dependents {
			longest = max(longest, dependent.findPath())
		}
		j.path += longest
	}
	return j.path
}

// pool runs jobs, a bounded number of them at once. Its fields belong to the goroutine that calls runAll.
type pool struct {
	limit int
	// run runs one job; several calls run at once.
	run func(context.Context, *job) (transcript.Record, duration)
	// decided is told of every verdict.
	decided func(*job)
	// raceBuilt is closed when the jobs that need the race detector's build may start, at the latest when ctx is done.
	raceBuilt <-chan struct{}
	// oneFailure says that a program's first failure decides: short tests go first, and those that are left are not run.
	oneFailure bool

	all         []*job
	failed      map[int]bool // programs with a failure
	ready, held []*job
	running     map[bool]int // jobs under way, by whether they are patient
}

// A job that has never been idle for less than this waits for the clock. Such jobs do not keep others from running, up to a
// number that the machine's memory can hold.
const (
	patientFrom = time.Second
	patientJobs = 4 // as many times the limit
)

func (j *job) waitsForTheClock() bool { return j.expected.Idle >= patientFrom }

// room reports whether another job of the same kind may run. Where one runs at a time, all are of one kind.
func (p *pool) room(j *job) bool {
	switch {
	case p.limit == 1:
		return p.running[true]+p.running[false] == 0
	case j.waitsForTheClock():
		return p.running[true] < patientJobs*p.limit
	}
	return p.running[false] < p.limit
}

// runAll runs the jobs until each has its verdict or ctx is done.
func (p *pool) runAll(ctx context.Context, jobs []*job) error {
	p.all, p.running, p.failed = jobs, map[bool]int{}, map[int]bool{}
	p.findPaths()
	for _, j := range jobs {
		if j.waits == 0 {
			p.release(j)
		}
	}
	finished := make(chan *job)
	for {
		for ctx.Err() == nil {
			j := p.next()
			if j == nil {
				break
			}
			j.patient = j.waitsForTheClock()
			p.running[j.patient]++
			go func() {
				record, took := p.run(ctx, j)
				j.record, j.took = &record, took
				finished <- j
			}()
		}
		if p.running[true]+p.running[false] == 0 && len(p.held) == 0 {
			break
		}
		select {
		case j := <-finished:
			p.running[j.patient]--
			if ctx.Err() == nil {
				p.settle(j)
				p.failed[j.program] = p.failed[j.program] || j.record.Status == transcript.Fail
				p.learn(j)
				p.spare()
			}
		case <-p.raceBuilt:
			p.raceBuilt = nil
			p.ready = append(p.ready, p.held...)
			p.held = nil
			p.spare()
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, j := range jobs {
		if j.record == nil {
			needs := strings.Join(j.test.Needs, ", ")
			j.record = &transcript.Record{Test: j.test.Name, Status: transcript.Error,
				Message: fmt.Sprintf("%s:%d: needs %s: a test is missing, or they need each other", j.test.File, j.test.Line, needs)}
			p.decided(j)
		}
	}
	return nil
}

// release lets a job run as soon as there is room.
func (p *pool) release(j *job) {
	if j.test.Race && p.raceBuilt != nil {
		p.held = append(p.held, j)
		return
	}
	p.ready = append(p.ready, j)
}

// next takes the job that begins the longest row of tests that wait for each other, so that long waits, and what has to be
// known before them, are spent beside everything else; where a program's first failure decides, the shortest job. It is nil
// when there is none, or no room for it.
func (p *pool) next() *job {
	best := -1
	for i, j := range p.ready {
		if p.room(j) && (best < 0 || p.before(j, p.ready[best])) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	j := p.ready[best]
	p.ready = slices.Delete(p.ready, best, best+1)
	return j
}

func (p *pool) before(j, other *job) bool {
	if p.oneFailure {
		return j.expected.Wall < other.expected.Wall
	}
	return j.path > other.path
}

func (p *pool) findPaths() {
	for _, j := range p.all {
		j.path = 0
	}
	for _, j := range p.all {
		j.findPath()
	}
}

// learn takes from a job that has passed what the same test of the other programs will take. On a machine that has never run
// these tests, such as one that is thrown away after each grading, nothing else says which of them wait for the clock.
func (p *pool) learn(j *job) {
	if j.record.Status != transcript.Pass || p.failed[j.program] {
		return
	}
	unknown := *j.expected == duration{}
	*j.expected = j.took.shorter(*j.expected)
	if unknown {
		p.findPaths()
	}
}

// spare gives the jobs of a program that has failed already their verdict without running them, if one failure is enough.
func (p *pool) spare() {
	if !p.oneFailure {
		return
	}
	p.ready = slices.DeleteFunc(p.ready, func(j *job) bool {
		if p.failed[j.program] && j.record == nil {
			j.record = &transcript.Record{Test: j.test.Name, Status: transcript.Skipped, Message: "another test has failed"}
			j.unmet = true
			p.settle(j)
		}
		return j.record != nil
	})
}

// settle passes a verdict on to the tests that waited for it.
func (p *pool) settle(j *job) {
	p.decided(j)
	for _, dependent := range j.dependents {
		dependent.waits--
		switch {
		case dependent.record != nil: // another test that it needs has not passed
		case j.record.Status != transcript.Pass:
			dependent.record = &transcript.Record{Test: dependent.test.Name, Status: transcript.Skipped,
				Message: fmt.Sprintf("needs %s, which %s", j.test.Name, fates[j.record.Status])}
			dependent.unmet = true
			p.settle(dependent)
		case dependent.waits == 0:
			p.release(dependent)
		}
	}
}

var fates = map[transcript.Status]string{
	transcript.Fail:    "failed",
	transcript.Skipped: "was skipped",
	transcript.Error:   "could not be judged",
}
