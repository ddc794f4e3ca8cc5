package gate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

func verdict(name string, status transcript.Status, message string) grade.TestResult {
	return grade.TestResult{Name: name, Status: status, Message: message}
}

// judged is what the gate has to say of one candidate with these verdicts.
func judged(c candidate, score int, tests ...grade.TestResult) Outcome {
	c.name = "it"
	var o Outcome
	o.judge([]candidate{c}, []grade.ExerciseResult{{Status: grade.Graded, Score: score, MaxScore: 10, Tests: tests}})
	return o
}

func TestEachRoleHasToEarnWhatItIsWorth(t *testing.T) {
	pass, fail, todo := verdict("TestA", transcript.Pass, ""), verdict("TestA", transcript.Fail, "no answer"), verdict("TestA", transcript.Fail, "TODO: begin")
	skipped, broken := verdict("TestA", transcript.Skipped, "needs TestB"), verdict("TestA", transcript.Error, "no memory")
	killed := candidate{role: wrong, variant: exercise.Variant{KilledBy: "TestA"}}
	for what, c := range map[string]struct {
		got  Outcome
		want string // part of the one problem; empty for none
	}{
		"a solution passes":                       {judged(candidate{role: solution}, 10, pass), ""},
		"a solution fails":                        {judged(candidate{role: solution}, 0, fail), "TestA: fail: no answer"},
		"a solution is skipped":                   {judged(candidate{role: solution}, 0, skipped), "TestA: skipped"},
		"a right program fails":                   {judged(candidate{role: right}, 0, fail), "TestA: fail"},
		"nobody could judge":                      {judged(candidate{role: right}, 0, broken), "TestA could not be judged: no memory"},
		"a wrong program dies":                    {judged(killed, 0, fail), ""},
		"a wrong program lives":                   {judged(killed, 3, pass), "TestA has to kill it, and says pass"},
		"a wrong program is not tried":            {judged(killed, 0, skipped), "TestA has to kill it, and says skipped"},
		"a wrong program earns everything":        {judged(killed, 10, fail), "scores full marks"},
		"a stub says what to do":                  {judged(candidate{role: stub}, 0, todo), ""},
		"a stub says nothing":                     {judged(candidate{role: stub}, 0, fail), "does not lead a beginner to the TODO"},
		"a stub earns something":                  {judged(candidate{role: stub}, 1, pass), "scores 1 points and has to score none"},
		"a stub passes a test that a student has": {judged(candidate{role: stub, visible: true}, 0, pass), "has to fail, and says pass"},
	} {
		if c.want == "" {
			assert.Empty(t, c.got.Problems, what)
			assert.Equal(t, 1, c.got.Verdicts, what)
		} else if assert.Len(t, c.got.Problems, 1, what) {
			assert.Contains(t, c.got.Problems[0], c.want, what)
		}
	}
}

func TestAProgramThatDoesNotBuildIsAProblemWhateverItsRole(t *testing.T) {
	for _, r := range []role{solution, right, wrong, stub} {
		var o Outcome
		o.judge([]candidate{{role: r, name: "it"}}, []grade.ExerciseResult{{Status: grade.BuildFailed, Message: "main.go:3: no"}})
		assert.Equal(t, []string{"it (" + string(r) + "): build-failed: main.go:3: no"}, o.Problems)
	}
}

func TestTheMatrixNamesTestsThatNothingProves(t *testing.T) {
	ex := exercise.Exercise{ID: "03-threaded-server", Tests: []exercise.Test{{Name: "TestA"}, {Name: "TestB"}, {Name: "TestC"}}}
	c := candidate{role: wrong, variant: exercise.Variant{Name: "serial", KilledBy: "TestA"}, source: grade.Source{Exercise: ex}}
	m := newMatrix(ex, []candidate{c, {role: right, source: grade.Source{Exercise: ex}}}, []grade.ExerciseResult{
		{Status: grade.Graded, Tests: []grade.TestResult{verdict("TestA", transcript.Fail, ""), verdict("TestC", transcript.Skipped, "")}},
		{Status: grade.Graded},
	})
	assert.Equal(t, []string{"TestB", "TestC"}, m.unproven())
	assert.Contains(t, m.markdown(), "| serial        |  X |    |  - |\n")

	m.Rows = append(m.Rows, MatrixRow{Program: "mute", KilledBy: "TestC", Verdicts: map[string]transcript.Status{"TestB": transcript.Fail}})
	kept := Markdown([]Matrix{{ID: "01-echo-server", Tests: []string{"TestX"}, Rows: []MatrixRow{{Program: "serial", KilledBy: "TestX"}}}, m})
	assert.Equal(t, map[string][]string{"serial": {"TestA"}, "mute": {"TestB", "TestC"}}, Failures(kept, ex.ID))
}

func TestTheKeptMatrixIsComparedByItsKillersAndRewrittenByExercise(t *testing.T) {
	one := Matrix{ID: "01-echo-server", Tests: []string{"TestA", "TestB"}, Rows: []MatrixRow{{Program: "mute", KilledBy: "TestA", Verdicts: map[string]transcript.Status{"TestB": transcript.Fail}}}}
	two := Matrix{ID: "02-echo-client", Tests: []string{"TestC"}, Rows: []MatrixRow{{Program: "deaf", KilledBy: "TestC"}}}
	kept := Markdown([]Matrix{one, two})
	ids := []string{one.ID, two.ID}

	seen := one
	seen.Rows = []MatrixRow{{Program: "mute", KilledBy: "TestA"}}
	assert.Equal(t, KillersOf(kept), KillersOf(Merge(kept, []Matrix{seen}, ids)), "another test fails, or not")
	seen.Rows = []MatrixRow{{Program: "mute", KilledBy: "TestB"}}
	assert.NotEqual(t, KillersOf(kept), KillersOf(Merge(kept, []Matrix{seen}, ids)))
	assert.Contains(t, Merge(kept, []Matrix{seen}, ids), two.markdown(), "the others stay")
	assert.False(t, strings.Contains(Merge(kept, nil, ids[:1]), two.ID), "an exercise that is gone is gone from the table")
}
