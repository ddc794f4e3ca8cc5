package policy

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/report"
	"tcplab/autograder/internal/transcript"
)

const canary = "Canary"

// plant writes a canary of its own into every text below v, except into the fields that are named, and returns how many.
func plant(v reflect.Value, planted int, except ...string) int {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s%d", canary, planted))
		return planted + 1
	case reflect.Slice:
		for i := range v.Len() {
			planted = plant(v.Index(i), planted, except...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if _, status := v.Field(i).Interface().(transcript.Status); status || strings.Contains(" "+strings.Join(except, " ")+" ", " "+name+" ") {
				continue
			}
			planted = plant(v.Field(i), planted, except...)
		}
	}
	return planted
}

// cagedTest is a test with canaries wherever there is text.
func cagedTest(t *testing.T, status transcript.Status, except ...string) grade.TestResult {
	t.Helper()
	test := grade.TestResult{Status: status, MaxPoints: 2, Transcript: make([]transcript.Step, 2)}
	if status == transcript.Pass {
		test.Points = 2
	}
	planted := plant(reflect.ValueOf(&test).Elem(), 0, except...)
	require.Greater(t, planted, 12)
	return test
}

// caged is a result with canaries in all that students may not see, for every status that a test can have.
func caged(t *testing.T) (grade.Result, Policy) {
	t.Helper()
	p := Policy{Points: 10, Details: Full, Exercises: map[string]Exercise{
		"02-hidden": {Details: Hidden},
		"03-named":  {Details: Name},
		"04-broken": {Tests: map[string]Details{"TestSecret": Hidden}},
		"01-mixed":  {Tests: map[string]Details{canary + "0": Hidden}},
	}}
	mixed := grade.ExerciseResult{ID: "01-mixed", Title: "Mixed", Status: grade.Graded, MaxScore: 10, Tests: []grade.TestResult{
		{Name: "TestShown", Requirement: "It is shown.", Status: transcript.Fail, MaxPoints: 3, Message: "this is shown", Hint: "and this"},
		{Name: "TestNeeds", Requirement: "It needs another.", Status: transcript.Skipped, MaxPoints: 3, Message: "needs " + canary + "0, which failed"},
	}}
	hidden := grade.ExerciseResult{ID: "02-hidden", Title: "Hidden", Status: grade.Graded, MaxScore: 10}
	named := grade.ExerciseResult{ID: "03-named", Title: "Named", Status: grade.Graded, MaxScore: 10}
	for i, status := range []transcript.Status{transcript.Fail, transcript.Pass, transcript.Skipped, transcript.Error} {
		mixed.Tests = append(mixed.Tests, cagedTest(t, status))
		hidden.Tests = append(hidden.Tests, cagedTest(t, status))
		test := cagedTest(t, status, "Name", "Requirement")
		test.Name, test.Requirement = fmt.Sprintf("TestNamed%d", i), fmt.Sprintf("Requirement %d is named.", i)
		named.Tests = append(named.Tests, test)
	}
	hidden.Score, named.Score = 2, 2
	broken := grade.ExerciseResult{ID: "04-broken", Title: "Broken", Status: grade.Errored, MaxScore: 10, Message: canary + " does not build"}
	return result(mixed, hidden, named, broken), p
}

func TestHiddenDetailsLeakThroughNoFormat(t *testing.T) {
	r, p := caged(t)
	again := func(exerciseID, test string) string { return "again " + exerciseID + " " + test }
	written := func(format string, r grade.Result) string {
		var b strings.Builder
		require.NoError(t, report.Write(format, &b, r, report.Options{Again: again}))
		return b.String()
	}
	students := p.ForStudents(r)
	for _, format := range report.Formats() {
		if format == "classroom50" {
			r.Complete, students.Complete = true, true // it refuses a result that is not, of which nothing can leak
		}
		assert.Contains(t, written(format, r), canary, "the canaries of %s are not where it looks", format)
		assert.NotContains(t, written(format, students), canary, format)
	}
	assert.Equal(t, r.Score, students.Score)
}

func TestWhatStudentsMaySeeIsLeft(t *testing.T) {
	r, p := caged(t)
	students := p.ForStudents(r)
	mixed, named := students.Exercises[0].Tests, students.Exercises[2].Tests
	assert.Equal(t, r.Exercises[0].Tests[0], mixed[0])
	assert.Equal(t, "needs a test that is not shown, which failed", mixed[1].Message)
	assert.Len(t, named, 4)
	assert.Equal(t, grade.TestResult{
		Name: "TestNamed0", Requirement: "Requirement 0 is named.", Status: transcript.Fail, MaxPoints: 2,
	}, named[0])
}

func TestHiddenTestsBecomeOneSum(t *testing.T) {
	p := Policy{Details: Hidden}
	one := func(tests ...grade.TestResult) grade.TestResult {
		shown := p.ForStudents(result(grade.ExerciseResult{ID: "01-x", Status: grade.Graded, Tests: tests})).Exercises[0].Tests
		require.Len(t, shown, 1)
		return shown[0]
	}
	pass := grade.TestResult{Name: "TestA", Status: transcript.Pass, Points: 2, MaxPoints: 2}
	fail := grade.TestResult{Name: "TestB", Status: transcript.Fail, MaxPoints: 3}
	sum := one(pass, fail, pass)
	assert.Equal(t, "4 of 7 points", sum.Message)
	assert.Equal(t, []int{4, 7}, []int{sum.Points, sum.MaxPoints})
	assert.Equal(t, transcript.Fail, sum.Status)
	assert.Equal(t, grade.TestResult{
		Name: NotShown, Requirement: sumRequirement, Status: transcript.Pass, Points: 4, MaxPoints: 4,
	}, one(pass, pass))
	assert.Equal(t, transcript.Error, one(grade.TestResult{Status: transcript.Error}, fail).Status)
	assert.Equal(t, transcript.Skipped, one(pass, grade.TestResult{Status: transcript.Skipped, Unobservable: true}).Status)
}

func TestAResultIsAsCompleteForStudentsAsForInstructors(t *testing.T) {
	r, p := caged(t)
	for i := range r.Exercises {
		alone := result(r.Exercises[i])
		students := p.ForStudents(alone)
		students.Total()
		assert.Equal(t, alone.Complete, students.Complete, r.Exercises[i].ID)
	}
}

func TestTheInstructorsResultStaysAsItWas(t *testing.T) {
	r, p := caged(t)
	untouched, _ := caged(t)
	p.ForStudents(r)
	assert.Equal(t, untouched, r)
}
