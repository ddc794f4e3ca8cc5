package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// The most that a policy may say.
const (
	mostPoints       = 1000
	mostGraceMinutes = 7 * 24 * 60
)

// reader reads a policy's JSON key by key, since encoding/json does not say in which line a key stands that nobody knows.
type reader struct {
	file    string
	text    []byte
	decoder *json.Decoder
	last    int64 // where the token begins that was read last
}

func newReader(file string, text []byte) *reader {
	return &reader{file: file, text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
}

// keys are those of one object, each with what reads its value.
type keys map[string]func() error

func (r *reader) policy(p *Policy) error {
	return r.object(keys{
		"$schema":     func() error { return r.value(new(string), "the schema's file name in quotes") },
		"points":      func() error { return r.number(&p.Points, mostPoints) },
		"details":     func() error { return r.details(&p.Details) },
		"deadline":    func() error { return r.time(&p.Deadline) },
		"late":        func() error { return r.late(&p.Late) },
		"submissions": func() error { return r.submissions(&p.Last) },
		"exercises": func() error {
			return r.members(func(id string) error {
				var e Exercise
				err := r.exercise(&e)
				p.Exercises[id] = e
				return err
			})
		},
	})
}

func (r *reader) late(late *Late) error {
	return r.object(keys{
		"percent_per_day": func() error { return r.number(&late.PercentPerDay, 100) },
		"most_percent":    func() error { return r.number(&late.MostPercent, 100) },
		"grace_minutes": func() error {
			var minutes int
			err := r.number(&minutes, mostGraceMinutes)
			late.Grace = time.Duration(minutes) * time.Minute
			return err
		},
	})
}

func (r *reader) exercise(e *Exercise) error {
	return r.object(keys{
		"points": func() error {
			e.Points = new(int)
			return r.number(e.Points, mostPoints)
		},
		"details":  func() error { return r.details(&e.Details) },
		"deadline": func() error { return r.time(&e.Deadline) },
		"tests": func() error {
			e.Tests = map[string]Details{}
			return r.members(func(test string) error {
				var details Details
				err := r.details(&details)
				e.Tests[test] = details
				return err
			})
		},
	})
}

// object reads an object of which all keys are known.
func (r *reader) object(known keys) error {
	return r.members(func(name string) error {
		read, ok := known[name]
		if !ok {
			return r.errorf("there is no key %.40q here; the keys are %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		return read()
	})
}

// members reads an object of any keys. read is called behind each key, and reads its value.
func (r *reader) members(read func(name string) error) error {
	if token, err := r.token(); err != nil {
		return err
	} else if token != json.Delim('{') {
		return r.errorf("an object is missing here: write { and }, with its keys in between")
	}
	seen := map[string]bool{}
	for r.decoder.More() {
		token, err := r.token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder takes nothing else for a key
		if seen[name] {
			return r.errorf("the key %.40q comes twice: keep one", name)
		}
		seen[name] = true
		if err := read(name); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// value reads one value; what says which ones are right.
func (r *reader) value(into any, what string) error {
	r.mark()
	var raw json.RawMessage
	if err := r.decoder.Decode(&raw); err != nil {
		return r.broken(err)
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil { // null would leave the value as it is
		return r.errorf("%.40s does not fit here: write %s", raw, what)
	}
	return nil
}

func (r *reader) number(into *int, most int) error {
	what := fmt.Sprintf("a whole number from 0 to %d", most)
	if err := r.value(into, what); err != nil {
		return err
	}
	if *into < 0 || *into > most {
		return r.errorf("%d does not fit here: write %s", *into, what)
	}
	return nil
}

func (r *reader) details(into *Details) error {
	return r.oneOf((*string)(into), string(Hidden), string(Name), string(Full))
}

func (r *reader) submissions(last *bool) error {
	var which string
	err := r.oneOf(&which, "best", "last")
	*last = which == "last"
	return err
}

func (r *reader) oneOf(into *string, words ...string) error {
	what := fmt.Sprintf("one of %q", words)
	if err := r.value(into, what); err != nil {
		return err
	}
	if !slices.Contains(words, *into) {
		return r.errorf("%.40q does not fit here: write %s", *into, what)
	}
	return nil
}

func (r *reader) time(into *time.Time) error {
	var text string
	const what = "a time by RFC 3339, such as \"2027-01-31T23:59:59+01:00\""
	if err := r.value(&text, what); err != nil {
		return err
	}
	var err error
	if *into, err = time.Parse(time.RFC3339, text); err != nil {
		return r.errorf("%.40q does not fit here: write %s", text, what)
	}
	return nil
}

// end makes sure that nothing follows.
func (r *reader) end() error {
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		r.mark()
		return r.errorf("something stands behind the policy's last }: remove it")
	}
	return nil
}

func (r *reader) token() (json.Token, error) {
	r.mark()
	token, err := r.decoder.Token()
	if err != nil {
		return nil, r.broken(err)
	}
	return token, nil
}

// mark remembers where the next token begins, for the line of an error.
func (r *reader) mark() {
	r.last = r.decoder.InputOffset()
	for r.last < int64(len(r.text)) && strings.IndexByte(" \t\r\n,:", r.text[r.last]) >= 0 {
		r.last++
	}
}

// broken is the error for text that is no JSON.
func (r *reader) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.last = int64(len(r.text))
		err = errors.New("the file ends too early: a } is missing")
	}
	return r.errorf("%v", err)
}

func (r *reader) errorf(format string, args ...any) error {
	line := 1 + bytes.Count(r.text[:min(int(r.last), len(r.text))], []byte("\n"))
	return fmt.Errorf("%s:%d: "+format, append([]any{r.file, line}, args...)...)
}
