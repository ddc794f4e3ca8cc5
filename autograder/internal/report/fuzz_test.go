package report

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// pieces deals out a fuzzer's bytes: every field of a result gets some of them.
type pieces struct {
	rest string
	next int
}

// some is up to 40 bytes: the next ones, from the beginning again where there are no more.
func (p *pieces) some() string {
	if p.rest == "" {
		return ""
	}
	from := p.next % len(p.rest)
	length := min(1+int(p.rest[from])%40, len(p.rest)-from)
	p.next = from + length
	return p.rest[from : from+length]
}

// verdictOf is everything in a result that counts.
func verdictOf(r grade.Result) (all []any) {
	all = append(all, r.Score, r.MaxScore, r.Complete, r.Seed)
	for _, e := range r.Exercises {
		all = append(all, e.Status, e.Score, e.MaxScore)
		for _, test := range e.Tests {
			all = append(all, test.Status, test.Points, test.MaxPoints, test.Unobservable)
		}
	}
	return all
}

// order is what gives an order to the log of a CI service.
var order = regexp.MustCompile(`(?m)^\s*::|##\w*\[`)

// requireHarmless wants text that can be printed anywhere.
func requireHarmless(t *testing.T, format, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text), format)
	for _, c := range text {
		require.True(t, c == '\n' || c == '\t' || !unicode.IsControl(c) && !unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp),
			"%s holds %U", format, c)
	}
	if format == "github" {
		return // its orders are its purpose; readGitHub looks at each
	}
	require.Empty(t, order.FindAllString(text, -1), format)
}

// FuzzReports looks for a student's bytes that, in whatever field they come to stand, break a report: it is UTF-8, holds no
// control characters but newlines and tabs and none that change the direction of writing, and gives no order to a CI service.
// All are read back to the same scores, JSON to the same verdicts. A gradebook holds no formula.
func FuzzReports(f *testing.F) {
	f.Add(evil, uint8(0), uint8(0), 3)
	f.Add("::error::x\n::set-output y\n \t::z", uint8(1), uint8(1), 0)
	f.Add("##", uint8(2), uint8(1), -7)
	f.Add("[error]##vso[x]###[", uint8(3), uint8(2), 1<<40)
	f.Add("\xff\xfe\xc2\x9b31m\u202e\u2066\u200e\ufeff", uint8(4), uint8(3), 1)
	f.Add("\"\\x1b[2J\\r\"", uint8(0), uint8(1), 1)
	exercise := []grade.ExerciseStatus{grade.Graded, grade.BuildFailed, grade.NotSubmitted, grade.Errored}
	verdict := []transcript.Status{transcript.Pass, transcript.Fail, transcript.Skipped, transcript.Error}
	f.Fuzz(func(t *testing.T, student string, exerciseStatus, testStatus uint8, number int) {
		p := &pieces{rest: student}
		r := mixed()
		r.Submission, r.Score, r.MaxScore, r.Complete, r.Seed = p.some(), number, number/2, number%2 == 0, uint64(number)
		for i := range r.Exercises {
			e := &r.Exercises[i]
			e.ID, e.Title, e.Message, e.Score = fmt.Sprintf("%02d-%s", i+1, p.some()), p.some(), p.some(), number
			e.Status = exercise[(int(exerciseStatus)+i)%len(exercise)]
			for j := range e.Tests {
				test := &e.Tests[j]
				*test = grade.TestResult{
					Name: p.some(), Requirement: p.some(), Message: p.some(), Meaning: p.some(), Hint: p.some(), Expected: p.some(),
					Actual: p.some(), Diff: p.some(), Points: number, MaxPoints: number, Unobservable: number%3 == 0,
					Status: verdict[(int(testStatus)+j)%len(verdict)],
				}
				for _, kind := range []transcript.Kind{transcript.Sent, transcript.Wanted, transcript.Observed, transcript.Noted, transcript.Exited, transcript.Kind(p.some())} {
					test.Transcript = append(test.Transcript,
						transcript.Step{MS: float64(number), Who: p.some(), Kind: kind, Data: transcript.Bytes(p.some()), Note: p.some()})
				}
			}
		}
		for _, format := range Formats() {
			var b strings.Builder
			fuzzed := options()
			fuzzed.Again = func(exerciseID, test string) string { return "again " + exerciseID + test }
			err := Write(format, &b, r, fuzzed)
			if format == "classroom50" && !r.Complete {
				require.ErrorIs(t, err, errNoClassroom50)
				continue
			}
			require.NoError(t, err, format)
			text := b.String()
			requireHarmless(t, format, text)
			requireSameScores(t, format, text, r)
			if format == "json" {
				var got grade.Result
				require.NoError(t, json.Unmarshal([]byte(text), &got))
				require.Equal(t, verdictOf(r), verdictOf(got))
			}
		}
		class := []Student{{
			ID: p.some(), Name: p.some(), Email: p.some(), Section: p.some(), Result: r,
			More: []Column{{Name: p.some(), Value: p.some()}, {Name: "SIS User ID", Value: p.some()}},
		}}
		for _, format := range []string{"csv", "canvas"} {
			text := renderClass(t, format, class, ClassOptions{Assignment: "TCP lab (12345)"})
			requireHarmless(t, format, text)
			requireNoFormulas(t, text)
		}
	})
}
