package policy

import (
	"fmt"
	"regexp"
	"slices"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// NotShown is the name that all hidden tests of an exercise have together in a result for students.
const NotShown = "DetailsNotShown"

// What stands in place of what students may not see.
const (
	sumRequirement = "More is required, of which no details are shown."
	notShown       = "a test that is not shown"
	gradersFault   = "the grader failed; your instructor's report says how"
)

// ForStudents is a result as students may see it. What is left of a test is copied, so that a field which is added one day is
// kept from them until somebody decides otherwise. Scores stay as they are. The result that it was given does, too.
func (p Policy) ForStudents(r grade.Result) grade.Result {
	r.Exercises = slices.Clone(r.Exercises)
	for i := range r.Exercises {
		p.exerciseForStudents(&r.Exercises[i])
	}
	return r
}

func (p Policy) exerciseForStudents(e *grade.ExerciseResult) {
	if e.Status == grade.Errored && p.restricts(e.ID) {
		e.Message = gradersFault // what failed may have been a hidden test's own program
	}
	shown := []grade.TestResult{}
	var hidden []grade.TestResult
	for _, test := range e.Tests {
		switch p.details(e.ID, test.Name) {
		case Full:
			shown = append(shown, test)
		case Name:
			shown = append(shown, grade.TestResult{
				Name: test.Name, Requirement: test.Requirement, Status: test.Status,
				Points: test.Points, MaxPoints: test.MaxPoints, Unobservable: test.Unobservable, DurationMS: test.DurationMS,
			})
		default:
			hidden = append(hidden, test)
		}
	}
	for i := range shown {
		shown[i] = withoutNames(shown[i], hidden)
	}
	if len(hidden) > 0 {
		shown = append(shown, sum(hidden))
	}
	e.Tests = shown
}

// restricts reports whether students see less than all of an exercise.
func (p Policy) restricts(id string) bool {
	if p.details(id, "") != Full {
		return true
	}
	for _, details := range p.Exercises[id].Tests {
		if details != Full {
			return true
		}
	}
	return false
}

// sum makes one test of those that are hidden. It says no more than how many points they earned.
func sum(hidden []grade.TestResult) grade.TestResult {
	all := grade.TestResult{Name: NotShown, Requirement: sumRequirement, Status: transcript.Pass}
	for _, test := range hidden {
		all.Points += test.Points
		all.MaxPoints += test.MaxPoints
		all.Unobservable = all.Unobservable || test.Unobservable
		switch {
		case all.Status == transcript.Error || test.Status == transcript.Error:
			all.Status = transcript.Error
		case test.Status != transcript.Pass:
			all.Status = transcript.Fail
		}
	}
	switch {
	case all.Status == transcript.Error:
		all.Message = gradersFault
	case all.Status == transcript.Fail && all.Unobservable:
		all.Status, all.Message = transcript.Skipped, "not all of it could be judged on this machine"
	case all.Status == transcript.Fail:
		all.Message = fmt.Sprintf("%d of %s", all.Points, plural(all.MaxPoints, "point"))
	}
	return all
}

// withoutNames takes the names of hidden tests out of what a test that is shown says: that it needs one of them, for example.
func withoutNames(test grade.TestResult, hidden []grade.TestResult) grade.TestResult {
	test.Transcript = slices.Clone(test.Transcript)
	for _, other := range hidden {
		name := regexp.MustCompile(`\b` + regexp.QuoteMeta(other.Name) + `\b`)
		fields := []*string{&test.Requirement, &test.Message, &test.Meaning, &test.Hint, &test.Expected, &test.Actual, &test.Diff}
		for i := range test.Transcript {
			fields = append(fields, &test.Transcript[i].Note)
		}
		for _, field := range fields {
			*field = name.ReplaceAllLiteralString(*field, notShown)
		}
	}
	return test
}
