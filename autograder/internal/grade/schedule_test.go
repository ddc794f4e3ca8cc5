package grade

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// closed stands for a race build that is done.
func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// fakeRun gives the verdicts of its map, pass where it has none.
func fakeRun(verdicts map[string]transcript.Status) func(context.Context, *job) (transcript.Record, duration) {
	return func(_ context.Context, j *job) (transcript.Record, duration) {
		status, ok := verdicts[j.test.Name]
		if !ok {
			status = transcript.Pass
		}
		return transcript.Record{Test: j.test.Name, Status: status}, duration{}
	}
}

func verdicts(t *testing.T, jobs []*job, results map[string]transcript.Status) map[string]transcript.Record {
	t.Helper()
	told := 0
	p := pool{limit: 2, run: fakeRun(results), decided: func(*job) { told++ }, raceBuilt: closed()}
	require.NoError(t, p.runAll(t.Context(), jobs))
	assert.Equal(t, len(jobs), told, "every verdict is told once")
	records := map[string]transcript.Record{}
	for _, j := range jobs {
		require.NotNil(t, j.record, j.test.Name)
		records[j.test.Name] = *j.record
	}
	return records
}

func TestATestWhoseNeedHasNotPassedIsSkippedWithTheReason(t *testing.T) {
	tests := []exercise.Test{
		{Name: "TestD", Needs: []string{"TestC", "TestA"}},
		{Name: "TestC", Needs: []string{"TestB"}},
		{Name: "TestB", Needs: []string{"TestA"}},
		{Name: "TestA"},
		{Name: "TestE", Needs: []string{"TestA"}},
	}
	got := verdicts(t, newJobs(0, echo, tests, durations{}), map[string]transcript.Status{"TestB": transcript.Fail})
	assert.Equal(t, transcript.Pass, got["TestA"].Status)
	assert.Equal(t, transcript.Fail, got["TestB"].Status)
	assert.Equal(t, transcript.Record{Test: "TestC", Status: transcript.Skipped, Message: "needs TestB, which failed"}, got["TestC"])
	assert.Equal(t, transcript.Record{Test: "TestD", Status: transcript.Skipped, Message: "needs TestC, which was skipped"}, got["TestD"])
	assert.Equal(t, transcript.Pass, got["TestE"].Status)
	got = verdicts(t, newJobs(0, echo, tests, durations{}), map[string]transcript.Status{"TestB": transcript.Error})
	assert.Equal(t, "needs TestB, which could not be judged", got["TestC"].Message)
}

func TestTwoNeedsThatFailAreOneSkip(t *testing.T) {
	tests := []exercise.Test{{Name: "TestA"}, {Name: "TestB"}, {Name: "TestC", Needs: []string{"TestA", "TestB"}}}
	got := verdicts(t, newJobs(0, echo, tests, durations{}), map[string]transcript.Status{"TestA": transcript.Fail, "TestB": transcript.Fail})
	assert.Equal(t, transcript.Skipped, got["TestC"].Status)
}

func TestNeedsThatCanNeverBeMetAreTheGradersError(t *testing.T) {
	got := verdicts(t, newJobs(0, echo, []exercise.Test{
		{Name: "TestA", Needs: []string{"TestB"}, File: "hidden_test.go", Line: 7},
		{Name: "TestB", Needs: []string{"TestA"}},
		{Name: "TestC", Needs: []string{"TestMissing"}},
		{Name: "TestD"},
	}, durations{}), nil)
	assert.Equal(t, transcript.Record{Test: "TestA", Status: transcript.Error,
		Message: "hidden_test.go:7: needs TestB: a test is missing, or they need each other"}, got["TestA"])
	assert.Equal(t, transcript.Error, got["TestB"].Status)
	assert.Equal(t, transcript.Error, got["TestC"].Status)
	assert.Equal(t, transcript.Pass, got["TestD"].Status)
}

func TestTestsOfTheSameNameInTwoProgramsDoNotMeet(t *testing.T) {
	tests := []exercise.Test{{Name: "TestA"}, {Name: "TestB", Needs: []string{"TestA"}}}
	jobs := append(newJobs(0, echo, tests, durations{}), newJobs(1, echo, tests, durations{})...)
	p := pool{limit: 3, decided: func(*job) {}, raceBuilt: closed()}
	p.run = func(_ context.Context, j *job) (transcript.Record, duration) {
		if j.program == 0 {
			return transcript.Record{Status: transcript.Fail}, duration{}
		}
		return transcript.Record{Status: transcript.Pass}, duration{}
	}
	require.NoError(t, p.runAll(t.Context(), jobs))
	assert.Equal(t, transcript.Skipped, jobs[1].record.Status)
	assert.Equal(t, transcript.Pass, jobs[3].record.Status)
}

