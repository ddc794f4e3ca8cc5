package grade

import "tcplab/autograder/internal/transcript"

// award is the one scorer: a test that passed earns its points, and nothing else earns any. It sets the points of the tests
// and returns their sum and the most that it could have been.
func award(tests []TestResult) (score, most int) {
	for i := range tests {
		tests[i].Points = 0
		if tests[i].Status == transcript.Pass {
			tests[i].Points = tests[i].MaxPoints
		}
		score += tests[i].Points
		most += tests[i].MaxPoints
	}
	return score, most
}

// Total sums up the exercises of a result, and sees whether all of it could be judged.
func (r *Result) Total() {
	r.Score, r.MaxScore, r.Complete = 0, 0, true
	for _, ex := range r.Exercises {
		r.Score += ex.Score
		r.MaxScore += ex.MaxScore
		r.Complete = r.Complete && ex.complete()
	}
}

// complete reports whether every test could be judged.
func (e ExerciseResult) complete() bool {
	for _, test := range e.Tests {
		if test.Status == transcript.Error || test.Unobservable {
			return false
		}
	}
	return e.Status != Errored
}

// ExitStatus is that of the autograder: 0 for full marks, 1 when marks were lost, 2 when the result is not complete.
func ExitStatus(r Result) int {
	if !r.Complete {
		return 2
	}
	if r.Score < r.MaxScore {
		return 1
	}
	for _, ex := range r.Exercises {
		for _, test := range ex.Tests {
			if test.Status == transcript.Fail { // a test alone may be worth no points
				return 1
			}
		}
	}
	return 0
}
