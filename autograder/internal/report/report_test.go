package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "go test ./autograder/internal/report -update writes it")
	assert.Equal(t, string(want), text)
}

func again(exerciseID, test string) string {
	number := strings.TrimLeft(exerciseID[:2], "0")
	if test == "" {
		return "make test EX=" + number
	}
	return "make test EX=" + number + " RUN=" + test
}

// perfect is a submission that has nothing left to do.
func perfect() grade.Result {
	return grade.Result{
		Schema: grade.Schema, Submission: "ada", Seed: 42, Score: 20, MaxScore: 20, Complete: true,
		Exercises: []grade.ExerciseResult{
			{ID: "01-echo-server", Title: "Echo server", Status: grade.Graded, Score: 10, MaxScore: 10, Tests: []grade.TestResult{
				{Name: "TestGreets", Requirement: "The server speaks first.", Status: transcript.Pass, Points: 4, MaxPoints: 4, DurationMS: 20},
				{Name: "TestAnswers", Requirement: "A line is answered in upper case.", Status: transcript.Pass, Points: 6, MaxPoints: 6, DurationMS: 21},
			}},
			{ID: "02-echo-client", Title: "Echo client", Status: grade.Graded, Score: 10, MaxScore: 10, Tests: []grade.TestResult{
				{Name: "TestSucceeds", Requirement: "A good server is recognised.", Status: transcript.Pass, Points: 10, MaxPoints: 10, DurationMS: 7},
			}},
		},
	}
}

// mixed is a submission in which everything happens that can happen, save an error of the grader.
func mixed() grade.Result {
	r := perfect()
	r.Submission, r.Score, r.MaxScore = "bob's fork", 12, 50
	r.Exercises[1].Score = 0
	r.Exercises[1].Status = grade.BuildFailed
	r.Exercises[1].Tests = nil
	r.Exercises[1].Message = "exercises/02-echo-client/main.go:12:2: undefined: conn\nexercises/02-echo-client/main.go:14:9: missing return"
	r.Exercises = append(r.Exercises,
		grade.ExerciseResult{
			ID: "03-threaded-server", Title: "Threaded server", Status: grade.Graded, Score: 2, MaxScore: 10,
			Tests: []grade.TestResult{
				{Name: "TestSpeaksFirst", Requirement: "The server speaks first.", Status: transcript.Pass, Points: 2, MaxPoints: 2, DurationMS: 20},
				{
					Name: "TestSilentClientDelaysNobody", Requirement: "A client that stays silent delays nobody.",
					Status: transcript.Fail, MaxPoints: 3, DurationMS: 33,
					Message:  `B waits for "HELLO\n": the program sleeps and will not send it`,
					Meaning:  "B waits while A is open: clients are served one after the other.",
					Hint:     "what else can run while serve waits in Read?",
					Expected: `"HELLO\n"`, Actual: `""`, Diff: transcript.Diff(nil, []byte("HELLO\n")),
					Transcript: []transcript.Step{
						{MS: 0, Who: "A", Kind: transcript.Connected},
						{MS: 0.4, Who: "A", Kind: transcript.Received, Data: "HELLO\n"},
						{MS: 0.5, Who: "B", Kind: transcript.Connected},
						{MS: 31, Who: "B", Kind: transcript.Wanted, Note: `B waits for "HELLO\n": the program sleeps and will not send it`},
					},
				},
				{
					Name: "TestNoCrossTalk", Requirement: "Every client gets its own text.", Status: transcript.Fail, MaxPoints: 2,
					DurationMS: 12, Message: `A received other bytes than it should`, Hint: "which variables do two servants share?",
					Expected: `"ANNA\n"`, Actual: `"BERT\n"`, Diff: transcript.Diff([]byte("BERT\n"), []byte("ANNA\n")),
				},
				{
					Name: "TestNothingLeaks", Requirement: "Five hundred conversations leave nothing behind.",
					Status: transcript.Skipped, MaxPoints: 3, Message: "needs TestSilentClientDelaysNobody, which failed",
				},
			},
		},
		grade.ExerciseResult{ID: "04-line-sessions", Title: "Line sessions", Status: grade.NotSubmitted, MaxScore: 10},
		grade.ExerciseResult{
			ID: "05-time-streamer", Title: "Time streamer", Status: grade.BuildFailed, MaxScore: 10, Message: "main.go is a link",
		},
	)
	return r
}