func TestTestsThatOnlyWaitKeepNoOthersFromRunning(t *testing.T) {
	tests := []exercise.Test{{Name: "TestA"}, {Name: "TestB"}, {Name: "TestC"}}
	for limit, together := range map[int]int{2: 3, 1: 1} {
		jobs := newJobs(0, echo, tests, durations{})
		jobs[0].expected.Idle, jobs[1].expected.Idle = patientFrom, 2*patientFrom
		var running, most atomic.Int32
		all := make(chan struct{})
		p := pool{limit: limit, decided: func(*job) {}, raceBuilt: closed()}
		p.run = func(context.Context, *job) (transcript.Record, duration) {
			now := running.Add(1)
			most.Store(max(most.Load(), now))
			if limit > 1 {
				if int(now) == together {
					close(all)
				}
				<-all
			}
			running.Add(-1)
			return transcript.Record{Status: transcript.Pass}, duration{}
		}
		require.NoError(t, p.runAll(t.Context(), jobs))
		assert.EqualValues(t, together, most.Load(), "limit %d", limit)
	}
}

func TestOnceATestHasPassedItIsKnownWhetherItOnlyWaits(t *testing.T) {
	known := durations{}
	var jobs []*job
	for program := range 6 {
		jobs = append(jobs, newJobs(program, echo, []exercise.Test{{Name: "TestA"}}, known)...)
	}
	var running atomic.Int32
	all := make(chan struct{})
	p := pool{limit: 2, decided: func(*job) {}, raceBuilt: closed()}
	p.run = func(_ context.Context, j *job) (transcript.Record, duration) {
		if j.program == 0 { // the first of all: it runs beside one other, of which nobody knows how long it takes either
			return transcript.Record{Status: transcript.Pass}, duration{Wall: 2 * patientFrom, Idle: patientFrom}
		}
		if running.Add(1) == 5 {
			close(all)
		}
		<-all
		return transcript.Record{Status: transcript.Pass}, duration{Wall: time.Millisecond}
	}
	require.NoError(t, p.runAll(t.Context(), jobs))
	assert.Equal(t, duration{Wall: time.Millisecond}, *known["TestA"], "the shortest time counts")
}

func TestAProgramThatFailsTellsNothingOfHowLongTestsTake(t *testing.T) {
	known := durations{}
	jobs := newJobs(0, echo, []exercise.Test{{Name: "TestA"}, {Name: "TestB", Needs: []string{"TestA"}}, {Name: "TestC"}}, known)
	p := pool{limit: 1, decided: func(*job) {}, raceBuilt: closed()}
	p.run = func(_ context.Context, j *job) (transcript.Record, duration) {
		status := transcript.Pass
		if j.test.Name == "TestA" {
			status = transcript.Fail
		}
		return transcript.Record{Status: status}, duration{Wall: time.Second}
	}
	require.NoError(t, p.runAll(t.Context(), jobs))
	assert.Equal(t, durations{"TestA": {}, "TestB": {}, "TestC": {}}, known)
}

func TestNoMoreTestsRunAtOnceThanAllowedAndTheLongestComeFirst(t *testing.T) {
	tests := []exercise.Test{{Name: "TestA"}, {Name: "TestB"}, {Name: "TestC"}, {Name: "TestD"}, {Name: "TestE"}}
	jobs := newJobs(0, echo, tests, durations{})
	for i, seconds := range []int{1, 5, 2, 4, 3} {
		jobs[i].expected.Wall = time.Duration(seconds) * time.Millisecond
	}
	started := make(chan string)
	goOn := make(chan struct{})
	p := pool{limit: 2, decided: func(*job) {}, raceBuilt: closed()}
	p.run = func(_ context.Context, j *job) (transcript.Record, duration) {
		started <- j.test.Name
		<-goOn
		return transcript.Record{Status: transcript.Pass}, duration{}
	}
	done := make(chan error, 1)
	go func() { done <- p.runAll(t.Context(), jobs) }()
	assert.ElementsMatch(t, []string{"TestB", "TestD"}, []string{<-started, <-started})
	for _, want := range []string{"TestE", "TestC", "TestA"} {
		select {
		case name := <-started:
			t.Fatalf("%s was started beside two others", name)
		case goOn <- struct{}{}:
		}
		assert.Equal(t, want, <-started)
	}
	goOn <- struct{}{}
	goOn <- struct{}{}
	require.NoError(t, <-done)
}

