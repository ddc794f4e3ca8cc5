package quiz

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const questions = `[
	{"id": "sky", "kind": "choice", "question": "Which?", "options": ["red", "blue"], "answer": 1, "why": "Look up."},
	{"id": "steps", "kind": "order", "question": "In which order?", "options": ["bind", "accept", "close"], "why": "One after the other."},
	{"id": "reply", "kind": "bytes", "question": "What comes?", "answer": "> \"HI\"\n", "why": "It is a line."},
	{"id": "essay", "kind": "open", "question": "Why?", "answer": "Because."}
]`

// folder makes a folder of lectures, each of a title and questions.
func folder(t *testing.T, lectures map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, questions := range lectures {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "README.md"), []byte("# 7. The "+name[3:]+"\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "questions.json"), []byte(questions), 0o600))
	}
	return dir
}

func loaded(t *testing.T) []Lecture {
	t.Helper()
	lectures, err := Load(folder(t, map[string]string{"07-sky": questions}))
	require.NoError(t, err)
	return lectures
}

func TestQuestionsAreReadInTheOrderOfTheLectures(t *testing.T) {
	dir := folder(t, map[string]string{"07-sky": questions, "02-sea": "[]"})
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "talk"), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "09-none"), 0o700))
	lectures, err := Load(dir)
	require.NoError(t, err)
	require.Len(t, lectures, 2)
	assert.Equal(t, Lecture{Number: 2, Folder: "02-sea", Title: "The sea"}, lectures[0])
	require.Len(t, lectures[1].Questions, 4)
	assert.Equal(t, Question{ID: "reply", Kind: Bytes, Question: "What comes?", Answer: "> \"HI\"\n", Why: "It is a line."}, lectures[1].Questions[2])
}

func TestAQuestionThatCannotBeAskedIsRefused(t *testing.T) {
	for question, want := range map[string]string{
		`{"id": "A b"}`: "small letters",
		`{"id": "a"}`:   "the question is empty",
		`{"id": "a", "question": "?", "kind": "bytes", "answer": "x"}`:                                                             `"why" is empty`,
		`{"id": "a", "question": "?", "why": "!", "kind": "guess"}`:                                                                "there is no kind",
		`{"id": "a", "question": "?", "why": "!", "kind": "choice", "options": ["x"], "answer": 0}`:                                "two options at least",
		`{"id": "a", "question": "?", "why": "!", "kind": "choice", "options": ["x", "x"], "answer": 0}`:                           "the same",
		`{"id": "a", "question": "?", "why": "!", "kind": "choice", "options": ["x", "y"], "answer": 2}`:                           "no option of that index",
		`{"id": "a", "question": "?", "why": "!", "kind": "choice", "options": ["x", "y"]}`:                                        `"answer"`,
		`{"id": "a", "question": "?", "why": "!", "kind": "order", "options": ["x", "y"], "answer": [0, 1]}`:                       "leave it out",
		`{"id": "a", "question": "?", "why": "!", "kind": "bytes", "answer": "\"x\\n\""}`:                                          "quote it once",
		`{"id": "a", "question": "?", "why": "!", "kind": "bytes", "answer": "x\\n"}`:                                              "quote it once",
		`{"id": "a", "question": "?", "why": "!", "kind": "bytes", "answer": ""}`:                                                  "it is empty",
		`{"id": "a", "question": "?", "why": "!", "kind": "open", "options": ["x", "y"], "answer": "z"}`:                           "has no options",
		`{"id": "a", "question": "?", "why": "!", "kind": "open", "answers": "z"}`:                                                 "unknown field",
		`{"id": "a", "question": "?", "kind": "open", "answer": "z"}, {"id": "a", "question": "?", "kind": "open", "answer": "z"}`: "an id is for one question",
	} {
		_, err := Load(folder(t, map[string]string{"07-sky": "[" + question + "]"}))
		require.ErrorContains(t, err, want, question)
		assert.ErrorContains(t, err, filepath.Join("07-sky", "questions.json"))
	}
}

// answers lets somebody type, and returns what the terminal shows.
func answers(t *testing.T, typed string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Ask(t.Context(), strings.NewReader(typed), &out, loaded(t), rand.New(rand.NewPCG(1, 1))))
	return out.String()
}

