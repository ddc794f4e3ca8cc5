package gate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/mutant"
	"tcplab/autograder/internal/transcript"
)

func graded(tests ...grade.TestResult) grade.ExerciseResult {
	return grade.ExerciseResult{ID: "03-threaded-server", Status: grade.Graded, Tests: tests}
}

func TestAMutantIsKilledEquivalentOrASurvivor(t *testing.T) {
	pass, fail := grade.TestResult{Name: "TestA", Status: transcript.Pass}, grade.TestResult{Name: "TestB", Status: transcript.Fail}
	skipped := grade.TestResult{Name: "TestC", Status: transcript.Skipped}
	broken := grade.TestResult{Name: "TestD", Status: transcript.Error, Message: "no memory"}
	reasons := map[string]string{"listed": "why", "listed, and killed": "why", "gone": "why"}
	s := Survey{ID: "03-threaded-server"}
	s.add(mutant.Mutant{ID: "refused"}, grade.ExerciseResult{Status: grade.BuildFailed}, reasons)
	s.add(mutant.Mutant{ID: "killed"}, graded(pass, fail, skipped), reasons)
	s.add(mutant.Mutant{ID: "listed"}, graded(pass), reasons)
	s.add(mutant.Mutant{ID: "alive"}, graded(pass), reasons)
	assert.Empty(t, s.Problems)

	s.add(mutant.Mutant{ID: "listed, and killed"}, graded(fail), reasons)
	s.add(mutant.Mutant{ID: "not judged"}, graded(pass, broken), reasons)
	s.add(mutant.Mutant{ID: "not built by the grader's fault"}, grade.ExerciseResult{Status: grade.Errored, Message: "no disk"}, reasons)
	assert.Equal(t, []string{
		"03-threaded-server: listed, and killed is killed by TestB: it is not equivalent; take it off wrong/equivalent.txt",
		"03-threaded-server: not judged could not be judged: TestD: no memory",
		"03-threaded-server: not built by the grader's fault: no disk",
	}, s.Problems)
	assert.Equal(t, []mutant.Mutant{{ID: "alive"}}, s.Survivors)
	assert.Equal(t, map[string]string{"gone": "why"}, reasons, "what is left names no mutant")
	assert.Contains(t, SurveyTable([]Survey{s}), "| 03-threaded-server | 7 | 1 | 2 | 1 | 1 | 66.7 % |")
}
