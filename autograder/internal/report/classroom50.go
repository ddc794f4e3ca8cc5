package report

import (
	"errors"
	"io"
	"time"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// Classroom50Run is what the runner of Classroom 50 tells an autograder in the environment.
type Classroom50Run struct {
	Classroom  string // CLASSROOM
	Assignment string // ASSIGNMENT
	Submission string // SUBMISSION_TAG
	Commit     string // COMMIT_URL
	Release    string // RELEASE_URL
	Review     string // REVIEW_URL
}

// The keys of classroom50/result/v1. Its runner adds the owner and the assignment's type, and keeps further keys of a test.
type (
	classroom50Result struct {
		Schema     string            `json:"schema"`
		Classroom  string            `json:"classroom"`
		Assignment string            `json:"assignment"`
		Submission string            `json:"submission"`
		Commit     string            `json:"commit"`
		Release    string            `json:"release"`
		Review     string            `json:"review"`
		Datetime   string            `json:"datetime"`
		Score      int               `json:"score"`
		MaxScore   int               `json:"max-score"`
		Tests      []classroom50Test `json:"tests"`
	}
	classroom50Test struct {
		Name        string `json:"test-name"`
		Passed      bool   `json:"passed"`
		Score       int    `json:"score"`
		MaxScore    int    `json:"max-score"`
		Requirement string `json:"requirement"`
		Output      string `json:"output,omitempty"`
	}
)

var errNoClassroom50 = errors.New("the classroom50 format knows no result that is not complete, so nothing is written, and no score is " +
	"collected: " + gradeAgain + " -format text says what could not be judged")

// Classroom50 writes r as result.json by the schema classroom50/result/v1. A result that is not complete is refused, since the
// format has no word for it and what could be judged would be taken for the score.
func Classroom50(w io.Writer, r grade.Result, options Options) error {
	if !r.Complete {
		return errNoClassroom50
	}
	_, stop := options.times()
	run := options.Classroom50
	result := classroom50Result{
		Schema: "classroom50/result/v1", Classroom: run.Classroom, Assignment: run.Assignment, Submission: run.Submission,
		Commit: run.Commit, Release: run.Release, Review: run.Review, Datetime: stop.Format(time.RFC3339),
		Score: r.Score, MaxScore: r.MaxScore, Tests: []classroom50Test{},
	}
	for _, e := range r.Exercises {
		for _, n := range entries(e) {
			result.Tests = append(result.Tests, classroom50Test{
				Name: exerciseNumber(e) + " " + n.Name, Passed: n.Test.Status == transcript.Pass,
				Score: n.Test.Points, MaxScore: n.Test.MaxPoints, Requirement: n.requirement(), Output: n.story(e, options.Again),
			})
		}
	}
	return writeJSON(w, result)
}
