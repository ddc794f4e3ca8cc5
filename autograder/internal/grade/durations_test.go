package grade

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

func TestTheShortestTimesOfATestAreKnown(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "hidden.test")
	for _, took := range []duration{{Wall: 9 * time.Second, Idle: time.Second}, {Wall: 3 * time.Second, Idle: 2 * time.Second}, {Wall: time.Minute, Idle: time.Minute}} {
		durations{"TestA": &took}.save(binary)
	}
	assert.Equal(t, durations{"TestA": {Wall: 3 * time.Second, Idle: time.Second}}, loadDurations(binary))
}

func TestAFileOfTimesThatIsNoneIsAsGoodAsNone(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "hidden.test")
	for _, content := range []string{"", "null", "[]", `{"TestA": null}`, `{"TestA": 1}`} {
		require.NoError(t, os.WriteFile(durationsFile(binary), []byte(content), 0o600))
		assert.Zero(t, *loadDurations(binary).of("TestA"), content)
	}
}

func TestAFlawedProgramTellsNothingOfHowLongTestsTake(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "hidden.test")
	b := &Batch{g: &Grader{plain: &builder{}}, sources: make([]Source, 3), results: make([]ExerciseResult, 3),
		binary: map[string]labExecutable{echo.Tested: {path: binary}}}
	var jobs []*job
	for program, statuses := range [][]transcript.Status{
		{transcript.Pass, transcript.Skipped}, {transcript.Pass, transcript.Fail}, {transcript.Pass, transcript.Pass},
	} {
		both := newJobs(program, echo, []exercise.Test{{Name: "TestA"}, {Name: "TestB"}}, durations{})
		for i, j := range both {
			j.record = &transcript.Record{Test: j.test.Name, Status: statuses[i]}
			j.took = duration{Wall: time.Duration(1+program) * time.Second, Idle: time.Second}
		}
		jobs = append(jobs, both...)
	}
	jobs[1].unmet = true // nobody knows what it would have found
	b.finish(jobs)
	assert.Equal(t, durations{"TestA": {Wall: 3 * time.Second, Idle: time.Second}, "TestB": {Wall: 3 * time.Second, Idle: time.Second}},
		loadDurations(binary))
}
