package grade

import (
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/transcript"
)

var statuses = []transcript.Status{transcript.Pass, transcript.Fail, transcript.Skipped, transcript.Error}

// someTests makes tests from arbitrary numbers.
func someTests(numbers []uint16) []TestResult {
	tests := make([]TestResult, len(numbers))
	for i, n := range numbers {
		tests[i] = TestResult{Status: statuses[int(n)%len(statuses)], MaxPoints: int(n>>8) % 11, Points: 99}
	}
	return tests
}

func TestAScoreIsTheSumOfThePointsAndNeverAboveTheMaximum(t *testing.T) {
	require.NoError(t, quick.Check(func(numbers []uint16) bool {
		tests := someTests(numbers)
		score, most := award(tests)
		sum, sumMost := 0, 0
		for _, test := range tests {
			sum, sumMost = sum+test.Points, sumMost+test.MaxPoints
			if test.Points != 0 && test.Status != transcript.Pass {
				return false
			}
		}
		return score == sum && most == sumMost && 0 <= score && score <= most
	}, nil))
}

func TestAnotherPassNeverLowersAScore(t *testing.T) {
	require.NoError(t, quick.Check(func(numbers []uint16, at uint16) bool {
		tests := someTests(append(numbers, at))
		before, mostBefore := award(tests)
		changed := &tests[int(at)%len(tests)]
		gained := 0
		if changed.Status != transcript.Pass {
			gained = changed.MaxPoints
		}
		changed.Status = transcript.Pass
		after, mostAfter := award(tests)
		return after == before+gained && mostAfter == mostBefore
	}, nil))
}

func TestAllPassesAreFullMarks(t *testing.T) {
	require.NoError(t, quick.Check(func(numbers []uint16) bool {
		tests := someTests(numbers)
		for i := range tests {
			tests[i].Status = transcript.Pass
		}
		score, most := award(tests)
		return score == most
	}, nil))
}

func TestTheExitStatusTellsFullMarksFromLostMarksFromNotGraded(t *testing.T) {
	result := func(status ExerciseStatus, tests ...TestResult) Result {
		ex := ExerciseResult{Status: status, Tests: tests, MaxScore: 1}
		if len(tests) > 0 {
			ex.Score, ex.MaxScore = award(tests)
		}
		r := Result{Exercises: []ExerciseResult{ex}}
		r.Total()
		return r
	}
	test := func(status transcript.Status, points int) TestResult {
		return TestResult{Status: status, MaxPoints: points}
	}
	for name, c := range map[string]struct {
		result Result
		want   int
	}{
		"all passed":            {result(Graded, test(transcript.Pass, 2), test(transcript.Pass, 0)), 0},
		"one failed":            {result(Graded, test(transcript.Pass, 2), test(transcript.Fail, 1)), 1},
		"one without points":    {result(Graded, test(transcript.Fail, 0)), 1},
		"one was skipped":       {result(Graded, test(transcript.Pass, 2), test(transcript.Skipped, 1)), 1},
		"one cannot be seen":    {result(Graded, test(transcript.Pass, 2), TestResult{Status: transcript.Skipped, MaxPoints: 1, Unobservable: true}), 2},
		"one could not be told": {result(Graded, test(transcript.Fail, 2), test(transcript.Error, 1)), 2},
		"does not build":        {result(BuildFailed), 1},
		"not submitted":         {result(NotSubmitted), 1},
		"not gradable":          {result(Errored), 2},
	} {
		assert.Equal(t, c.want, ExitStatus(c.result), name)
	}
}
