package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// Submission is one of a student's submissions, graded.
type Submission struct {
	ID string // for messages
	// Time is when it was handed in. Zero is for a time that nobody knows: it is never late, and comes before all others.
	Time   time.Time
	Result grade.Result
}

// Combine makes one result of a student's submissions: of each exercise it takes the one that counts, worth what the policy
// says, less what lateness takes off. The exercise's message says what was taken off and why, and which of several submissions
// it is. The results that it was given stay as they are.
func (p Policy) Combine(submissions []Submission) (grade.Result, error) {
	if len(submissions) == 0 {
		return grade.Result{}, errors.New("there is no submission to take a score from")
	}
	submissions = slices.Clone(submissions)
	slices.SortStableFunc(submissions, func(a, b Submission) int { return a.Time.Compare(b.Time) })
	result := submissions[len(submissions)-1].Result
	result.Exercises = []grade.ExerciseResult{}
	candidates := map[string][]candidate{}
	var ids []string
	for _, s := range submissions {
		for _, e := range s.Result.Exercises {
			if candidates[e.ID] == nil {
				ids = append(ids, e.ID)
			}
			candidates[e.ID] = append(candidates[e.ID], p.candidate(s, e))
		}
	}
	slices.Sort(ids) // the course's order, since they begin with their numbers
	for _, id := range ids {
		result.Exercises = append(result.Exercises, p.choose(candidates[id]))
	}
	result.Total()
	return result, nil
}

// candidate is an exercise of one submission as it would count.
type candidate struct {
	grade.ExerciseResult
	submission Submission
	// possible is the score where all that could not be judged would have passed.
	possible int
}

// choose takes the exercise that counts. Where the best is asked for, one that could not be judged, and that could be better
// than all others, is taken: the result is then not complete, and it is not a worse score that passes for a verdict.
func (p Policy) choose(candidates []candidate) grade.ExerciseResult {
	chosen, submitted := candidates[0], 0
	for _, c := range candidates {
		if c.Status == grade.NotSubmitted {
			continue
		}
		submitted++
		if submitted == 1 || p.Last || c.Score > chosen.Score {
			chosen = c
		}
	}
	if !p.Last {
		for _, c := range candidates {
			if c.possible > max(chosen.Score, chosen.possible) {
				chosen = c
			}
		}
	}
	if submitted > 1 {
		which := "the best"
		if p.Last {
			which = "the last"
		}
		chosen.say(fmt.Sprintf("of %d submissions %s counts: %s", submitted, which, chosen.submission.name()))
	}
	return chosen.ExerciseResult
}

func (s Submission) name() string {
	if s.Time.IsZero() {
		return s.ID
	}
	return s.ID + " of " + s.Time.Format(time.RFC3339)
}

// candidate applies the points and the late rule to an exercise of one submission.
func (p Policy) candidate(s Submission, e grade.ExerciseResult) candidate {
	possible := unjudged(e)
	e.Tests = slices.Clone(e.Tests)
	scale(&e, p.points(e.ID))
	c := candidate{ExerciseResult: e, submission: s}
	if possible {
		c.possible = e.MaxScore
	}
	percent, why := p.lateness(s.Time, p.deadline(e.ID))
	if off := share(e.Score, percent); off > 0 {
		c.say(fmt.Sprintf("late: %s takes %d of %s off", why, off, plural(e.Score, "point")))
		c.Score -= off
	}
	c.possible -= share(c.possible, percent)
	return c
}

// unjudged reports whether a part of the exercise could not be judged.
func unjudged(e grade.ExerciseResult) bool {
	alone := grade.Result{Exercises: []grade.ExerciseResult{e}}
	alone.Total()
	return !alone.Complete
}

func (c *candidate) say(line string) {
	c.Message = strings.TrimPrefix(c.Message+"\n"+line, "\n")
}

// scale makes an exercise worth other points. The points of its tests are scaled, so that a score is still the sum of what the
// passed tests earned: a test gets what is between the scaled sums of points before and behind it, which is within one of its
// exact part. All together get exactly the exercise's points. Where these are few, some tests are worth nothing.
func scale(e *grade.ExerciseResult, points int) {
	before := 0
	e.Score = 0
	for i := range e.Tests {
		test := &e.Tests[i]
		behind := before + test.MaxPoints
		test.MaxPoints = behind*points/exercise.PointsEach - before*points/exercise.PointsEach
		test.Points = 0
		if test.Status == transcript.Pass {
			test.Points = test.MaxPoints
		}
		e.Score += test.Points
		before = behind
	}
	e.MaxScore = e.MaxScore * points / exercise.PointsEach
}

// day is what a started day lasts, also where the clocks change.
const day = 24 * time.Hour

// lateness is how much of a score is taken off, in percent, and why.
func (p Policy) lateness(submitted, deadline time.Time) (percent int, why string) {
	if submitted.IsZero() || deadline.IsZero() || !submitted.After(deadline.Add(p.Late.Grace)) {
		return 0, ""
	}
	days := int((submitted.Sub(deadline) + day - 1) / day)
	percent = min(p.Late.MostPercent, days*p.Late.PercentPerDay)
	why = fmt.Sprintf("handed in at %s, and the deadline was %s; the %s %d %%, and that",
		submitted.Format(time.RFC3339), deadline.Format(time.RFC3339), costs(days), percent)
	return percent, why
}

// costs begins a sentence on what so many started days cost.
func costs(days int) string {
	if days == 1 {
		return "first day of it costs"
	}
	return fmt.Sprintf("%d started days cost", days)
}

// share is a part of a score, rounded to the nearest point; a half is rounded down, since it is taken off.
func share(score, percent int) int { return (score*percent + 49) / 100 }

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
