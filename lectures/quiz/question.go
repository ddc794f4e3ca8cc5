// Package quiz reads the questions of the lectures, asks them in a terminal, and writes them as a page of the review. They
// stand in the file questions.json beside the lecture that they are about, and nowhere else:
//
//	[
//		{"id": "sky", "kind": "choice", "question": "Which?", "options": ["red", "blue"], "answer": 1, "why": "Look up."},
//		{"id": "steps", "kind": "order", "question": "In which order?", "options": ["bind", "accept"], "why": "..."},
//		{"id": "reply", "kind": "bytes", "question": "What comes?", "answer": "> HI\n", "why": "It is a line."},
//		{"id": "essay", "kind": "open", "question": "Why?", "answer": "Because."}
//	]
//
// The answer to a choice is an index; the options of an order stand in the right order; open questions are on the page only.
package quiz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind says how a question is answered.
type Kind string

// The kinds of questions.
const (
	Choice Kind = "choice" // one of the options is right
	Order  Kind = "order"  // the options have to be put in order
	Bytes  Kind = "bytes"  // the answer is what travels over the connection, byte by byte
	Open   Kind = "open"   // the answer is prose or a program; it stands on the page, and a terminal cannot judge it
)

// Question is one question of a lecture.
type Question struct {
	ID       string   // small letters, digits and hyphens; unique among all lectures, for links to it
	Kind     Kind     //
	Question string   // in Markdown
	Options  []string // of a Choice; of an Order, in the right order
	Right    int      // of a Choice: the index of the right option
	Answer   string   // of Bytes: the exact text; of an Open question: prose in Markdown
	Why      string   // in Markdown, shown with the answer
}

// Lecture is a lecture that has questions.
type Lecture struct {
	Number    int
	Folder    string // "03-socket-api"
	Title     string // of its README, without the number
	Questions []Question
}

var (
	folderName = regexp.MustCompile(`^([0-9]{2})-[a-z0-9-]+$`)
	titleLine  = regexp.MustCompile(`(?m)^# (?:[0-9]+\. *)?(.+)$`)
	idPattern  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// Load reads the questions of all lectures below a folder, in the order of the lectures. Its errors name the file.
func Load(dir string) ([]Lecture, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("read the lectures: %w", err)
	}
	var lectures []Lecture
	from := map[string]string{} // of an ID: its file
	for _, entry := range entries {
		name := folderName.FindStringSubmatch(entry.Name())
		if name == nil {
			continue
		}
		file := filepath.Join(dir, entry.Name(), "questions.json")
		content, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lecture := Lecture{Folder: entry.Name()}
		lecture.Number, _ = strconv.Atoi(name[1]) // two digits
		if lecture.Title, err = title(filepath.Join(dir, entry.Name(), "README.md")); err != nil {
			return nil, err
		}
		if lecture.Questions, err = parse(content); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, q := range lecture.Questions {
			if other := from[q.ID]; other != "" {
				return nil, fmt.Errorf("%s: question %s is in %s already: an id is for one question", file, q.ID, other)
			}
			from[q.ID] = file
		}
		lectures = append(lectures, lecture)
	}
	return lectures, nil
}

func title(readme string) (string, error) {
	text, err := os.ReadFile(readme)
	if err != nil {
		return "", err
	}
	found := titleLine.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s has no title: begin it with # N. Title", readme)
	}
	return strings.TrimSpace(string(found[1])), nil
}

// written is a question as it stands in the file.
type written struct {
	ID       string          `json:"id"`
	Kind     Kind            `json:"kind"`
	Question string          `json:"question"`
	Options  []string        `json:"options"`
	Answer   json.RawMessage `json:"answer"`
	Why      string          `json:"why"`
}

func parse(content []byte) ([]Question, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // a key in the wrong spelling would be an answer that is missing
	var all []written
	if err := decoder.Decode(&all); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("there is something after the list of questions")
	}
	var questions []Question
	for i, w := range all {
		q, err := w.question()
		if err != nil {
			return nil, fmt.Errorf("question %d (%s): %w", i+1, w.ID, err)
		}
		questions = append(questions, q)
	}
	return questions, nil
}

// question is what is written, if it can be asked.
func (w written) question() (Question, error) {
	q := Question{ID: w.ID, Kind: w.Kind, Question: strings.TrimSpace(w.Question), Options: w.Options, Why: strings.TrimSpace(w.Why)}
	if !idPattern.MatchString(q.ID) {
		return Question{}, errors.New("an id is of small letters, digits and hyphens, such as tcp-four-values")
	}
	if q.Question == "" {
		return Question{}, errors.New("the question is empty")
	}
	if q.Why == "" && q.Kind != Open {
		return Question{}, errors.New(`"why" is empty: who was wrong wants to know`)
	}
	sorted := slices.Sorted(slices.Values(q.Options))
	withOptions := q.Kind == Choice || q.Kind == Order
	switch {
	case withOptions && len(q.Options) < 2:
		return Question{}, errors.New("it needs two options at least")
	case !withOptions && len(q.Options) > 0:
		return Question{}, fmt.Errorf("a question of kind %s has no options", q.Kind)
	case len(slices.Compact(sorted)) < len(q.Options):
		return Question{}, errors.New("two options are the same")
	}
	var err error
	switch q.Kind {
	case Choice:
		err = json.Unmarshal(w.Answer, &q.Right)
		if err == nil && (q.Right < 0 || q.Right >= len(q.Options)) {
			err = errors.New("there is no option of that index; the first is 0")
		}
	case Order:
		if len(w.Answer) > 0 {
			err = errors.New("leave it out: the options stand in the right order")
		}
	case Bytes, Open:
		err = json.Unmarshal(w.Answer, &q.Answer)
		switch {
		case err == nil && q.Answer == "":
			err = errors.New("it is empty")
		case q.Kind == Bytes && (strings.HasPrefix(q.Answer, `"`) || strings.Contains(q.Answer, `\`)):
			err = errors.New(`quote it once, as JSON does: "> HELLO\n"`)
		}
	default:
		return Question{}, fmt.Errorf("there is no kind %q: write choice, order, bytes or open", q.Kind)
	}
	if err != nil {
		return Question{}, fmt.Errorf(`"answer": %w`, err)
	}
	return q, nil
}
