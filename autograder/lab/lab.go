// Package lab is what the tests of the exercises are written with. It starts the program under test in a network of its
// own, talks to it over TCP, looks at it through the kernel, and keeps a transcript of all that happened.
//
// No method returns an error: what goes wrong is recorded with its transcript and ends the test. Silence is never judged
// by a nap. A program is silent when every one of its threads waits for something that nobody will send; where a timer is
// pending, or the system does not show its threads, a bounded wait decides.
package lab

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// The environment in which the grader runs a test. Without it, a test builds the program of its exercise's folder.
const (
	programVariable = "TCPLAB_PROGRAM" // path of the built program
	helperVariable  = "TCPLAB_INIT"    // path of the built first process of a sandbox; empty where there are none
	levelVariable   = "TCPLAB_LEVEL"   // how far programs are confined here, such as "L3"
	recordVariable  = "TCPLAB_RECORD"  // descriptor on which the record is written
	seedVariable    = "TCPLAB_SEED"    // decimal
	portVariable    = "TCPLAB_PORT"    // decimal
	raceVariable    = "TCPLAB_RACE"    // "true" where the program was built with the race detector
	sourceVariable  = "TCPLAB_SOURCE"  // the folder that holds the program's source
	givenVariable   = "TCPLAB_GIVEN"   // names of files in it that came with the exercise, with commas between
)

// session is one test: its transcript and its verdict.
type session struct {
	t     testing.TB
	began time.Time
	lost  time.Duration // in which nobody could run, as looks that came late have shown
	limit time.Duration // of the whole test
	seed  uint64
	lag   lag // of tests that play the server

	mu      sync.Mutex
	steps   []transcript.Step
	data    []byte             // of the last step, which more may come to
	length  int                // of it, in bytes, kept or not
	verdict *transcript.Record // set by the first failure, skip or error
	names   int
}

var (
	sessionsMu sync.Mutex
	sessions   = map[testing.TB]*session{}
)

// sessionOf is the one session of a test, made when the test first asks for anything.
func sessionOf(t testing.TB) *session {
	sessionsMu.Lock()
	defer sessionsMu.Unlock()
	if s := sessions[t]; s != nil {
		return s
	}
	s := &session{t: t, began: time.Now(), limit: wholeTest, seed: 1}
	sessions[t] = s
	if os.Getenv(recordVariable) != "" {
		if _, err := recordFile(); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s=%q is not a number", seedVariable, text)
		}
		s.seed = seed
	}
	t.Cleanup(s.finish)
	return s
}

// overdue reports whether the test has taken longer than it may, but for time that was lost and time in which the program waited
// for a processor.
func (s *session) overdue(waited time.Duration) bool {
	return time.Since(s.began)-s.lost-waited > s.limit
}

// Rand is a source of random numbers that depends on the run's seed and the test's name only.
func Rand(t testing.TB) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(sessionOf(t).seed, h.Sum64()))
}

// Token is a short text of lower-case letters that differs for every i.
func Token(t testing.TB, i int) string {
	r := Rand(t)
	letters := make([]byte, 6)
	for k := range letters {
		letters[k] = byte('a' + r.IntN(26))
	}
	return fmt.Sprintf("%s-%s", letters, strings.Map(func(d rune) rune { return d - '0' + 'a' }, strconv.Itoa(i)))
}

// A step with more data than keptWhole keeps only its beginning: a record of all the megabytes that a test moves would be
// heavier than the test.
const (
	keptWhole     = 2 << 20
	keptBeginning = 32
)

// oneStep is for how long, in milliseconds, what arrives is the same step of the transcript: long enough for the pieces of a
// long answer, and short enough to show when a program that takes its time has sent what.
const oneStep = 100

func (s *session) step(who string, kind transcript.Kind, data, note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := float64(time.Since(s.began).Microseconds()) / 1000
	// what arrives in several pieces without anything in between is one step
	last := len(s.steps) - 1
	if last < 0 || kind != transcript.Received || s.steps[last].Kind != kind || s.steps[last].Who != who || ms-s.steps[last].MS >= oneStep {
		s.steps = append(s.story(), transcript.Step{MS: ms, Who: who, Kind: kind, Note: note})
		s.data, s.length = s.data[:0], 0
		last++
	}
	if s.length += len(data); s.length > keptWhole {
		s.data = append(s.data, data[:min(len(data), keptBeginning)]...)[:keptBeginning]
		s.steps[last].Note = strings.TrimPrefix(fmt.Sprintf("%s, the beginning of %d bytes", note, s.length), ", ")
		return
	}
	s.data = append(s.data, data...)
}

