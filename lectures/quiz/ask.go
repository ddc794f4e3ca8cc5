package quiz

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// quiz is one person in front of one terminal.
type quiz struct {
	ctx    context.Context
	typed  chan string
	out    io.Writer
	random *rand.Rand
}

// Ask asks the questions of the lectures one after the other, explains each answer, and says in the end how many were right.
// The end of the input, or of ctx, ends the quiz early, which is no error. The options of an Order are shuffled by random.
func Ask(ctx context.Context, in io.Reader, out io.Writer, lectures []Lecture, random *rand.Rand) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	q := &quiz{ctx: ctx, typed: make(chan string), out: out, random: random}
	go q.listen(in)
	total := 0
	for _, lecture := range lectures {
		total += len(asked(lecture))
	}
	number, right := 0, 0
	var readAgain []string
	for _, lecture := range lectures {
		for _, question := range asked(lecture) {
			number++
			fmt.Fprintf(out, "\n%d of %d · lecture %d, %s\n\n%s\n", number, total, lecture.Number, lecture.Title, question.Question)
			correct, answered := q.ask(question)
			if !answered {
				fmt.Fprintf(out, "\n\nThe quiz has ended early: %d of %d right.\n", right, number-1)
				return q.tellWhatToRead(readAgain)
			}
			if correct {
				right++
			} else if file := "lectures/" + lecture.Folder + "/README.md"; !slices.Contains(readAgain, file) {
				readAgain = append(readAgain, file)
			}
			fmt.Fprintln(out, question.Why)
		}
	}
	fmt.Fprintf(out, "\n%d of %d right.\n", right, total)
	return q.tellWhatToRead(readAgain)
}

// asked are the questions that a terminal can judge.
func asked(lecture Lecture) []Question {
	return slices.DeleteFunc(slices.Clone(lecture.Questions), func(q Question) bool { return q.Kind == Open })
}

func (q *quiz) tellWhatToRead(files []string) error {
	for _, file := range files {
		fmt.Fprintln(q.out, "Read again:", file)
	}
	_, err := fmt.Fprintln(q.out, "All questions, and those that want a longer answer: lectures/11-review/README.md")
	return err
}

// listen passes on what is typed. A read cannot be interrupted: who waits for a line listens to the context as well.
func (q *quiz) listen(in io.Reader) {
	defer close(q.typed)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		select {
		case q.typed <- lines.Text():
		case <-q.ctx.Done():
			return
		}
	}
}

// line asks until what is typed can be taken for an answer. ok is false when nothing more will come.
func (q *quiz) line(prompt string, take func(text string) error) (ok bool) {
	for {
		fmt.Fprint(q.out, prompt)
		select {
		case <-q.ctx.Done():
			return false
		case text, more := <-q.typed:
			if !more {
				return false
			}
			err := take(strings.TrimSpace(text))
			if err == nil {
				return true
			}
			fmt.Fprintln(q.out, err)
		}
	}
}

// ask asks one question until it is answered, and says what is right.
func (q *quiz) ask(question Question) (right, answered bool) {
	switch question.Kind {
	case Choice:
		return q.askChoice(question)
	case Order:
		return q.askOrder(question)
	default:
		return q.askBytes(question)
	}
}

func (q *quiz) askChoice(question Question) (right, answered bool) {
	for i, option := range question.Options {
		fmt.Fprintf(q.out, "  %d  %s\n", i+1, option)
	}
	choice := 0
	if !q.line("Which number? ", func(text string) (err error) {
		choice, err = strconv.Atoi(text)
		if err != nil || choice < 1 || choice > len(question.Options) {
			return fmt.Errorf("%q is none of the numbers from 1 to %d.", text, len(question.Options))
		}
		return nil
	}) {
		return false, false
	}
	right = choice-1 == question.Right
	q.judge(right, fmt.Sprintf("%d  %s", question.Right+1, question.Options[question.Right]))
	return right, true
}

func (q *quiz) askOrder(question Question) (right, answered bool) {
	n := len(question.Options)
	shuffled := q.random.Perm(n)
	for slices.IsSorted(shuffled) { // the right order is no question
		shuffled = q.random.Perm(n)
	}
	for i, option := range shuffled {
		fmt.Fprintf(q.out, "  %d  %s\n", i+1, question.Options[option])
	}
	var order []int
	if !q.line("The numbers in the right order, with spaces between? ", func(text string) (err error) {
		order, err = permutation(text, n)
		return err
	}) {
		return false, false
	}
	right = slices.IsSortedFunc(order, func(a, b int) int { return shuffled[a] - shuffled[b] })
	q.judge(right, "this order:\n  "+strings.Join(question.Options, "\n  "))
	return right, true
}

// permutation reads the numbers from 1 to n in any order, and returns them less one.
func permutation(text string, n int) ([]int, error) {
	var order []int
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		number, err := strconv.Atoi(field)
		if err != nil || number < 1 || number > n || slices.Contains(order, number-1) {
			return nil, fmt.Errorf("%q: write each number from 1 to %d once.", text, n)
		}
		order = append(order, number-1)
	}
	if len(order) < n {
		return nil, fmt.Errorf("%q: write all numbers from 1 to %d.", text, n)
	}
	return order, nil
}

func (q *quiz) askBytes(question Question) (right, answered bool) {
	var answer string
	if !q.line(`Which bytes? (\n is a newline) `, func(text string) (err error) {
		if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
			text = `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
		}
		if answer, err = strconv.Unquote(text); err != nil {
			return fmt.Errorf(`%s cannot be read: write letters as they are, \n for a newline, \\ for a backslash.`, strconv.QuoteToASCII(text))
		}
		return nil
	}) {
		return false, false
	}
	right = answer == question.Answer
	q.judge(right, strconv.Quote(question.Answer))
	return right, true
}

func (q *quiz) judge(right bool, answer string) {
	if right {
		fmt.Fprint(q.out, "Right. ")
		return
	}
	fmt.Fprintf(q.out, "No, it is %s\n", answer)
}