// broken is a result that says nothing about the student, because the grader failed.
func broken() grade.Result {
	r := perfect()
	r.Complete, r.Score = false, 4
	r.Exercises[0].Score = 4
	r.Exercises[0].Tests[1] = grade.TestResult{
		Name: "TestAnswers", Requirement: "A line is answered in upper case.", Status: transcript.Error, MaxPoints: 6,
		Message: "port 3232 is held by another program: nc (process 4711)",
	}
	r.Exercises[0].Tests = append(r.Exercises[0].Tests, grade.TestResult{
		Name: "TestIsClean", Requirement: "There is no data race.", Status: transcript.Skipped, Unobservable: true,
		Message: "the race detector needs a C compiler",
	})
	r.Exercises[1] = grade.ExerciseResult{
		ID: "02-echo-client", Title: "Echo client", Status: grade.Errored, MaxScore: 10, Message: "the disk is full",
	}
	return r
}

// options are those of a run at a known time.
func options() Options {
	stop := time.Date(2027, time.January, 31, 23, 59, 58, 0, time.FixedZone("CET", 3600))
	return Options{
		Again: again, Start: stop.Add(-1500 * time.Millisecond), Stop: stop, Token: "0123456789ABCDEFGHIJKLMNOP",
		Classroom50: Classroom50Run{
			Classroom: "tcp-2027", Assignment: "tcp-lab", Submission: "submit/20270131T225958Z-1a2b3c4",
			Commit:  "https://github.com/tcp-2027/lab-bob/commit/1a2b3c4",
			Release: "https://github.com/tcp-2027/lab-bob/releases/tag/submit",
			Review:  "https://github.com/tcp-2027/lab-bob/pull/1",
		},
	}
}

func render(t *testing.T, format string, r grade.Result) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, Write(format, &b, r, options()))
	return b.String()
}

func TestEveryFormatWritesWhatItsGoldenFileShows(t *testing.T) {
	for _, format := range Formats() {
		golden(t, "mixed."+format, render(t, format, mixed()))
	}
	golden(t, "incomplete.gradescope", render(t, "gradescope", broken()))
	golden(t, "perfect.text", render(t, "text", perfect()))
	golden(t, "incomplete.text", render(t, "text", broken()))
}

func TestAnUnknownFormatIsRefusedWithTheKnownOnes(t *testing.T) {
	var b bytes.Buffer
	require.EqualError(t, Write("jsno", &b, perfect(), options()),
		`unknown format "jsno"; the formats are: `+strings.Join(Formats(), ", "))
	assert.Subset(t, Formats(), []string{"classroom50", "ctrf", "github", "gradescope", "json", "junit", "markdown", "text"})
	assert.Empty(t, b.Bytes())
}