func TestWhatALongTestNeedsIsRunEarly(t *testing.T) {
	jobs := newJobs(0, echo, []exercise.Test{
		{Name: "TestShort"}, {Name: "TestMiddle"},
		{Name: "TestLong", Needs: []string{"TestFirst", "TestSecond"}},
		{Name: "TestFirst"}, {Name: "TestSecond", Needs: []string{"TestFirst"}},
	}, durations{})
	for i, wall := range []time.Duration{3, 4, 9, 1, 1} {
		jobs[i].expected.Wall = wall * time.Second
	}
	var order []string
	p := pool{limit: 1, run: fakeRun(nil), raceBuilt: closed(), decided: func(j *job) { order = append(order, j.test.Name) }}
	require.NoError(t, p.runAll(t.Context(), jobs))
	assert.Equal(t, []string{"TestFirst", "TestSecond", "TestLong", "TestMiddle", "TestShort"}, order)
}

func TestTestsOfTheRaceBuildWaitForIt(t *testing.T) {
	jobs := newJobs(0, echo, []exercise.Test{{Name: "TestRace", Race: true}, {Name: "TestPlain"}}, durations{})
	raceBuilt := make(chan struct{})
	var order []string
	p := pool{limit: 2, run: fakeRun(nil), raceBuilt: raceBuilt}
	p.decided = func(j *job) {
		order = append(order, j.test.Name)
		if j.test.Name == "TestPlain" {
			close(raceBuilt)
		}
	}
	require.NoError(t, p.runAll(t.Context(), jobs))
	assert.Equal(t, []string{"TestPlain", "TestRace"}, order)
}

func TestAnInterruptedPoolStartsNothingMore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	jobs := newJobs(0, echo, []exercise.Test{{Name: "TestA"}, {Name: "TestB"}, {Name: "TestC", Needs: []string{"TestA"}}}, durations{})
	runs := 0
	p := pool{limit: 1, raceBuilt: closed(), decided: func(*job) { t.Error("a verdict after the interruption") }}
	p.run = func(context.Context, *job) (transcript.Record, duration) {
		runs++
		cancel()
		return transcript.Record{Status: transcript.Error}, duration{}
	}
	require.ErrorIs(t, p.runAll(ctx, jobs), context.Canceled)
	assert.Equal(t, 1, runs)
}

func TestAProgramsFirstFailureDecidesWhereOneIsEnough(t *testing.T) {
	tests := []exercise.Test{{Name: "TestLong"}, {Name: "TestShort"}, {Name: "TestMiddle"}, {Name: "TestAfter", Needs: []string{"TestLong"}}}
	wrong, right := newJobs(0, echo, tests, durations{}), newJobs(1, echo, tests, durations{})
	for _, jobs := range [][]*job{wrong, right} {
		jobs[0].expected.Wall, jobs[1].expected.Wall, jobs[2].expected.Wall = 3, 1, 2
	}
	var ran []string
	run := func(ctx context.Context, j *job) (transcript.Record, duration) {
		ran = append(ran, j.test.Name)
		if j.program == 0 && j.test.Name == "TestShort" {
			return transcript.Record{Test: j.test.Name, Status: transcript.Fail}, duration{}
		}
		return transcript.Record{Test: j.test.Name, Status: transcript.Pass}, duration{}
	}
	p := pool{limit: 1, run: run, decided: func(*job) {}, raceBuilt: closed(), oneFailure: true}
	require.NoError(t, p.runAll(t.Context(), append(wrong, right...)))
	assert.Len(t, ran, 5, "one test of the program that fails, and all of the other's: %v", ran)
	for _, i := range []int{0, 2, 3} {
		assert.Equal(t, transcript.Skipped, wrong[i].record.Status, wrong[i].test.Name)
		assert.Equal(t, transcript.Pass, right[i].record.Status, right[i].test.Name)
	}
}
