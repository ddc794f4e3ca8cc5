package lectures

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/lectures/quiz"
)

// reviewPage is where all questions stand, between two comments.
const reviewPage = "11-review/README.md"

var (
	questionsBegin = regexp.MustCompile(`^<!-- The questions of all lectures: .*-->$`)
	questionsEnd   = regexp.MustCompile(`^<!-- The end of the questions. -->$`)
)

// The page of the review asks what the lectures ask, and what make quiz asks.
func TestTheReviewAsksTheQuestionsOfTheLectures(t *testing.T) {
	questions, err := quiz.Load(".")
	require.NoError(t, err)
	p := readPage(t, reviewPage)
	from := slices.IndexFunc(p.lines, questionsBegin.MatchString)
	to := slices.IndexFunc(p.lines, questionsEnd.MatchString)
	require.True(t, 0 <= from && from < to, "%s has lost the comments between which the questions stand", reviewPage)
	want := "\n" + quiz.Markdown(questions)
	if *update {
		p.write(t, slices.Replace(slices.Clone(p.lines), from+1, to, strings.Split(strings.TrimSuffix(want, "\n"), "\n")...))
		return
	}
	got := strings.Join(p.lines[from+1:to], "\n") + "\n"
	if got != want {
		assert.Fail(t, reviewPage+" does not ask what the questions.json of the lectures say; go test ./lectures -update rewrites it")
	}
}

// A student who has read a lecture is asked about it.
func TestEveryLectureHasQuestions(t *testing.T) {
	questions, err := quiz.Load(".")
	require.NoError(t, err)
	for _, folder := range lectureFolders(t) {
		assert.True(t, slices.ContainsFunc(questions, func(l quiz.Lecture) bool { return l.Folder == folder && len(l.Questions) >= 3 }),
			"lectures/%s/questions.json asks fewer than three questions", folder)
	}
}
