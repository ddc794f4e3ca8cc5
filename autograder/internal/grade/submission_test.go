package grade

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

var course = []exercise.Exercise{
	{Number: 1, ID: "01-echo", Tests: []exercise.Test{{Name: "TestA"}, {Name: "TestB"}}},
	{Number: 3, ID: "03-threads", Tests: []exercise.Test{{Name: "TestA"}, {Name: "TestC"}}},
}

func TestASubmissionIsACopyOfTheLabOrAFolderOfExercises(t *testing.T) {
	fork := writeTree(t, map[string]string{"exercises/other": "", "01-echo/main.go": ""})
	below, err := layout(fork, course)
	require.NoError(t, err)
	assert.Equal(t, "exercises", below)
	below, err = layout(writeTree(t, map[string]string{"03-threads/main.go": "", "README.md": ""}), course)
	require.NoError(t, err)
	assert.Empty(t, below)
}

func TestWhatIsNoSubmissionIsRefusedWithTheNextStep(t *testing.T) {
	root := writeTree(t, map[string]string{"file": "", "empty/x/y": "", "01-echo/main.go": ""})
	for dir, want := range map[string]string{
		"missing": "does not exist; name a copy of the lab, or a folder that holds folders such as 01-echo",
		"file":    "is a file; name the folder that holds folders such as 01-echo",
		"empty":   "holds neither exercises/ nor a folder named as an exercise, such as 01-echo",
		"01-echo": "is the folder of one exercise; name the folder that it is in, and choose with -ex 1",
	} {
		_, err := layout(filepath.Join(root, dir), course)
		require.Error(t, err, dir)
		assert.Contains(t, err.Error(), want)
		assert.Contains(t, err.Error(), dir)
	}
}

func TestExercisesAreChosenByNumberAndTest(t *testing.T) {
	chosen := func(options Options) (ids []string) {
		selected, err := selectExercises(course, options)
		require.NoError(t, err)
		for _, ex := range selected {
			ids = append(ids, ex.ID)
		}
		return ids
	}
	assert.Equal(t, []string{"01-echo", "03-threads"}, chosen(Options{}))
	assert.Equal(t, []string{"03-threads"}, chosen(Options{Only: []int{3}}))
	assert.Equal(t, []string{"01-echo", "03-threads"}, chosen(Options{Only: []int{3, 1}, Run: "TestA"}))
	assert.Equal(t, []string{"03-threads"}, chosen(Options{Run: "TestC"}))
	_, err := selectExercises(course, Options{Only: []int{2}})
	assert.EqualError(t, err, "there is no exercise 2; the exercises are 1, 3")
	_, err = selectExercises(course, Options{Only: []int{1}, Run: "TestC"})
	assert.EqualError(t, err, "there is no hidden test \"TestC\"; the tests are\n  TestA\n  TestB")
}

func TestAnAbsentExerciseIsNotSubmittedAndTheRestIsGraded(t *testing.T) {
	root := smallLab(t)
	fork := writeTree(t, map[string]string{"exercises/01-echo/main.go": echoes})
	got, err := Submission(t.Context(), Options{Root: root, Submission: fork})
	require.NoError(t, err)
	assert.Equal(t, []int{10, 20}, []int{got.Score, got.MaxScore})
	assert.Equal(t, ExerciseResult{ID: "02-more", Title: "More", Status: NotSubmitted, MaxScore: 10,
		Message: "the submission has no folder exercises/02-more", Tests: []TestResult{}}, got.Exercises[1])
	assert.Equal(t, 1, ExitStatus(got))
}

func TestACacheThatCannotBeWrittenEndsTheRunBeforeItBegins(t *testing.T) {
	root := smallLab(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	t.Setenv("XDG_CACHE_HOME", file)
	fork := writeTree(t, map[string]string{"01-echo/main.go": echoes})
	_, err := Submission(t.Context(), Options{Root: root, Submission: fork})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "set XDG_CACHE_HOME to a folder that can be written")
}
