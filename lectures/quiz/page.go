package quiz

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Markdown is the part of the review's page that holds the questions of all lectures. Each answer is folded, and each question
// has an anchor of the name of its ID. The page stands in a folder beside those of the lectures.
func Markdown(lectures []Lecture) string {
	var b strings.Builder
	for _, lecture := range lectures {
		fmt.Fprintf(&b, "## %d. %s\n\nFrom [lecture %d](../%s/README.md).\n", lecture.Number, lecture.Title, lecture.Number, lecture.Folder)
		for _, q := range lecture.Questions {
			fmt.Fprintf(&b, "\n<a id=\"%s\"></a>\n**%s** · %s\n", q.ID, q.ID, q.Question)
			q.writeOptions(&b)
			fmt.Fprintf(&b, "\n<details><summary>Answer</summary>\n\n%s\n\n</details>\n", q.answer())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// writeOptions shows those of an Order sorted by their letters, which tells nothing.
func (q Question) writeOptions(b *strings.Builder) {
	if len(q.Options) == 0 {
		return
	}
	b.WriteByte('\n')
	for i, option := range q.Options {
		if q.Kind == Choice {
			fmt.Fprintf(b, "%d. %s\n", i+1, option)
		}
	}
	if q.Kind == Order {
		for _, option := range slices.Sorted(slices.Values(q.Options)) {
			fmt.Fprintf(b, "- %s\n", option)
		}
	}
}

func (q Question) answer() string {
	var answer string
	switch q.Kind {
	case Choice:
		answer = fmt.Sprintf("**%d**, %s", q.Right+1, q.Options[q.Right])
	case Order:
		var lines []string
		for i, option := range q.Options {
			lines = append(lines, fmt.Sprintf("%d. %s", i+1, option))
		}
		answer = strings.Join(lines, "\n")
	case Bytes:
		answer = "`" + strconv.Quote(q.Answer) + "`"
	case Open:
		answer = q.Answer
	}
	if q.Why == "" {
		return answer
	}
	return answer + "\n\n" + q.Why
}
