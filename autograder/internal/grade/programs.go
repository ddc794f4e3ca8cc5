package grade

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// Programs grades programs, all of them built in one call of the go command and tested side by side. The results are in the
// order of the sources; equal sources are built once and tested each. An error means that nothing was graded. A program that
// could not be graded says so in its own result.
func (g *Grader) Programs(ctx context.Context, sources []Source) ([]ExerciseResult, error) {
	b := &batch{g: g, sources: sources, results: make([]ExerciseResult, len(sources)), tests: make([][]exercise.Test, len(sources))}
	if err := b.check(); err != nil {
		return nil, err
	}
	if len(b.buildable()) > 0 {
		if err := g.prepare(ctx); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	raceBuilt := make(chan struct{})
	var raceErr error
	racing := b.racing()
	go func() {
		defer close(raceBuilt)
		if len(racing) > 0 {
			raceErr = g.race.buildAll(ctx, racing)
		}
	}()
	defer func() {
		cancel()
		<-raceBuilt
	}()
	jobs, err := b.build(ctx)
	if err != nil {
		return nil, err
	}
	tests := pool{limit: g.jobs(), run: b.run, decided: b.decided, raceBuilt: raceBuilt, oneFailure: g.options.OneFailure}
	if err := tests.runAll(ctx, jobs); err != nil {
		return nil, err
	}
	<-raceBuilt
	if raceErr != nil {
		return nil, raceErr
	}
	b.finish(jobs)
	return b.results, nil
}

// batch is one call of Programs. Its slices run parallel to sources.
type batch struct {
	g       *Grader
	sources []Source
	tests   [][]exercise.Test
	results []ExerciseResult
	binary  map[string]labExecutable // by the folder of the tests
}

// check fills in what is known before anything is built.
func (b *batch) check() error {
	for i, source := range b.sources {
		tests, err := source.tests()
		if err != nil {
			return err
		}
		b.tests[i] = tests
		result := &b.results[i]
		*result = ExerciseResult{ID: source.Exercise.ID, Title: source.Exercise.Title, Status: Graded, Tests: []TestResult{}}
		for _, test := range tests {
			result.MaxScore += test.Points
		}
		result.Message = strings.Join(source.LeftOut, "\n")
		if source.Missing {
			result.Status, result.Message = NotSubmitted, "the submission has no folder "+source.Display
		} else if lines := precheck(source, b.g.tools.goroot); len(lines) > 0 {
			b.buildFailed(i, lines)
		}
	}
	return nil
}

func (b *batch) buildFailed(i int, lines []string) {
	b.results[i].Status = BuildFailed
	b.results[i].Message = strings.Join(append(shortList(lines), b.sources[i].LeftOut...), "\n")
}

func (b *batch) errored(i int, message string) {
	b.results[i].Status, b.results[i].Message = Errored, message
}

// buildable are the sources that the go command can be called for.
func (b *batch) buildable() []Source {
	var sources []Source
	for i, source := range b.sources {
		if b.results[i].Status == Graded {
			sources = append(sources, source)
		}
	}
	return sources
}

// racing are the buildable sources with a test that runs against the race detector's build, where there is a race detector.
func (b *batch) racing() []Source {
	var sources []Source
	for i, source := range b.sources {
		race := slices.ContainsFunc(b.tests[i], func(t exercise.Test) bool { return t.Race })
		if b.results[i].Status == Graded && race && b.g.tools.noRace == "" {
			sources = append(sources, source)
		}
	}
	return sources
}

// build builds the programs, and beside them what of the lab is not built yet. It returns the jobs of all programs that can
// be tested.
func (b *batch) build(ctx context.Context) ([]*job, error) {
	labBuilt := make(chan error, 1)
	go func() { labBuilt <- b.buildLab(ctx) }()
	err := b.g.plain.buildAll(ctx, b.buildable())
	if labErr := <-labBuilt; err == nil {
		err = labErr
	}
	if err != nil {
		return nil, err
	}
	known := map[string]durations{}
	var jobs []*job
	for i, source := range b.sources {
		if b.results[i].Status != Graded {
			continue
		}
		binary, built := b.binary[source.Exercise.Tested], b.g.plain.built[source.hash()]
		switch {
		case built.fault != "":
			b.errored(i, built.fault)
		case built.path == "":
			b.buildFailed(i, studentLines(built.lines, source.hash(), source.Display))
		case binary.fault != nil:
			b.errored(i, binary.fault.Error())
		default:
			if known[binary.path] == nil {
				known[binary.path] = loadDurations(binary.path)
			}
			for _, j := range newJobs(i, source.Exercise, b.tests[i]) {
				j.expected = known[binary.path][j.test.Name]
				jobs = append(jobs, j)
			}
		}
	}
	return jobs, nil
}

func (b *batch) buildLab(ctx context.Context) error {
	var packages []labPackage
	var folders []string
	for _, source := range b.buildable() {
		if slices.Contains(folders, source.Exercise.Tested) {
			continue
		}
		tests, err := testsOf(b.g.options.Root, source.Exercise)
		if err != nil {
			return err
		}
		folders, packages = append(folders, source.Exercise.Tested), append(packages, tests)
	}
	executables, err := b.g.lab.ensure(ctx, packages)
	if err != nil {
		return err
	}
	b.binary = map[string]labExecutable{}
	for i, folder := range folders {
		b.binary[folder] = executables[i]
	}
	return nil
}

// run runs one job of the pool.
func (b *batch) run(ctx context.Context, j *job) (transcript.Record, time.Duration) {
	source := b.sources[j.program]
	built := b.g.plain.built[source.hash()]
	if j.test.Race {
		if b.g.tools.noRace != "" {
			return transcript.Record{Test: j.test.Name, Status: transcript.Skipped, Message: b.g.tools.noRace}, 0
		}
		if built = b.g.race.built[source.hash()]; built.path == "" {
			why := built.fault
			if why == "" {
				why = strings.Join(studentLines(built.lines, source.hash(), source.Display), "; ")
			}
			return transcript.Record{Test: j.test.Name, Status: transcript.Error,
				Message: "the program builds, but not with the race detector: " + why}, 0
		}
	}
	return b.g.runner.run(ctx, j.exercise, j.test, b.binary[j.exercise.Tested].path, built)
}

func (b *batch) decided(j *job) {
	if b.g.options.Progress != nil {
		b.g.options.Progress(j.exercise.ID, b.testResult(j))
	}
}

// finish puts the verdicts into the results, and remembers how long the tests took.
func (b *batch) finish(jobs []*job) {
	took := map[string]durations{}
	for _, j := range jobs {
		result := &b.results[j.program]
		result.Tests = append(result.Tests, b.testResult(j))
		if j.record.Status == transcript.Pass {
			binary := b.binary[j.exercise.Tested].path
			if took[binary] == nil {
				took[binary] = durations{}
			}
			took[binary][j.test.Name] = max(took[binary][j.test.Name], j.took)
		}
	}
	for i := range b.results {
		b.results[i].Score, _ = award(b.results[i].Tests)
	}
	for binary, tests := range took {
		tests.save(binary)
	}
}

// testResult puts a verdict beside what the exercise says of the test.
func (b *batch) testResult(j *job) TestResult {
	source, record := b.sources[j.program], j.record
	// What a program says when it panics names its files as the workspace does.
	folder := filepath.Join(b.g.plain.home, folderOf(source.hash()))
	named := strings.NewReplacer(folder+string(filepath.Separator), source.Display+"/", folder, source.Display).Replace
	result := TestResult{
		Name:        j.test.Name,
		Requirement: j.test.Requirement,
		Status:      record.Status,
		MaxPoints:   j.test.Points,
		Message:     named(record.Message),
		Meaning:     named(record.Meaning),
		Expected:    record.Expected,
		Actual:      named(record.Actual),
		Diff:        record.Diff,
		Transcript:  slices.Clone(record.Steps),
		DurationMS:  j.took.Milliseconds(),
		// every other reason to skip a test is a failure of another one
		Unobservable: record.Status == transcript.Skipped && !j.unmet,
	}
	for i := range result.Transcript {
		result.Transcript[i].Note = named(result.Transcript[i].Note)
	}
	if record.Status == transcript.Fail && !record.Setup {
		result.Hint = j.test.Hint
	}
	one := []TestResult{result}
	award(one)
	return one[0]
}
