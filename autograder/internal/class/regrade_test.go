package class

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
)

var wrong = strings.Replace(echoes, "os.Args[1]", `"no"`, 1)

func TestASubmissionGetsInAClassWhatItGetsAlone(t *testing.T) {
	root, dir := smallLab(t)
	write(t, dir, "right/01-echo/main.go", echoes)
	write(t, dir, "copy/exercises/01-echo/main.go", echoes)
	write(t, dir, "wrong/01-echo/main.go", wrong)
	write(t, dir, "broken/01-echo/main.go", "package main\n\nfunc main() { undefined() }\n")
	write(t, dir, "empty/01-echo/main.go", "")
	write(t, dir, "steers/01-echo/main.go", echoes)
	write(t, dir, "steers/01-echo/go.mod", "module mine\n")
	write(t, dir, "unreadable.zip", "no archive")
	options := Options{Grade: grade.Options{Root: root, Seed: 7}, Dir: dir, Out: filepath.Join(t.TempDir(), "results")}
	_, err := gradeQuietly(t.Context(), options)
	require.NoError(t, err)
	records, err := Submissions(options.Out)
	require.NoError(t, err)
	scores := map[string]int{}
	for _, record := range records {
		scores[record.ID] = record.Result.Score
		alone, err := grade.Submission(t.Context(), grade.Options{Root: root, Submission: filepath.Join(dir, record.Entry), Seed: 7, Trust: true})
		if record.Entry == "unreadable.zip" {
			require.Error(t, err)
			assert.Equal(t, grade.Errored, record.Result.Exercises[0].Status)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, Verdicts(alone), Verdicts(record.Result), record.Entry)
		assert.Equal(t, alone.Exercises[0].Message, record.Result.Exercises[0].Message, record.Entry)
	}
	assert.Equal(t, map[string]int{"right": 10, "copy": 10, "wrong": 0, "broken": 0, "empty": 0, "steers": 10, "unreadable": 0}, scores)
}

func TestWhatIsNamedIsGradedAgainAndNothingElse(t *testing.T) {
	root, dir := smallLab(t)
	const first, second = "bob@20261101T100000Z", "bob@20261102T100000Z"
	for _, entry := range []string{"alice", first, second} {
		write(t, dir, entry+"/01-echo/main.go", wrong)
	}
	options := Options{Grade: grade.Options{Root: root, Seed: 7}, Dir: dir, Out: filepath.Join(t.TempDir(), "results")}
	_, err := gradeQuietly(t.Context(), options)
	require.NoError(t, err)
	for _, entry := range []string{"alice", first, second} {
		write(t, dir, entry+"/01-echo/main.go", echoes)
	}
	scores := func() map[string]int {
		records, err := Submissions(options.Out)
		require.NoError(t, err)
		scores := map[string]int{}
		for _, record := range records {
			scores[record.Entry] = record.Result.Score
		}
		return scores
	}
	for _, step := range []struct {
		regrade []string
		graded  int
		want    map[string]int
	}{
		{nil, 0, map[string]int{"alice": 0, first: 0, second: 0}},
		{[]string{second}, 1, map[string]int{"alice": 0, first: 0, second: 10}},
		{[]string{"bob"}, 2, map[string]int{"alice": 0, first: 10, second: 10}},
		{[]string{"alice", "bob"}, 3, map[string]int{"alice": 10, first: 10, second: 10}},
	} {
		options.Regrade = step.regrade
		outcome, err := gradeQuietly(t.Context(), options)
		require.NoError(t, err)
		assert.Equal(t, Outcome{Graded: step.graded, Kept: 3 - step.graded}, outcome, "%q", step.regrade)
		assert.Equal(t, step.want, scores(), "%q", step.regrade)
	}
	options.Regrade = []string{"alice", "carol"}
	outcome, err := gradeQuietly(t.Context(), options)
	require.ErrorContains(t, err, "-regrade carol: there is no such student or submission in "+dir)
	assert.Zero(t, outcome.Graded)

	require.NoError(t, os.RemoveAll(filepath.Join(dir, "alice")))
	options.Regrade = nil
	var told []string
	options.Tell, options.Progress = func(line string) { told = append(told, line) }, func(int, int) {}
	_, err = Grade(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, []string{"1 results are of submissions that are not in " + dir + " any more: they are kept as they are"}, told)
	assert.Equal(t, 10, scores()["alice"])
}
