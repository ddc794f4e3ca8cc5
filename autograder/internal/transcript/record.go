package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxRecord bounds what the grader is ready to hold of one test. A test that sends 64 MiB of bytes that all need escaping
// stays below it.
const maxRecord = 256 << 20

// ErrNoRecord says that a test ended before it could say how it went: it panicked, was killed, or never ran.
var ErrNoRecord = errors.New("the test left no record: it ended before it could say how it went")

// ReadRecord reads what WriteRecord wrote: exactly one line that holds one record. Everything else is an error, since a
// record that is not quite right must never become a verdict.
func ReadRecord(r io.Reader) (Record, error) { return readRecord(r, maxRecord) }

func readRecord(r io.Reader, limit int64) (Record, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return Record{}, fmt.Errorf("read the test's record: %w", err)
	}
	if int64(len(data)) > limit {
		return Record{}, fmt.Errorf("the test's record is longer than %s; record less in the test", count(int(limit), "byte"))
	}
	if len(data) == 0 {
		return Record{}, ErrNoRecord
	}
	line, rest, ended := bytes.Cut(data, []byte("\n"))
	if !ended {
		return Record{}, fmt.Errorf("the test's record was cut off after %s: it does not end in a newline", count(len(data), "byte"))
	}
	if len(rest) > 0 {
		return Record{}, fmt.Errorf("the test left more than one record: %s follow the first line: %s",
			count(len(rest), "byte"), Quote(rest, 60))
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var record Record
	if err := decoder.Decode(&record); err != nil {
		return Record{}, fmt.Errorf("the test's record %s is not one: %w", Quote(line, 60), err)
	}
	if after := bytes.TrimSpace(line[decoder.InputOffset():]); len(after) > 0 {
		return Record{}, fmt.Errorf("the test left more than one record: after the first comes %s", Quote(after, 60))
	}
	var again bytes.Buffer
	if err := WriteRecord(&again, record); err != nil {
		return Record{}, err
	}
	// JSON lets a key come twice, or in other letters, and the last one counts. No record of this package's own does that.
	if !bytes.Equal(again.Bytes(), data) {
		return Record{}, fmt.Errorf("the test's record %s is not as it would have been written: as read, it is %s",
			Quote(line, 60), Quote(bytes.TrimSpace(again.Bytes()), 60))
	}
	return record, nil
}

// WriteRecord writes rec as one line of JSON, in one call of Write. What in its texts is no UTF-8 becomes U+FFFD.
func WriteRecord(w io.Writer, rec Record) error {
	if err := rec.check(); err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(rec.inUTF8()); err != nil {
		return fmt.Errorf("write the record of %s: %w", Line(rec.Test, 80), err)
	}
	return nil
}

// inUTF8 is the record as JSON can hold it. The encoder would put a replacement in another spelling than it gives to the same
// character when it was there before, and a record that is read would not be the one that was written.
func (r Record) inUTF8() Record {
	valid := func(texts ...*string) {
		for _, text := range texts {
			*text = strings.ToValidUTF8(*text, "\ufffd")
		}
	}
	valid(&r.Test, &r.Message, &r.Meaning, &r.Expected, &r.Actual, &r.Diff)
	r.Steps = slices.Clone(r.Steps)
	for i := range r.Steps {
		step := &r.Steps[i]
		valid(&step.Who, (*string)(&step.Kind), &step.Note)
	}
	return r
}

// check refuses a record that names no test or gives no verdict.
func (r Record) check() error {
	if r.Test == "" {
		return errors.New("the record names no test")
	}
	switch r.Status {
	case Pass, Fail, Skipped, Error:
		return nil
	}
	return fmt.Errorf("the record of %s has the unknown status %s", Line(r.Test, 80), Quote([]byte(r.Status), 40))
}
