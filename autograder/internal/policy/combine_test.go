package policy

import (
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

var noon = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

// withTests is a graded exercise whose tests are worth as much as weights say; those whose bit is set in passed have passed.
func withTests(id string, weights []int, passed uint) grade.ExerciseResult {
	e := grade.ExerciseResult{ID: id, Status: grade.Graded}
	for i, weight := range weights {
		test := grade.TestResult{Name: string(rune('A' + i)), Status: transcript.Fail, MaxPoints: weight}
		if passed>>i&1 == 1 {
			test.Status, test.Points = transcript.Pass, weight
		}
		e.Tests = append(e.Tests, test)
		e.Score += test.Points
		e.MaxScore += weight
	}
	return e
}

// points is a graded exercise with a score from 0 to 10.
func points(id string, score int) grade.ExerciseResult {
	return withTests(id, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1<<score-1)
}

func result(exercises ...grade.ExerciseResult) grade.Result {
	r := grade.Result{Schema: grade.Schema, Seed: 7, Exercises: exercises}
	r.Total()
	return r
}

func combine(t *testing.T, p Policy, submissions ...Submission) grade.Result {
	t.Helper()
	r, err := p.Combine(submissions)
	require.NoError(t, err)
	return r
}

// weightsOf makes weights that add up to 10 of arbitrary numbers.
func weightsOf(numbers []uint8) []int {
	weights, left := []int{}, exercise.PointsEach
	for _, n := range numbers[:min(len(numbers), 12)] {
		weight := min(int(n)%5, left)
		weights, left = append(weights, weight), left-weight
	}
	return append(weights, left)
}

func TestScaledScoresAreSumsOfWholePointsNearTheirExactPart(t *testing.T) {
	require.NoError(t, quick.Check(func(numbers []uint8, passed uint, worth uint16) bool {
		weights, most := weightsOf(numbers), int(worth)%(mostPoints+1)
		before := withTests("01-x", weights, passed)
		after := before
		after.Tests = append([]grade.TestResult{}, before.Tests...)
		scale(&after, most)
		sum, sumMost := 0, 0
		for i, test := range after.Tests {
			sum, sumMost = sum+test.Points, sumMost+test.MaxPoints
			off := test.MaxPoints*exercise.PointsEach - weights[i]*most
			if off <= -exercise.PointsEach || off >= exercise.PointsEach || test.Points != 0 && test.Status != transcript.Pass {
				return false
			}
		}
		return after.Score == sum && after.MaxScore == sumMost && sumMost == most && sum <= most &&
			(before.Score < before.MaxScore || after.Score == most)
	}, nil))
}

func TestAnotherPassNeverLowersAScaledOrLateScore(t *testing.T) {
	require.NoError(t, quick.Check(func(numbers []uint8, passed uint, another, worth uint8, percent, days uint8) bool {
		weights := weightsOf(numbers)
		p := Policy{Points: int(worth), Deadline: noon, Late: Late{PercentPerDay: int(percent) % 101, MostPercent: 100}}
		score := func(passed uint) int {
			r, err := p.Combine([]Submission{{Time: noon.AddDate(0, 0, int(days)%12), Result: result(withTests("01-x", weights, passed))}})
			return map[bool]int{true: r.Score, false: -1}[err == nil && r.Score >= 0 && r.Score <= r.MaxScore]
		}
		return score(passed) >= 0 && score(passed) <= score(passed|1<<(int(another)%len(weights)))
	}, nil))
}

func TestTheDefaultPolicyLeavesAResultAsItIs(t *testing.T) {
	p, err := load(t, "{}")
	require.NoError(t, err)
	r := result(points("01-x", 7), grade.ExerciseResult{ID: "02-y", Status: grade.NotSubmitted, MaxScore: 10})
	assert.Equal(t, r, combine(t, p, Submission{ID: "alice", Result: r}))
}

func TestAnExerciseThatWasNotGradedIsWorthItsPointsAllTheSame(t *testing.T) {
	p := Policy{Points: 25}
	r := combine(t, p, Submission{Result: result(grade.ExerciseResult{ID: "01-x", Status: grade.BuildFailed, MaxScore: 10})})
	assert.Equal(t, 25, r.MaxScore)
	assert.Equal(t, 0, r.Score)
}

func TestEveryStartedDayCostsUpToTheMost(t *testing.T) {
	p := Policy{Points: 10, Deadline: noon, Late: Late{PercentPerDay: 20, MostPercent: 50, Grace: 15 * time.Minute}}
	for late, want := range map[time.Duration]int{
		-time.Hour: 10, 0: 10, 15 * time.Minute: 10, 15*time.Minute + 1: 8, day: 8, day + 1: 6, 2*day + 1: 5, 300 * day: 5,
	} {
		r := combine(t, p, Submission{ID: "alice", Time: noon.Add(late), Result: result(points("01-x", 10))})
		assert.Equal(t, want, r.Score, "%v late", late)
		assert.Equal(t, r.Score, r.Exercises[0].Score)
		assert.Equal(t, want == 10, r.Exercises[0].Message == "", "%v late", late)
	}
}

func TestTheMessageSaysWhatWasTakenOffAndWhy(t *testing.T) {
	p := Policy{Points: 10, Deadline: noon, Late: Late{PercentPerDay: 10, MostPercent: 50}}
	graded := points("01-x", 9)
	graded.Message = "x.c was left out: only Go files are built"
	r := combine(t, p, Submission{ID: "alice", Time: noon.Add(25 * time.Hour), Result: result(graded)})
	assert.Equal(t, "x.c was left out: only Go files are built\n"+
		"late: handed in at 2027-02-01T13:00:00Z, and the deadline was 2027-01-31T12:00:00Z; "+
		"the 2 started days cost 20 %, and that takes 2 of 9 points off", r.Exercises[0].Message)
	assert.Equal(t, "x.c was left out: only Go files are built", graded.Message, "the caller's result is left as it was")
	r = combine(t, p, Submission{ID: "alice", Time: noon.Add(time.Hour), Result: result(points("01-x", 10))})
	assert.Contains(t, r.Exercises[0].Message, "the first day of it costs 10 %, and that takes 1 of 10 points off")
}

func TestOneDeadlineMayDifferFromTheOthers(t *testing.T) {
	p := Policy{Points: 10, Deadline: noon, Late: Late{PercentPerDay: 100, MostPercent: 100},
		Exercises: map[string]Exercise{"02-y": {Deadline: noon.Add(day)}}}
	r := combine(t, p, Submission{Time: noon.Add(time.Hour), Result: result(points("01-x", 10), points("02-y", 10))})
	assert.Equal(t, 0, r.Exercises[0].Score)
	assert.Equal(t, 10, r.Exercises[1].Score)
}

func TestATimeThatNobodyKnowsIsNotLate(t *testing.T) {
	p := Policy{Points: 10, Deadline: noon, Late: Late{PercentPerDay: 100, MostPercent: 100}}
	assert.Equal(t, 10, combine(t, p, Submission{Result: result(points("01-x", 10))}).Score)
}

func TestTheBestIsChosenExerciseByExerciseAfterLateness(t *testing.T) {
	p := Policy{Points: 10, Deadline: noon, Late: Late{PercentPerDay: 50, MostPercent: 50}}
	r := combine(t, p,
		Submission{ID: "second.zip", Time: noon.Add(time.Hour), Result: result(points("01-x", 10), points("02-y", 10))},
		Submission{ID: "first.zip", Time: noon, Result: result(points("01-x", 6), points("02-y", 3))})
	assert.Equal(t, []int{6, 5}, []int{r.Exercises[0].Score, r.Exercises[1].Score})
	assert.Equal(t, "of 2 submissions the best counts: first.zip of 2027-01-31T12:00:00Z", r.Exercises[0].Message)
	assert.Contains(t, r.Exercises[1].Message, "takes 5 of 10 points off\nof 2 submissions the best counts: second.zip")
	assert.Equal(t, 11, r.Score)
}

func TestTheLastIsTheLastInWhichTheExerciseWasHandedIn(t *testing.T) {
	p := Policy{Points: 10, Last: true}
	absent := grade.ExerciseResult{ID: "02-y", Status: grade.NotSubmitted, MaxScore: 10}
	r := combine(t, p,
		Submission{ID: "b", Time: noon.Add(time.Hour), Result: result(points("01-x", 2), absent)},
		Submission{ID: "a", Time: noon, Result: result(points("01-x", 9), points("02-y", 8))})
	assert.Equal(t, []int{2, 8}, []int{r.Exercises[0].Score, r.Exercises[1].Score})
	assert.Equal(t, "of 2 submissions the last counts: b of 2027-01-31T13:00:00Z", r.Exercises[0].Message)
	assert.Empty(t, r.Exercises[1].Message, "there was only one to choose from")
}

func TestABetterScoreThatCouldNotBeJudgedIsNoReasonForAVerdict(t *testing.T) {
	unjudged := points("01-x", 3)
	unjudged.Tests[9].Status = transcript.Error
	good, submissions := points("01-x", 6), func(other grade.ExerciseResult) []Submission {
		return []Submission{{ID: "a", Result: result(other)}, {ID: "b", Result: result(unjudged)}}
	}
	r := combine(t, Policy{Points: 10}, submissions(good)...)
	assert.False(t, r.Complete)
	r = combine(t, Policy{Points: 10}, submissions(points("01-x", 10))...)
	assert.True(t, r.Complete, "nothing can be better than full marks")
	r = combine(t, Policy{Points: 10}, submissions(grade.ExerciseResult{ID: "01-x", Status: grade.NotSubmitted, MaxScore: 10})...)
	assert.False(t, r.Complete)
}

func TestAnUnjudgedScoreThatLatenessMakesWorseIsNoReasonToWait(t *testing.T) {
	p := Policy{Points: 10, Deadline: noon, Late: Late{PercentPerDay: 50, MostPercent: 50}}
	unjudged := points("01-x", 3)
	unjudged.Tests[9].Status = transcript.Error
	r := combine(t, p, Submission{ID: "a", Time: noon, Result: result(points("01-x", 6))},
		Submission{ID: "b", Time: noon.Add(time.Hour), Result: result(unjudged)})
	assert.True(t, r.Complete, "it would have been worth 5 points at most")
	assert.Equal(t, 6, r.Score)
}

func TestTheResultsThatAreCombinedStayAsTheyAre(t *testing.T) {
	r := result(points("01-x", 6))
	combine(t, Policy{Points: 50}, Submission{Result: r}, Submission{Result: r})
	assert.Equal(t, result(points("01-x", 6)), r)
}

func TestOfNoSubmissionThereIsNoScore(t *testing.T) {
	_, err := Policy{}.Combine(nil)
	require.Error(t, err)
}
