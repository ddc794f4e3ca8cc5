// Package transcript is the model of what happened in one test: the steps on the wire with their times, and the verdict
// that the test itself recorded. The lab writes it, the grader reads it, and every report renders it; nothing else
// crosses the boundary between a test's process and the grader.
package transcript

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Kind names what happened in a step.
type Kind string

// The kinds of steps. "The peer" is the program under test.
const (
	Started    Kind = "started"     // the program was started; Note holds its arguments
	Listening  Kind = "listening"   // the program, or the test in a client exercise, listens on a port
	Connected  Kind = "connected"   // the test connected to the program
	Accepted   Kind = "accepted"    // the test accepted a connection of the program
	Sent       Kind = "sent"        // the test sent Data
	Received   Kind = "received"    // the test received Data
	HalfClosed Kind = "half-closed" // the test shut down its sending side (FIN)
	Closed     Kind = "closed"      // the test closed its socket
	Reset      Kind = "reset"       // the test reset the connection (RST)
	GotEOF     Kind = "got-eof"     // the peer closed its sending side in order
	GotReset   Kind = "got-reset"   // the peer reset the connection
	Exited     Kind = "exited"      // the program ended; Note says how
	Killed     Kind = "killed"      // the test killed the program
	Wanted     Kind = "wanted"      // what the test wanted and did not get; the failure itself
	Observed   Kind = "observed"    // something read from the kernel; Note says what
	Noted      Kind = "noted"       // what the test asks next, in the words of Note
)

// Bytes are bytes from the wire. In JSON they are written as a quoted Go string literal, so that nothing that a program
// sends can be mistaken for anything but its bytes, and so that they can be read back exactly.
type Bytes string

// MarshalJSON writes b as a JSON string that holds a quoted Go string literal.
func (b Bytes) MarshalJSON() ([]byte, error) { return json.Marshal(strconv.QuoteToASCII(string(b))) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *Bytes) UnmarshalJSON(data []byte) error {
	var quoted string
	if err := json.Unmarshal(data, &quoted); err != nil {
		return err
	}
	s, err := strconv.Unquote(quoted)
	if err != nil {
		return fmt.Errorf("transcript bytes %.40q are not a quoted string: %w", quoted, err)
	}
	*b = Bytes(s)
	return nil
}

// Step is one thing that happened.
type Step struct {
	// MS is the time since the test began, in milliseconds, by the monotonic clock.
	MS float64 `json:"ms"`
	// Who is the connection ("A", "B", ...); empty for a step of the program as a whole.
	Who  string `json:"who,omitempty"`
	Kind Kind   `json:"kind"`
	// Data are the bytes of a Sent or Received step, and of a Wanted step that wanted bytes.
	Data Bytes `json:"data,omitempty"`
	// Note says in words what Kind and Data do not.
	Note string `json:"note,omitempty"`
}

// Status is the verdict of one test.
type Status string

// The verdicts. Only a Pass earns points.
const (
	Pass    Status = "pass"
	Fail    Status = "fail"
	Skipped Status = "skipped" // a test it needs has failed, or this machine cannot observe what it needs
	Error   Status = "error"   // the grader's own fault; never a zero for the student
)

// Record is what a test says of itself when it has run to its end. It travels as one line of JSON on a descriptor that
// the program under test never holds.
type Record struct {
	Test   string `json:"test"`
	Status Status `json:"status"`
	// Message is one line: what went wrong, or why the test was skipped.
	Message string `json:"message,omitempty"`
	// Meaning is one sentence: what a failure of this kind usually means.
	Meaning string `json:"meaning,omitempty"`
	// Expected and Actual are quoted bytes, or words such as "end of stream".
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Diff shows the first differing byte in hex and text, on lines of their own; empty where no bytes were compared.
	Diff string `json:"diff,omitempty"`
	// Steps lead to what the test says. A pass needs no evidence and has none: what the tests of ten solutions send and
	// receive is 80 MB.
	Steps []Step `json:"steps,omitempty"`
	// Setup is true when the test failed before it could ask its own question: the program does not build, or does not
	// listen. The test's hint leads nowhere then.
	Setup bool `json:"setup,omitempty"`
	// Starved is true when the machine was so busy that the verdict may be the machine's.
	Starved bool   `json:"starved,omitempty"`
	Seed    uint64 `json:"seed"`
}
