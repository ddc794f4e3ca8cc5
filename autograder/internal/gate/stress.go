package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"

	"tcplab/autograder/internal/exercise"
)

// stressJobs is how many tests run at once under load, for every processor. With as few as in a grading, the processes that only
// compute had most of the machine, and a round took half as long again (exercises 1 to 3: 97 s and 64).
const stressJobs = 4

// Stress proves every program of known worth again, rounds times, while as many processes as there are processors compute
// without a pause. A verdict may come later then, but never differently. told is called after each round.
func Stress(ctx context.Context, options Options, rounds int, told func(round int, sum Outcome)) (Outcome, error) {
	options.Whole, options.jobs = false, stressJobs*runtime.NumCPU()
	candidates, err := collect(options)
	if err != nil {
		return Outcome{}, err
	}
	for i, c := range candidates {
		if c.role == wrong {
			candidates[i].source.Exercise.Tests = alone(c.source.Exercise.Tests, c.variant.KilledBy)
		}
	}
	p, err := newProver(ctx, options)
	if err != nil {
		return Outcome{}, err
	}
	// The solutions alone first, without load: how long tests wait by themselves cannot be seen on a machine on which all wait.
	quiet := slices.DeleteFunc(slices.Clone(candidates), func(c candidate) bool { return c.role != solution })
	if _, err := p.grade(ctx, quiet); err != nil {
		return Outcome{}, errors.Join(err, p.grader.Close())
	}
	release, err := load(ctx)
	if err != nil {
		return Outcome{}, errors.Join(err, p.grader.Close())
	}
	defer release()
	var sum Outcome
	for round := 1; round <= rounds && err == nil; round++ {
		results, gradeErr := p.grade(ctx, candidates)
		if err = gradeErr; err == nil {
			var outcome Outcome
			outcome.judge(candidates, results)
			sum.Verdicts += outcome.Verdicts
			for _, problem := range outcome.Problems {
				sum.Problems = append(sum.Problems, fmt.Sprintf("round %d: %s", round, problem))
			}
			told(round, sum)
		}
	}
	return sum, errors.Join(err, p.grader.Close())
}

// alone is the test of a name without its needs. What is wrong with some programs is that they give up too early, and under load a
// needed test may be the first to see that; that needed tests let a program come as far as its killer is what Prove shows.
func alone(tests []exercise.Test, name string) []exercise.Test {
	for _, test := range tests {
		if test.Name == name {
			test.Needs = nil
			return []exercise.Test{test}
		}
	}
	return nil
}

// busyVariable is set in the environment of a process that is there to compute.
const busyVariable = "TCPLAB_BUSY"

// load starts this program once for every processor, to compute until release is called. A process notices by the end of
// its standard input that nobody needs it any more, so that none survives this one.
func load(ctx context.Context) (release func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("put the machine under load: %w", err)
	}
	var pipes []io.Closer
	var busy []*exec.Cmd
	release = func() {
		for _, pipe := range pipes {
			_ = pipe.Close() // nothing is written to it
		}
		for _, command := range busy {
			_ = command.Wait() // it computes nothing that could be wrong
		}
	}
	for range runtime.NumCPU() {
		command := exec.CommandContext(ctx, self)
		command.Env = append(os.Environ(), busyVariable+"=1")
		pipe, err := command.StdinPipe()
		if err == nil {
			err = command.Start()
		}
		if err != nil {
			release()
			return nil, fmt.Errorf("put the machine under load: %w", err)
		}
		pipes, busy = append(pipes, pipe), append(busy, command)
	}
	return release, nil
}

// ComputeIfAsked computes without a pause, and ends this process, where it was started by Stress to do so.
func ComputeIfAsked() {
	if os.Getenv(busyVariable) == "" {
		return
	}
	go func() {
		for {
			runtime.Gosched()
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin) // until the other end is gone
	os.Exit(0)
}
