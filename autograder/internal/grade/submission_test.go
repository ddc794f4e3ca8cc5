package grade

import (
	"archive/zip"
	"bytes"
	"io"
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
	folder, below, err := layout(fork, course)
	require.NoError(t, err)
	assert.Equal(t, []string{fork, "exercises"}, []string{folder, below})
	_, below, err = layout(writeTree(t, map[string]string{"03-threads/main.go": "", "README.md": ""}), course)
	require.NoError(t, err)
	assert.Empty(t, below)
}

func TestWhatIsNoSubmissionIsRefusedWithTheNextStep(t *testing.T) {
	root := writeTree(t, map[string]string{"empty/x/y": "", "01-echo/main.go": ""})
	for dir, want := range map[string]string{
		"missing": "does not exist; name a copy of the lab, a folder that holds folders such as 01-echo, or an archive of either",
		"empty":   "holds neither exercises/ nor a folder named as an exercise, such as 01-echo",
		"01-echo": "is the folder of one exercise; name the folder that it is in, and choose with -ex 1",
	} {
		_, _, err := layout(filepath.Join(root, dir), course)
		require.Error(t, err, dir)
		assert.Contains(t, err.Error(), want)
		assert.Contains(t, err.Error(), dir)
	}
}

// zipped writes an archive of files, given by their names.
func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		file, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(file, echoes)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	file := filepath.Join(t.TempDir(), "handed-in.zip")
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
	return file
}

func TestTheExercisesOfAnArchiveAreFoundBelowItsOnlyFolder(t *testing.T) {
	for _, c := range []struct{ name, folder, below string }{
		{"exercises/01-echo/main.go", "", "exercises"},
		{"01-echo/main.go", "", ""},
		{"lab-main/exercises/01-echo/main.go", "lab-main", "exercises"},
		{"alice_17_file/lab-main/03-threads/main.go", "alice_17_file/lab-main", ""},
	} {
		into := filepath.Join(t.TempDir(), "submission")
		folder, below, err := unpack(zipped(t, c.name, "__MACOSX/x"), into, course)
		require.NoError(t, err, c.name)
		assert.Equal(t, filepath.Join(into, filepath.FromSlash(c.folder)), folder)
		assert.Equal(t, c.below, below)
	}
	for _, names := range [][]string{{"main.go"}, {"a/main.go"}, {"a/exercises/x", "b/exercises/x"}, {"a/exercises/x", "README.md"}} {
		_, _, err := unpack(zipped(t, names...), filepath.Join(t.TempDir(), "submission"), course)
		require.ErrorContains(t, err, `handed-in.zip" holds neither exercises/ nor a folder named as an exercise, such as 01-echo`, names)
	}
}

func TestAnArchiveIsGradedAndLeavesNothing(t *testing.T) {
	root := smallLab(t)
	file := zipped(t, "lab-main/exercises/01-echo/main.go")
	got, err := Submission(t.Context(), Options{Root: root, Submission: file})
	require.NoError(t, err)
	assert.Equal(t, []any{file, 10}, []any{got.Submission, got.Score})
	assert.Equal(t, "the submission has no folder exercises/02-more", got.Exercises[1].Message)
	require.NoError(t, os.WriteFile(file, []byte("PK\x03\x04"), 0o600))
	_, err = Submission(t.Context(), Options{Root: root, Submission: file})
	require.ErrorContains(t, err, "damaged or cut off")
	runs, err := filepath.Glob(filepath.Join(os.TempDir(), "*", "run-*"))
	require.NoError(t, err)
	assert.Empty(t, runs)
}

func TestExercisesAreChosenByNumberAndTest(t *testing.T) {
	chosen := func(options Options) (ids []string) {
		selected, err := Select(course, options)
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
	_, err := Select(course, Options{Only: []int{2}})
	assert.EqualError(t, err, "there is no exercise 2; the exercises are 1, 3")
	_, err = Select(course, Options{Only: []int{1}, Run: "TestC"})
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

func TestTheStudentsEditionGradesNobody(t *testing.T) {
	root := smallLab(t)
	hidden := filepath.Join(root, "exercises", "01-echo", "hidden")
	require.NoError(t, os.RemoveAll(hidden))
	facts := "// Facts.\n//\n//lab:port 3232\npackage main\n\nimport \"testing\"\n\n// It talks.\nfunc TestItTalks(t *testing.T) {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(root, "exercises", "01-echo", "main_test.go"), []byte(facts), 0o600))
	_, err := Submission(t.Context(), Options{Root: root, Submission: root})
	require.ErrorContains(t, err, "01-echo has no hidden tests, as in the students' edition")
}

func TestOnlyTheLabsOwnProgramsAreTakenForTheUsers(t *testing.T) {
	root := writeTree(t, map[string]string{"solutions/01-echo/main.go": "", "exercises/01-echo/main.go": "", "submissions/alice/01-echo/main.go": ""})
	stranger := writeTree(t, map[string]string{"01-echo/main.go": ""})
	for submission, own := range map[string]bool{
		root: true, root + "/solutions": true, root + "/exercises/01-echo": true,
		root + "/submissions": false, root + "/submissions/alice": false, filepath.Dir(root): false, stranger: false,
	} {
		grader := Grader{options: Options{Root: root, Submission: submission}}
		assert.Equal(t, own, grader.isOwn(), submission)
	}
}
