// Package grade turns a submission into a Result: it builds the programs, runs every hidden test in a process of its own,
// and takes a verdict from how that process ended together with the record that the test left. No text decides anything.
package grade

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/scratch"
)

// jobsPerCPU is how many tests run at once for every processor: most of them wait for something some of the time. With four
// of them, the same tests took a fifth more processor time and no less time on the wall.
const jobsPerCPU = 2

// Options say what to grade and how.
type Options struct {
	// Root is the folder of the lab, which holds exercises/ and go.mod. Exercises have to be read from below it.
	Root string
	// Submission is a student's copy of the lab, or a folder that holds folders named as the exercises, or an archive of one.
	Submission string
	// Only are the numbers of the exercises to grade; empty for all of them.
	Only []int
	// Run is the name of the one hidden test to grade. It is graded with the tests that it needs, and these alone make up
	// the highest score; exercises without a test of that name are left out.
	Run string
	// Jobs is how many tests run at once, 0 for the default.
	Jobs int
	// Require is the least level of confinement to grade at.
	Require sandbox.Level
	// Trust lets a submission that is not the lab's own be graded where programs run with the rights of whoever grades.
	Trust bool
	// OneFailure says that a program's first failure is all that is to be known of it: the tests left are skipped.
	OneFailure bool
	// Seed is that of all random inputs.
	Seed uint64
	// Progress, when set, is told of every verdict, one at a time.
	Progress func(exerciseID string, test TestResult)
	// Slow, when set, is told what takes long before the first verdict.
	Slow func(what string)
}

// jobs is how many tests run at once: one where programs share the machine's network.
func (g *Grader) jobs() int {
	switch {
	case g.runner.level < sandbox.L3:
		return 1
	case g.options.Jobs > 0:
		return g.options.Jobs
	}
	return jobsPerCPU * runtime.NumCPU()
}

// Grader grades programs. It builds each program once, however often it is graded. It is used by one goroutine at a time.
type Grader struct {
	options     Options
	tools       toolchain
	scratch     *scratch.Dir
	plain, race *builder
	lab         *labBuilder
	runner      *runner
	why         string // there is no level above runner.level
}

// New makes a Grader. It must be closed.
func New(ctx context.Context, options Options) (*Grader, error) {
	root, err := filepath.Abs(options.Root)
	if err != nil {
		return nil, err
	}
	options.Root = root
	tools, err := findToolchain(ctx, root)
	if err != nil {
		return nil, err
	}
	cache, err := scratch.Cache()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(cache, "submission")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("no folder to build in: %w", err)
	}
	dir, err := scratch.New()
	if err != nil {
		return nil, err
	}
	kept := &programCache{dir: filepath.Join(cache, "programs")}
	newBuilder := func(race bool) *builder {
		return &builder{tools: tools, scratch: dir.Path, home: home, race: race, kept: kept,
			built: map[string]program{}, uses: map[string]int{}}
	}
	return &Grader{
		options: options,
		tools:   tools,
		scratch: dir,
		plain:   newBuilder(false),
		race:    newBuilder(true),
		lab:     newLabBuilder(options, filepath.Join(cache, "tests"), dir.Path, tools),
		runner:  &runner{scratch: dir.Path, seed: options.Seed},
	}, nil
}

// prepare builds the sandbox's first process and finds out, once, whether this machine gives sandboxes. Where it gives none,
// built programs are not kept: they would run with the rights to change each other.
func (g *Grader) prepare(ctx context.Context) error {
	if g.runner.init != "" {
		return nil
	}
	executables, err := g.lab.ensure(ctx, []labPackage{initProcess})
	if err != nil {
		return err
	}
	if executables[0].fault != nil {
		return executables[0].fault
	}
	g.runner.init = executables[0].path
	if g.runner.level, g.why = sandbox.Probe(g.runner.init); g.runner.level < sandbox.L3 {
		g.plain.kept, g.race.kept = nil, nil
		return nil
	}
	g.plain.init, g.race.init = g.runner.init, g.runner.init
	return nil
}

// Close removes what the Grader has built, but for the programs that are kept.
func (g *Grader) Close() error {
	g.plain.kept.prune()
	return g.scratch.Close()
}
