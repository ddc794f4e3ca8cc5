package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"tcplab/autograder/internal/grade"
)

// JSON writes r by the schema tcplab/result/v1, which SCHEMA.md explains. Nothing is shortened. What a terminal or a CI log
// could take for a command is written as \u escapes, which a reader of JSON turns back into the same characters.
func JSON(w io.Writer, r grade.Result) error { return writeJSON(w, complete(r)) }

// writeJSON writes a document that can be printed as it is.
func writeJSON(w io.Writer, document any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write the result as JSON: %w", err)
	}
	_, err := w.Write(escapeUnprintable(b.Bytes()))
	return err
}

// complete fills in what every result of the schema has: its name, and lists that are empty rather than null.
func complete(r grade.Result) grade.Result {
	r.Schema = grade.Schema
	r.Exercises = append([]grade.ExerciseResult{}, r.Exercises...)
	for i := range r.Exercises {
		if r.Exercises[i].Tests == nil {
			r.Exercises[i].Tests = []grade.TestResult{}
		}
	}
	return r
}

// ciOrder is how some CI services mark a command inside a line of a log.
var ciOrder = regexp.MustCompile(`##(\w*)\[`)

// escapeUnprintable works on finished JSON, where anything but ASCII stands inside of strings only. The encoder has
// escaped the control characters of ASCII already, save DEL.
func escapeUnprintable(text []byte) []byte {
	text = ciOrder.ReplaceAll(text, []byte(`#\u0023${1}[`))
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' || strconv.IsPrint(r):
			out = append(out, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	return out
}
