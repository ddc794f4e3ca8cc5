package grade

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// Programs grades programs, all of them built in one call of the go command and tested side by side. The results are in the
// order of the sources; equal sources are built once and tested each. An error means that nothing was graded. A program that
// could not be graded says so in its own result.
func (g *Grader) Programs(ctx context.Context, sources []Source) ([]ExerciseResult, error) {
	b, err := g.Build(ctx, sources)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.Test(ctx)
}

// Batch is a number of programs that are graded together. Its slices run parallel to sources.
type Batch struct {
	g       *Grader
	sources []Source
	tests   [][]exercise.Test
	results []ExerciseResult
	binary  map[string]labExecutable // by the folder of the tests
	jobs    []*job

	inPlain, inRace []Source // what it has built

	cancel    context.CancelFunc // of the race detector's build
	raceBuilt chan struct{}      // closed when that has ended
	raceErr   error
}

// Build builds programs in one call of the go command. One batch can be built while another is tested. It must be closed.
func (g *Grader) Build(ctx context.Context, sources []Source) (*Batch, error) {
	b := &Batch{g: g, sources: sources, results: make([]ExerciseResult, len(sources)), tests: make([][]exercise.Test, len(sources))}
	if err := b.check(); err != nil {
		return nil, err
	}
	if len(b.buildable()) > 0 {
		if err := g.prepare(ctx); err != nil {
			return nil, err
		}
	}
	ctx, b.cancel = context.WithCancel(ctx)
	b.raceBuilt = make(chan struct{})
	b.inPlain, b.inRace = b.buildable(), b.racing()
	g.plain.use(b.inPlain)
	g.race.use(b.inRace)
	go func() {
		defer close(b.raceBuilt)
		if len(b.inRace) > 0 {
			b.raceErr = g.race.buildAll(ctx, b.inRace)
		}
	}()
	var err error
	if b.jobs, err = b.build(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Test runs the tests of what was built, once. Its results are those that Programs returns.
func (b *Batch) Test(ctx context.Context) ([]ExerciseResult, error) {
	tests := pool{limit: b.g.jobs(), run: b.run, decided: b.decided, raceBuilt: b.raceBuilt, oneFailure: b.g.options.OneFailure}
	if err := tests.runAll(ctx, b.jobs); err != nil {
		return nil, err
	}
	<-b.raceBuilt
	if b.raceErr != nil {
		return nil, b.raceErr
	}
	b.finish(b.jobs)
	return b.results, nil
}

// Close ends what is still being built.
func (b *Batch) Close() {
	b.cancel()
	<-b.raceBuilt
}

// Forget removes the programs of a closed batch that no other batch needs, so that the disk holds a few batches of a class
// rather than all of it.
func (b *Batch) Forget() {
	b.g.plain.forget(b.inPlain)
	b.g.race.forget(b.inRace)
}

// check fills in what is known before anything is built.
func (b *Batch) check() error {
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

func (b *Batch) buildFailed(i int, lines []string) {
	b.results[i].Status = BuildFailed
	b.results[i].Message = strings.Join(append(shortList(lines), b.sources[i].LeftOut...), "\n")
}

func (b *Batch) errored(i int, message string) {
	b.results[i].Status, b.results[i].Message = Errored, message
}

// buildable are the sources that the go command can be called for.
func (b *Batch) buildable() []Source {
	var sources []Source
	for i, source := range b.sources {
		if b.results[i].Status == Graded {
			sources = append(sources, source)
		}
	}
	return sources
}

// racing are the buildable sources with a test that runs against the race detector's build, where there is a race detector.
func (b *Batch) racing() []Source {
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
func (b *Batch) build(ctx context.Context) ([]*job, error) {
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
		binary, built := b.binary[source.Exercise.Tested], b.g.plain.of(source.hash())
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
			jobs = append(jobs, newJobs(i, source.Exercise, b.tests[i], known[binary.path])...)
		}
	}
	return jobs, nil
}

func (b *Batch) buildLab(ctx context.Context) error {
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
func (b *Batch) run(ctx context.Context, j *job) (transcript.Record, duration) {
	source := b.sources[j.program]
	built := b.g.plain.of(source.hash())
	if j.test.Race {
		if b.g.tools.noRace != "" {
			return transcript.Record{Test: j.test.Name, Status: transcript.Skipped, Message: b.g.tools.noRace}, duration{}
		}
		if built = b.g.race.of(source.hash()); built.path == "" {
			why := built.fault
			if why == "" {
				why = strings.Join(studentLines(built.lines, source.hash(), source.Display), "; ")
			}
			return transcript.Record{Test: j.test.Name, Status: transcript.Error,
				Message: "the program builds, but not with the race detector: " + why}, duration{}
		}
	}
	return b.g.runner.run(ctx, j.exercise, j.test, b.binary[j.exercise.Tested].path, built)
}

func (b *Batch) decided(j *job) {
	if b.g.options.Progress != nil {
		b.g.options.Progress(j.exercise.ID, b.testResult(j))
	}
}

// finish puts the verdicts into the results, and remembers how long the tests took of programs that none of them failed: what
// is wrong with a program may end a test at once that has to wait for seconds.
func (b *Batch) finish(jobs []*job) {
	flawed := make([]bool, len(b.results))
	for _, j := range jobs {
		result := &b.results[j.program]
		result.Tests = append(result.Tests, b.testResult(j))
		flawed[j.program] = flawed[j.program] || j.unmet || j.record.Status == transcript.Fail
	}
	took := map[string]durations{}
	for _, j := range jobs {
		if flawed[j.program] || j.record.Status != transcript.Pass {
			continue
		}
		binary := b.binary[j.exercise.Tested].path
		if took[binary] == nil {
			took[binary] = durations{}
		}
		took[binary].add(j.test.Name, j.took)
	}
	for i := range b.results {
		b.results[i].Score, _ = award(b.results[i].Tests)
	}
	for binary, tests := range took {
		tests.save(binary)
	}
}

// testResult puts a verdict beside what the exercise says of the test.
func (b *Batch) testResult(j *job) TestResult {
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
		DurationMS:  j.took.Wall.Milliseconds(),
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
