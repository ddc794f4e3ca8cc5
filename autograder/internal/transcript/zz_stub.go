package transcript

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

func Quote(b []byte, max int) string          { return strconv.Quote(string(b)) }
func Diff(got, want []byte) string            { return "" }
func WriteRecord(w io.Writer, r Record) error { return json.NewEncoder(w).Encode(r) }

type Failure struct {
	Requirement, Hint, Again string
	Record                   Record
}

func (f Failure) WriteText(w io.Writer, indent string) error {
	for _, s := range f.Record.Steps {
		fmt.Fprintf(w, "%s%8.1f ms %s %s %.60q %s\n", indent, s.MS, s.Who, s.Kind, string(s.Data), s.Note)
	}
	fmt.Fprintln(w, f.Record.Message, "\n", f.Record.Meaning, "\n", f.Record.Expected, "\n", f.Record.Actual, "\n", f.Again)
	return nil
}
