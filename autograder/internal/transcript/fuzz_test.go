package transcript

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReadRecord looks for bytes that make the reader panic, or that it takes for a record although WriteRecord never wrote
// them: two records in whatever disguise, half of one, or one that says a thing twice. What it takes can be told.
func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"test":"T","status":"fail","steps":[{"ms":1.5,"who":"A","kind":"sent","data":"\"x\\x00\""}],"seed":7}` + "\n"))
	f.Add([]byte(`{"test":"T","status":"pass","seed":0}` + "\n"))
	f.Add([]byte(`{"test":"T","status":"pass"}` + "\n" + "{}"))
	f.Add([]byte(`{"test":"T","status":"fail","test":"T","status":"pass","seed":0}` + "\n"))
	f.Add([]byte(`{"test":"T","STATUS":"pass","seed":0}` + "\n"))
	f.Add([]byte(`{"test":"T","status":"pass","steps":null,"seed":0}` + " \n"))
	f.Add([]byte("null\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, err := ReadRecord(bytes.NewReader(data))
		if err != nil {
			require.Zero(t, record)
			requireHarmless(t, err.Error(), "")
			return
		}
		var again bytes.Buffer
		require.NoError(t, WriteRecord(&again, record))
		require.Equal(t, string(data), again.String())
		_, err = ReadRecord(bytes.NewReader(append(bytes.Clone(data), data...)))
		require.ErrorContains(t, err, "more than one record")
		for _, length := range []int{1, len(data) / 2, len(data) - 1} {
			_, err = ReadRecord(bytes.NewReader(data[:length]))
			require.ErrorContains(t, err, "cut off")
		}
		var text strings.Builder
		require.NoError(t, Failure{Record: record}.WriteText(&text, "  "))
		requireHarmless(t, text.String(), "\n\t")
	})
}

// FuzzWriteRecord looks for a record that is written and then refused, or read as another. Only bytes that are no UTF-8 may
// change, and they only where they stand in a text: what was on the wire stays as it was.
func FuzzWriteRecord(f *testing.F) {
	f.Add("TestX", "fail", "m <&>\u2028", "\x00\xff\u202e\"", 0.25, uint64(math.MaxUint64))
	f.Add("\xff\xfe", "pass", "\ufffd\xff\\ufffd", "\\ufffd", 1e300, uint64(0))
	f.Fuzz(func(t *testing.T, test, status, text, data string, ms float64, seed uint64) {
		want := Record{
			Test: test, Status: Status(status), Message: text, Meaning: text, Expected: text, Actual: text, Diff: text, Seed: seed,
			Steps: []Step{{MS: ms, Who: text, Kind: Kind(text), Data: Bytes(data), Note: text}},
		}
		var b bytes.Buffer
		if WriteRecord(&b, want) != nil {
			require.Zero(t, b.Len())
			return
		}
		got, err := ReadRecord(&b)
		require.NoError(t, err)
		require.Equal(t, want.Steps[0].Data, got.Steps[0].Data)
		require.Equal(t, want.Status, got.Status)
		require.Equal(t, want.Seed, got.Seed)
		require.Equal(t, strings.ToValidUTF8(text, "\ufffd"), strings.ToValidUTF8(got.Message, "\ufffd"))
	})
}