// story is all steps, each with its data. s.mu must be held.
func (s *session) story() []transcript.Step {
	if last := len(s.steps) - 1; last >= 0 {
		s.steps[last].Data = transcript.Bytes(s.data)
	}
	return s.steps
}

// failure is what a method of the lab found wrong.
type failure struct {
	who              string // the connection that it shows on
	message, meaning string
	expected, actual string
	diff             string
	setup            bool // the test has not come to its own question yet
}

// fail records the failure and ends the test.
func (s *session) fail(f failure) {
	s.t.Helper()
	s.step(f.who, transcript.Wanted, "", f.message)
	s.decide(transcript.Record{
		Status:   transcript.Fail,
		Message:  f.message,
		Meaning:  f.meaning,
		Expected: f.expected,
		Actual:   f.actual,
		Diff:     f.diff,
		Setup:    f.setup,
	})
	s.t.FailNow()
}

// broken ends the test because of the lab's own fault, which is never the student's.
func (s *session) broken(err error) {
	s.t.Helper()
	s.decide(transcript.Record{Status: transcript.Error, Message: err.Error()})
	s.t.FailNow()
}

// skip ends the test because this machine cannot show what it needs.
func (s *session) skip(why string) {
	s.t.Helper()
	s.decide(transcript.Record{Status: transcript.Skipped, Message: why})
	s.t.SkipNow()
}

func (s *session) decide(r transcript.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.verdict == nil {
		s.verdict = &r
	}
}

// finish writes the record, or tells the person at the terminal, when the test is over.
func (s *session) finish() {
	sessionsMu.Lock()
	delete(sessions, s.t)
	sessionsMu.Unlock()
	record := transcript.Record{Status: transcript.Pass}
	switch {
	case s.verdict != nil:
		record = *s.verdict
	case s.t.Failed():
		record = transcript.Record{Status: transcript.Fail, Message: "the test failed outside the lab; its output says why"}
	case s.t.Skipped():
		record = transcript.Record{Status: transcript.Skipped, Message: "the test skipped itself"}
	}
	s.mu.Lock()
	record.Test, record.Seed, record.Starved = s.t.Name(), s.seed, s.lag.starved()
	if record.Status != transcript.Pass {
		record.Steps = slices.Clone(s.story())
	}
	s.mu.Unlock()
	if os.Getenv(recordVariable) != "" {
		file, err := recordFile()
		if err == nil {
			err = transcript.WriteRecord(file, record)
		}
		if err != nil {
			s.t.Errorf("write the record: %v", err)
		}
		return
	}
	switch record.Status {
	case transcript.Fail:
		s.explain(record)
	case transcript.Error:
		s.t.Errorf("the lab itself failed, which says nothing about the program: %s", record.Message)
	}
}

// recordFile is kept open: closing it in one test would take it from the next. No program that a test starts inherits it.
var recordFile = sync.OnceValues(func() (*os.File, error) {
	number, err := strconv.Atoi(os.Getenv(recordVariable))
	if err != nil {
		return nil, fmt.Errorf("%s=%q is not a descriptor", recordVariable, os.Getenv(recordVariable))
	}
	closeOnExec(number)
	return os.NewFile(uintptr(number), "record"), nil
})

// explain prints a failure for a person.
func (s *session) explain(record transcript.Record) {
	f := transcript.Failure{Record: record, Again: "go test -run '^" + s.t.Name() + "$'"}
	if ex, err := exerciseHere(); err == nil && ex.Number > 0 {
		f.Again = fmt.Sprintf("make test EX=%d RUN=%s", ex.Number, s.t.Name())
	}
	files, _ := filepath.Glob("*_test.go") // a test runs in the folder of its package
	for _, file := range files {
		if f.Requirement == "" {
			f.Requirement, f.Hint = exercise.Requirement(file, s.t.Name())
		}
	}
	if record.Setup {
		f.Hint = ""
	}
	var text strings.Builder
	if err := f.WriteText(&text, "  "); err != nil {
		s.t.Errorf("%s (%v)", record.Message, err)
		return
	}
	s.t.Logf("\n%s", text.String())
}
