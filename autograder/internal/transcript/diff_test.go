package transcript

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADiffPointsAtTheFirstWrongByte(t *testing.T) {
	assert.Equal(t, strings.Join([]string{
		`first difference at offset 5: got 0x0d, want 0x0a`,
		`got   48 45 4c 4c 4f 0d 0a`,
		`       H  E  L  L  O \r \n`,
		`want  48 45 4c 4c 4f 0a`,
		`       H  E  L  L  O \n`,
		`                     ^^`,
	}, "\n"), Diff([]byte("HELLO\r\n"), []byte("HELLO\n")))
}

func TestADiffInTheMiddleShowsAFewBytesOnBothSides(t *testing.T) {
	got := strings.Repeat("x", 1000) + "A b\x00" + strings.Repeat("y", 1000)
	want := strings.Repeat("x", 1000) + "A B\x00" + strings.Repeat("y", 1000)
	assert.Equal(t, strings.Join([]string{
		`first difference at offset 1002: got 0x62, want 0x42`,
		`got   … 78 78 78 78 78 78 41 20 62 00 79 79 79 79 79 79 …`,
		`         x  x  x  x  x  x  A sp  b \0  y  y  y  y  y  y`,
		`want  … 78 78 78 78 78 78 41 20 42 00 79 79 79 79 79 79 …`,
		`         x  x  x  x  x  x  A sp  B \0  y  y  y  y  y  y`,
		`                                ^^`,
	}, "\n"), Diff([]byte(got), []byte(want)))
}

func TestADiffSaysWhichSideEndsFirst(t *testing.T) {
	assert.Equal(t, strings.Join([]string{
		`got ends after 2 bytes, want has 3 bytes`,
		`got   4f 4b --`,
		`       O  K`,
		`want  4f 4b 0a`,
		`       O  K \n`,
		`            ^^`,
	}, "\n"), Diff([]byte("OK"), []byte("OK\n")))
	assert.Contains(t, Diff([]byte("OK\n"), []byte("O")), "got has 3 bytes, want ends after 1 byte\n")
	assert.Contains(t, Diff(nil, []byte("O")), "got ends after 0 bytes")
}

func TestEqualBytesHaveNoDiff(t *testing.T) {
	assert.Empty(t, Diff(nil, nil))
	assert.Empty(t, Diff([]byte("same"), []byte("same")))
}

func TestTheCaretOfADiffStandsBelowBytesThatDiffer(t *testing.T) {
	require.NoError(t, quick.Check(func(common, got, want []byte) bool {
		a, b := append(common[:len(common):len(common)], got...), append(common[:len(common):len(common)], want...)
		diff := Diff(a, b)
		requireHarmless(t, diff, "\n")
		if string(a) == string(b) {
			return diff == ""
		}
		lines := strings.Split(diff, "\n")
		column := len(lines[5]) - 2
		cell := func(line string) string {
			if columns := []rune(line); len(columns) >= column+2 {
				return string(columns[column : column+2])
			}
			return ""
		}
		return len(lines) == 6 && cell(lines[1]) != "" && cell(lines[1]) != cell(lines[3])
	}, nil))
}