func TestAnErrorOfTheWriterIsReported(t *testing.T) {
	for _, format := range Formats() {
		require.ErrorContains(t, Write(format, brokenPipe{}, mixed(), options()), "broken pipe")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOnlyTheFirstFailureOfAnExerciseIsToldInFull(t *testing.T) {
	text := render(t, "text", mixed())
	assert.Contains(t, text, "what else can run")
	assert.NotContains(t, text, "which variables do two servants share")
	assert.Contains(t, text, "\n          A received other bytes than it should\n")
}

func TestWithoutAnAgainNoCommandIsInvented(t *testing.T) {
	var b strings.Builder
	require.NoError(t, Text(&b, mixed(), nil))
	assert.NotContains(t, b.String(), "Again:")
	assert.Contains(t, b.String(), "Next: 02 Echo client. Fix what the compiler names first.\n")
}

func TestWhatToDoNextFitsTheFirstExerciseThatIsNotDone(t *testing.T) {
	skipped := perfect()
	skipped.Score, skipped.Exercises[1].Score = 10, 0
	skipped.Exercises[1].Tests[0] = grade.TestResult{Name: "TestX", Status: transcript.Skipped, MaxPoints: 10, Message: "no"}
	absent := perfect()
	absent.Exercises[0] = grade.ExerciseResult{ID: "01-echo-server", Status: grade.NotSubmitted, MaxScore: 10}
	for want, r := range map[string]grade.Result{
		"Next: 02 Echo client. The lines marked skip say what kept their tests from running; then: make test EX=2\n": skipped,
		"Next: 01 echo-server. Its README.md says what to write; then: make test EX=1\n":                             absent,
		"Full marks: nothing is left to do.\n":                                                                       perfect(),
		"Nothing was graded.\n":                                                                                      {Complete: true},
		"THIS IS NOT A VERDICT":                                                                                      broken(),
		"2: 02 Echo client could not be graded\n":                                                                    {Exercises: []grade.ExerciseResult{{ID: "2: 02", Title: "Echo client", Status: grade.Errored}}},
		"not graded, by no fault of the program: the disk is full\n":                                                 broken(),
	} {
		assert.Contains(t, render(t, "text", r), want)
	}
	assert.NotContains(t, render(t, "text", broken()), "Full marks")
}

func TestAReportOfAnySizeOfMessageStaysReadable(t *testing.T) {
	r := mixed()
	r.Exercises[1].Message = strings.Repeat("main.go:1:1: "+strings.Repeat("x", 2_000)+"\n", 1000)
	text := render(t, "text", r)
	assert.Less(t, len(text), 64<<10)
	assert.Contains(t, text, "… 960 lines …")
	assert.Greater(t, len(render(t, "json", r)), 2_000_000, "JSON is never shortened")
}

// evil is what a hostile student might put wherever a student's text can come to stand.
const evil = "\x1b[2J\x1b]0;t\a\r\u202e\u2066\u0085\u009b1m\x00\x7f\u2028\U000e0041\xff::error::x ##[error]x\n::error::y\n ok    9  forged\n ]]> <script>alert(1)</script> ``` ````\n# h\n```\n=cmd()|' \n[l](https://x) @all | &amp; \x1b[31m"

func hostile() grade.Result {
	r := mixed()
	r.Submission = evil
	for i := range r.Exercises {
		e := &r.Exercises[i]
		e.ID, e.Title, e.Message = "0"+fmt.Sprint(i)+evil, evil, evil
		for j := range e.Tests {
			test := &e.Tests[j]
			test.Name, test.Requirement, test.Message, test.Meaning, test.Hint = evil, evil, evil, evil, evil
			test.Expected, test.Actual, test.Diff = evil, evil, evil
			test.Transcript = []transcript.Step{{Who: evil, Kind: evil, Data: evil, Note: evil}, {Who: evil, Kind: transcript.Wanted, Note: evil}}
		}
	}
	return r
}

func TestNothingFromAStudentReachesTheTerminalUnescaped(t *testing.T) {
	for _, format := range Formats() {
		for _, status := range []grade.ExerciseStatus{"", grade.Graded, grade.BuildFailed, grade.NotSubmitted, grade.Errored} {
			r := hostile()
			for i := range r.Exercises {
				r.Exercises[i].Status = status
			}
			text := render(t, format, r)
			requireHarmless(t, format, text)
			requireSameScores(t, format, text, r)
			if format == "text" || format == "github" {
				assert.NotRegexp(t, regexp.MustCompile(`(?m)^ ok    9  forged`), text, "a line of the report was forged")
			}
		}
	}
}

func TestJSONIsReadBackAsItWas(t *testing.T) {
	for _, r := range []grade.Result{perfect(), broken(), {Schema: grade.Schema}} {
		var got grade.Result
		require.NoError(t, json.Unmarshal([]byte(render(t, "json", r)), &got))
		assert.Equal(t, complete(r), got)
	}
	r := perfect()
	r.Submission = "<b> & \u202e \U000e0041 é \u009b ##[x] \\u202e"
	r.Exercises[0].Tests[0].Transcript = []transcript.Step{{Kind: transcript.Sent, Data: "\xff\x00\u202e\"##[x]"}}
	text := render(t, "json", r)
	assert.Contains(t, text, `"<b> & \u202e \udb40\udc41 é \u009b #\u0023[x] \\u202e"`)
	var got grade.Result
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	assert.Equal(t, r, got)
}

func TestJSONHasListsWhereThereIsNothing(t *testing.T) {
	assert.Contains(t, render(t, "json", grade.Result{}), `"exercises": []`)
	assert.Contains(t, render(t, "json", grade.Result{}), `"schema": "tcplab/result/v1"`)
	r := grade.Result{Exercises: []grade.ExerciseResult{{ID: "01-x"}}}
	assert.Contains(t, render(t, "json", r), `"tests": []`)
	assert.Nil(t, r.Exercises[0].Tests, "the caller's result is left as it was")
}
