package report

import (
	"fmt"
	"io"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// The keys of Gradescope's results.json that are used, by its autograder specification.
type (
	gradescopeResults struct {
		Score            *int             `json:"score,omitempty"` // overrides the sum of the tests
		Output           string           `json:"output"`
		OutputFormat     string           `json:"output_format"`
		TestOutputFormat string           `json:"test_output_format"`
		TestNameFormat   string           `json:"test_name_format"`
		Visibility       string           `json:"visibility"`
		StdoutVisibility string           `json:"stdout_visibility"`
		ExtraData        totals           `json:"extra_data"`
		Tests            []gradescopeTest `json:"tests"`
	}
	gradescopeTest struct {
		Score      *int   `json:"score,omitempty"`
		MaxScore   int    `json:"max_score"`
		Status     string `json:"status,omitempty"`
		Name       string `json:"name"`
		Number     string `json:"number"`
		Output     string `json:"output,omitempty"`
		Visibility string `json:"visibility"`
	}
)

// Gradescope writes r as results.json, which the run_autograder script puts into /autograder/results. What a result holds may be
// seen, so that every test is visible; what the grader prints beside it may not. A result that is not complete has no score:
// Gradescope then shows the submission as not graded, and the instructor runs the autograder again.
func Gradescope(w io.Writer, r grade.Result, options Options) error {
	results := gradescopeResults{
		OutputFormat: "text", TestOutputFormat: "text", TestNameFormat: "text",
		Visibility: "visible", StdoutVisibility: "hidden", ExtraData: totalsOf(r), Tests: []gradescopeTest{},
	}
	said := []string{fmt.Sprintf("%d of %d points; seed %d", r.Score, r.MaxScore, r.Seed)}
	if !r.Complete {
		said = append([]string{notAVerdict, "Ask your instructor to run the autograder again."}, unjudged(r)...)
	}
	for _, e := range r.Exercises {
		if e.Status == grade.Graded && e.Message != "" {
			said = append(said, heading(e)+": "+transcript.Line(e.Message, messageShown))
		}
		for _, n := range entries(e) {
			test := gradescopeTest{
				MaxScore: n.Test.MaxPoints, Name: n.requirement(), Number: n.Number, Output: n.story(e, options.Again), Visibility: "visible",
			}
			if r.Complete {
				test.Score = &n.Test.Points
			}
			switch n.Test.Status {
			case transcript.Pass:
				test.Status = "passed"
			case transcript.Fail, transcript.Skipped:
				test.Status = "failed" // Gradescope knows no third
			}
			results.Tests = append(results.Tests, test)
		}
	}
	if r.Complete {
		results.Score = &r.Score
	}
	results.Output = strings.Join(said, "\n")
	return writeJSON(w, results)
}
