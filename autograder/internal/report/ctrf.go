package report

import (
	"io"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// The keys of the Common Test Report Format that are used, by the schema in version 0.3.0 of its npm package ctrf. The schema
// is closed: what it does not know stands in an extra object.
type (
	ctrfReport struct {
		Format      string      `json:"reportFormat"`
		SpecVersion string      `json:"specVersion"`
		Results     ctrfResults `json:"results"`
	}
	ctrfResults struct {
		Tool    ctrfTool    `json:"tool"`
		Summary ctrfSummary `json:"summary"`
		Tests   []ctrfTest  `json:"tests"`
		Extra   totals      `json:"extra"`
	}
	ctrfTool struct {
		Name string `json:"name"`
	}
	ctrfSummary struct {
		Tests   int   `json:"tests"`
		Passed  int   `json:"passed"`
		Failed  int   `json:"failed"`
		Skipped int   `json:"skipped"`
		Pending int   `json:"pending"`
		Other   int   `json:"other"`
		Suites  int   `json:"suites"`
		Start   int64 `json:"start"` // milliseconds since 1970, and so is stop
		Stop    int64 `json:"stop"`
	}
	ctrfTest struct {
		ID        string     `json:"testId"`
		Name      string     `json:"name"`
		Status    string     `json:"status"`
		RawStatus string     `json:"rawStatus"`
		Duration  int64      `json:"duration"` // milliseconds
		Suite     []string   `json:"suite"`
		Message   string     `json:"message,omitempty"`
		Trace     string     `json:"trace,omitempty"`
		FilePath  string     `json:"filePath"`
		Extra     ctrfPoints `json:"extra"`
	}
	ctrfPoints struct {
		Requirement string `json:"requirement"`
		Points      int    `json:"points"`
		MaxPoints   int    `json:"max_points"`
	}
)

// CTRF writes r in the Common Test Report Format. What could not be judged has the status other.
func CTRF(w io.Writer, r grade.Result, options Options) error {
	start, stop := options.times()
	results := ctrfResults{
		Tool: ctrfTool{"tcplab"}, Tests: []ctrfTest{}, Extra: totalsOf(r),
		Summary: ctrfSummary{Suites: len(r.Exercises), Start: start.UnixMilli(), Stop: stop.UnixMilli()},
	}
	for _, e := range r.Exercises {
		for _, n := range entries(e) {
			status := results.Summary.count(n.Test.Status)
			results.Tests = append(results.Tests, ctrfTest{
				ID: "tcplab.ex" + exerciseNumber(e) + "." + n.Name, Name: n.Name, Status: status,
				RawStatus: transcript.Line(string(n.Test.Status), nameShown), Duration: n.Test.DurationMS, Suite: []string{heading(e)},
				Message: n.message(), Trace: n.story(e, options.Again), FilePath: programFile(e),
				Extra: ctrfPoints{n.requirement(), n.Test.Points, n.Test.MaxPoints},
			})
		}
	}
	return writeJSON(w, ctrfReport{Format: "CTRF", SpecVersion: "0.0.0", Results: results})
}

// count counts a test and returns the format's word for its status.
func (s *ctrfSummary) count(status transcript.Status) string {
	s.Tests++
	switch status {
	case transcript.Pass:
		s.Passed++
		return "passed"
	case transcript.Fail:
		s.Failed++
		return "failed"
	case transcript.Skipped:
		s.Skipped++
		return "skipped"
	}
	s.Other++
	return "other"
}
