package grade

import "tcplab/autograder/internal/transcript"

// Schema names the JSON form of Result.
const Schema = "tcplab/result/v1"

// Result is the outcome of grading one submission.
type Result struct {
	Schema     string `json:"schema"`
	Submission string `json:"submission"`
	Seed       uint64 `json:"seed"`
	Score      int    `json:"score"`
	MaxScore   int    `json:"max_score"`
	// Complete is false when a test could not be judged: the score is then no verdict on the student.
	Complete  bool             `json:"complete"`
	Exercises []ExerciseResult `json:"exercises"`
}

// ExerciseStatus says how far an exercise got.
type ExerciseStatus string

// The statuses of an exercise.
const (
	Graded       ExerciseStatus = "graded"
	BuildFailed  ExerciseStatus = "build-failed"
	NotSubmitted ExerciseStatus = "not-submitted"
	Errored      ExerciseStatus = "error"
)

// ExerciseResult is the outcome of one exercise.
type ExerciseResult struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Status   ExerciseStatus `json:"status"`
	Score    int            `json:"score"`
	MaxScore int            `json:"max_score"`
	// Message says why an exercise was not graded: the compiler's lines, or the grader's error. Of one that was graded it says,
	// one line each, what was left out of its folder.
	Message string       `json:"message,omitempty"`
	Tests   []TestResult `json:"tests"`
}

// TestResult is the outcome of one hidden test.
type TestResult struct {
	Name        string            `json:"name"`
	Requirement string            `json:"requirement"`
	Status      transcript.Status `json:"status"`
	Points      int               `json:"points"`
	MaxPoints   int               `json:"max_points"`
	Message     string            `json:"message,omitempty"`
	Meaning     string            `json:"meaning,omitempty"`
	Hint        string            `json:"hint,omitempty"`
	Expected    string            `json:"expected,omitempty"`
	Actual      string            `json:"actual,omitempty"`
	Diff        string            `json:"diff,omitempty"`
	// Transcript is whole, however long it is; a test that has passed has none.
	Transcript []transcript.Step `json:"transcript,omitempty"`
	// Unobservable is true when this machine cannot show what a skipped test has to see. The result is not complete then.
	Unobservable bool  `json:"unobservable,omitempty"`
	DurationMS   int64 `json:"duration_ms"`
}
