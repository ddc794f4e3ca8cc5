package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// The elements of a JUnit report that Jenkins, GitLab and Azure agree on. The format has no room for points, so that they
// stand in a suite's properties.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
		junitCounts
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		// ClassName is tcplab.ex03: Jenkins takes what stands before its last dot for a package.
		ClassName  string          `xml:"classname,attr"`
		Name       string          `xml:"name,attr"`
		File       string          `xml:"file,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Failure    *junitProblem   `xml:"failure"`
		Error      *junitProblem   `xml:"error"`
		Skipped    *junitProblem   `xml:"skipped"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Story   string `xml:",cdata"`
	}
)

// JUnit writes r as JUnit XML, for the pages that GitLab, Jenkins and others make of it. An exercise is a suite, a hidden test
// a case. Of what could not be judged it says error, never failure.
func JUnit(w io.Writer, r grade.Result, options Options) error {
	_, stop := options.times()
	suites := junitSuites{Name: "tcplab"}
	sum := int64(0)
	for _, e := range r.Exercises {
		// XML Schema's dateTime; readers of JUnit take it for UTC and refuse a zone.
		suite := junitSuite{Name: heading(e), Timestamp: stop.Format("2006-01-02T15:04:05"), Properties: []junitProperty{
			{"score", strconv.Itoa(e.Score)}, {"max_score", strconv.Itoa(e.MaxScore)}, {"status", transcript.Line(string(e.Status), nameShown)},
			{"complete", strconv.FormatBool(r.Complete)}, // of the whole result
		}}
		spent := int64(0)
		for _, n := range entries(e) {
			c := junitCaseOf(e, n, options)
			suite.count(c)
			suites.count(c)
			spent += n.Test.DurationMS
			suite.Cases = append(suite.Cases, c)
		}
		suite.Time = seconds(spent)
		sum += spent
		suites.Suites = append(suites.Suites, suite)
	}
	suites.Time = seconds(sum)
	document, err := xml.MarshalIndent(suites, "", "  ")
	if err != nil {
		return fmt.Errorf("write the result as JUnit XML: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(document)+"\n")
	return err
}

func junitCaseOf(e grade.ExerciseResult, n entry, options Options) junitCase {
	c := junitCase{
		ClassName: "tcplab.ex" + exerciseNumber(e), Name: n.Name, File: programFile(e), Time: seconds(n.Test.DurationMS),
		Properties: []junitProperty{
			{"requirement", n.requirement()},
			{"points", strconv.Itoa(n.Test.Points)}, {"max_points", strconv.Itoa(n.Test.MaxPoints)},
		},
	}
	problem := &junitProblem{Message: orElse(n.message(), n.requirement()), Story: n.requirement() + "\n" + n.story(e, options.Again)}
	switch n.Test.Status {
	case transcript.Pass:
	case transcript.Fail:
		problem.Type = "fail"
		if n.Whole {
			problem.Type = string(e.Status)
		}
		c.Failure = problem
	case transcript.Skipped:
		problem.Story = ""
		c.Skipped = problem
	default:
		problem.Type = "not-judged"
		c.Error = problem
	}
	return c
}

func (counts *junitCounts) count(c junitCase) {
	counts.Tests++
	switch {
	case c.Failure != nil:
		counts.Failures++
	case c.Error != nil:
		counts.Errors++
	case c.Skipped != nil:
		counts.Skipped++
	}
}

func seconds(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64) }
