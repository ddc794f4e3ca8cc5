package report

import (
	"fmt"
	"strings"
	"unicode"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// How much of a test the formats for platforms show: a page there is as long as a terminal's.
const (
	nameShown  = 200 // characters of a test's name
	storyLines = 200 // lines of what happened
)

// entry is a line of the formats that know nothing but tests: a hidden test, or an exercise without tests to show, since it
// was not built, not submitted or not graded. That one has all points of its exercise.
type entry struct {
	// Name is a function's name, unlike all others of the exercise: some readers drop what they have seen already.
	Name   string
	Number string // such as 3.2: the second test of exercise 3
	Test   grade.TestResult
	// Whole is true where the entry stands for all of its exercise.
	Whole bool
}

// standIns say how an exercise that was not graded is told as a test.
var standIns = map[grade.ExerciseStatus]grade.TestResult{
	grade.BuildFailed: {Name: "Builds", Requirement: "The program builds.", Status: transcript.Fail},
	grade.NotSubmitted: {
		Name: "IsSubmitted", Requirement: "The exercise is submitted.", Status: transcript.Skipped, Message: "there is no folder for it",
	},
	grade.Errored: {Name: "IsGraded", Requirement: "The exercise can be graded.", Status: transcript.Error},
}

func entries(e grade.ExerciseResult) []entry {
	number := strings.TrimLeft(exerciseNumber(e), "0")
	if e.Status != grade.Graded {
		test, known := standIns[e.Status]
		if !known {
			test = standIns[grade.Errored]
		}
		test.Message = orElse(e.Message, test.Message)
		test.Points, test.MaxPoints = e.Score, e.MaxScore
		return []entry{{Name: test.Name, Number: number, Test: test, Whole: true}}
	}
	var all []entry
	seen := map[string]bool{}
	for i, test := range e.Tests {
		name := transcript.Line(orElse(test.Name, "Test"), nameShown)
		for n, same := 2, name; seen[name]; n++ {
			name = fmt.Sprintf("%s (%d)", same, n)
		}
		seen[name] = true
		all = append(all, entry{Name: name, Number: fmt.Sprintf("%s.%d", number, i+1), Test: test})
	}
	return all
}

// requirement is what the entry asks, on one line.
func (n entry) requirement() string {
	return transcript.Line(orElse(n.Test.Requirement, n.Name), messageShown)
}

// message is what went wrong, on one line; of a compiler's, the first.
func (n entry) message() string {
	if n.Whole {
		return transcript.Lines(n.Test.Message, compilerRows, messageShown)[0]
	}
	return transcript.Line(n.Test.Message, messageShown)
}

// story is everything that there is to tell of an entry that did not pass, in lines that can be printed.
func (n entry) story(e grade.ExerciseResult, again Again) string {
	if n.Test.Status == transcript.Pass {
		return ""
	}
	if n.Whole {
		return strings.Join(transcript.Lines(n.Test.Message, compilerRows, messageShown), "\n")
	}
	var b strings.Builder
	_ = failure(e.ID, n.Test, again.orNone()).WriteText(&b, "") // a strings.Builder takes everything
	return strings.Join(transcript.Lines(b.String(), storyLines, messageShown), "\n")
}

// exerciseNumber is the 03 of 03-threaded-server, in letters and digits whatever the folder's name.
func exerciseNumber(e grade.ExerciseResult) string {
	number, _, _ := strings.Cut(e.ID, "-")
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return '_'
		}
		return r
	}, number[:min(len(number), 20)])
}

// programFile is where in the repository a student writes the program.
func programFile(e grade.ExerciseResult) string {
	return "exercises/" + transcript.Line(e.ID, titleShown) + "/main.go"
}

// scored is the score of one exercise, where a format has room for what it does not know.
type scored struct {
	ID       string `json:"id"`
	Score    int    `json:"score"`
	MaxScore int    `json:"max_score"`
}

// totals is what every format carries, wherever it has room.
type totals struct {
	Schema    string   `json:"schema"`
	Seed      uint64   `json:"seed"`
	Score     int      `json:"score"`
	MaxScore  int      `json:"max_score"`
	Complete  bool     `json:"complete"`
	Exercises []scored `json:"exercises"`
}

func totalsOf(r grade.Result) totals {
	t := totals{
		Schema: grade.Schema, Seed: r.Seed, Score: r.Score, MaxScore: r.MaxScore, Complete: r.Complete, Exercises: []scored{},
	}
	for _, e := range r.Exercises {
		t.Exercises = append(t.Exercises, scored{transcript.Line(e.ID, titleShown), e.Score, e.MaxScore})
	}
	return t
}
