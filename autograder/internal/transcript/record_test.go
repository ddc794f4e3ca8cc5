package transcript

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	want := Record{
		Test: "TestX", Status: Fail, Message: "m <&>", Expected: `"é"`, Actual: `"\xff"`, Diff: "a\nb", Seed: math.MaxUint64,
		Steps: []Step{{MS: 0.25, Who: "A", Kind: Received, Data: "\x00\xff\u202e\"", Note: "note\nnote"}},
	}
	var b bytes.Buffer
	require.NoError(t, WriteRecord(&b, want))
	assert.Equal(t, 1, strings.Count(b.String(), "\n"))
	got, err := ReadRecord(iotest.OneByteReader(&b))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestARecordThatIsNotQuiteRightIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, message string }{
		"nothing":           {"", "left no record"},
		"an empty line":     {"\n", "is not one"},
		"not JSON":          {"--- PASS: TestX\n", "is not one"},
		"cut off":           {`{"test":"T","status":"pass"`, "cut off after 27 bytes"},
		"two lines":         {`{"test":"T","status":"fail"}` + "\n" + `{"test":"T","status":"pass"}` + "\n", "more than one record"},
		"two on a line":     {`{"test":"T","status":"fail"}{"test":"T","status":"pass"}` + "\n", "more than one record"},
		"no test":           {`{"status":"pass"}` + "\n", "names no test"},
		"no status":         {`{"test":"T"}` + "\n", `unknown status ""`},
		"an unknown status": {`{"test":"T","status":"PASS"}` + "\n", `unknown status "PASS"`},
		"an unknown key":    {`{"test":"T","status":"pass","score":10}` + "\n", "unknown field"},
		"a key twice":       {`{"test":"T","status":"fail","status":"pass","seed":0}` + "\n", "is not as it would have been written: as read, it is"},
		"a key in capitals": {`{"test":"T","STATUS":"pass","seed":0}` + "\n", "is not as it would have been written"},
		"another type":      {"[]\n", "is not one"},
		"null":              {"null\n", "names no test"},
	} {
		t.Run(name, func(t *testing.T) {
			record, err := ReadRecord(strings.NewReader(c.text))
			require.ErrorContains(t, err, c.message)
			if c.text == "" {
				require.ErrorIs(t, err, ErrNoRecord)
			}
			requireHarmless(t, err.Error(), "")
			assert.Zero(t, record)
		})
	}
}

func TestARecordThatIsTooLongIsRefused(t *testing.T) {
	_, err := readRecord(strings.NewReader(strings.Repeat(" ", 1001)), 1000)
	require.EqualError(t, err, "the test's record is longer than 1,000 bytes; record less in the test")
}

func TestAnErrorOfTheReaderIsPassedOn(t *testing.T) {
	broken := errors.New("broken")
	_, err := ReadRecord(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func TestARecordWithoutAVerdictIsNotWritten(t *testing.T) {
	var b bytes.Buffer
	require.ErrorContains(t, WriteRecord(&b, Record{Test: "T"}), "unknown status")
	require.ErrorContains(t, WriteRecord(&b, Record{Status: Pass}), "names no test")
	require.ErrorContains(t, WriteRecord(&b, Record{Test: "T", Status: Pass, Steps: []Step{{MS: math.NaN()}}}), "record of T")
	assert.Empty(t, b.Bytes())
}