// rightOrder is the answer to the question of the steps, which depends on how they were shuffled.
func rightOrder(t *testing.T) string {
	t.Helper()
	shown := answers(t, "1\n")
	numbers := map[string]string{}
	for line := range strings.SplitSeq(shown, "\n") {
		if fields := strings.Fields(line); len(fields) == 2 {
			numbers[fields[1]] = fields[0]
		}
	}
	return fmt.Sprintf("%s, %s %s\n", numbers["bind"], numbers["accept"], numbers["close"])
}

func TestAllThatIsRightIsCounted(t *testing.T) {
	shown := answers(t, "2\n"+rightOrder(t)+`> "HI"\n`+"\n")
	assert.Contains(t, shown, "1 of 3 · lecture 7, The sky\n\nWhich?\n  1  red\n  2  blue\nWhich number? Right. Look up.\n")
	assert.Contains(t, shown, "? Right. One after the other.\n")
	assert.Contains(t, shown, "\n3 of 3 right.\n")
	assert.NotContains(t, shown, "Read again")
	assert.NotContains(t, shown, "Because", "a terminal cannot judge an open question")
}

func TestWhatIsWrongIsExplained(t *testing.T) {
	shown := answers(t, "1\n1 2 3\n"+`"> HI\n"`+"\n")
	assert.Contains(t, shown, "No, it is 2  blue\nLook up.\n")
	assert.Contains(t, shown, "No, it is this order:\n  bind\n  accept\n  close\nOne after the other.\n")
	assert.Contains(t, shown, `No, it is "> \"HI\"\n"`+"\nIt is a line.\n")
	assert.Contains(t, shown, "\n0 of 3 right.\nRead again: lectures/07-sky/README.md\nAll questions")
}

func TestWhatIsNoAnswerIsAskedAgain(t *testing.T) {
	shown := answers(t, "0\n3\nblue\n\n2\n1 2\n1 1 2\n1 2 4\n"+rightOrder(t)+`\q`+"\n"+`"> \"HI\"\n"`+"\n")
	assert.Equal(t, 5, strings.Count(shown, "Which number? "))
	assert.Equal(t, 4, strings.Count(shown, "The numbers in the right order"))
	assert.Equal(t, 2, strings.Count(shown, "Which bytes? "))
	assert.Contains(t, shown, "\n3 of 3 right.\n")
}

func TestTheEndOfTheInputEndsTheQuizWithTheScoreSoFar(t *testing.T) {
	assert.Contains(t, answers(t, ""), "The quiz has ended early: 0 of 0 right.\n")
	shown := answers(t, "1")
	assert.Contains(t, shown, "The quiz has ended early: 0 of 1 right.\nRead again: lectures/07-sky/README.md\n")
}

func TestAnInterruptEndsTheQuizWhileThePersonThinks(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	keyboard, never := io.Pipe()
	defer never.Close()
	var out bytes.Buffer
	interrupt()
	require.NoError(t, Ask(ctx, keyboard, &out, loaded(t), rand.New(rand.NewPCG(1, 1))))
	assert.Contains(t, out.String(), "The quiz has ended early: 0 of 0 right.\n")
}

func TestTheStepsAreNeverShownInTheRightOrder(t *testing.T) {
	for seed := range uint64(50) {
		var out bytes.Buffer
		require.NoError(t, Ask(t.Context(), strings.NewReader("2\n1 2 3\n"), &out, loaded(t), rand.New(rand.NewPCG(seed, 1))))
		assert.Contains(t, out.String(), "1 of 2 right", "seed %d", seed)
	}
}

func TestThePageHidesItsAnswers(t *testing.T) {
	page := Markdown(loaded(t))
	assert.Contains(t, page, "## 7. The sky\n\nFrom [lecture 7](../07-sky/README.md).\n")
	assert.Contains(t, page, "\n<a id=\"sky\"></a>\n**sky** · Which?\n\n1. red\n2. blue\n\n<details><summary>Answer</summary>\n\n**2**, blue\n\nLook up.\n\n</details>\n")
	assert.Contains(t, page, "In which order?\n\n- accept\n- bind\n- close\n\n<details><summary>Answer</summary>\n\n1. bind\n2. accept\n3. close\n\nOne after")
	assert.Contains(t, page, "\n`\"> \\\"HI\\\"\\n\"`\n")
	assert.Contains(t, page, "Because.\n\n</details>\n")
}
