package transcript

import (
	"fmt"
	"strings"
)

// The bytes that Diff shows around the first difference: enough to recognise the place, few enough for one line.
const (
	diffBefore = 8
	diffAfter  = 8
)

// Diff shows where got first differs from want: the offset, and the bytes around it in hex and as text, with a caret under
// the first wrong byte. It is empty when both are equal, and ends without a newline.
func Diff(got, want []byte) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	var where string
	switch {
	case at == len(got) && at == len(want):
		return ""
	case at == len(got):
		where = fmt.Sprintf("got ends after %s, want has %s", count(len(got), "byte"), count(len(want), "byte"))
	case at == len(want):
		where = fmt.Sprintf("got has %s, want ends after %s", count(len(got), "byte"), count(len(want), "byte"))
	default:
		where = fmt.Sprintf("first difference at offset %d: got 0x%02x, want 0x%02x", at, got[at], want[at])
	}

	from := max(0, at-diffBefore)
	gotHex, gotText := cells(got, from, at)
	wantHex, wantText := cells(want, from, at)
	caret := strings.Repeat("   ", at-from) + "^^"
	if from > 0 {
		caret = "  " + caret
	}
	return strings.Join([]string{
		where,
		"got   " + gotHex,
		strings.TrimRight("      "+gotText, " "),
		"want  " + wantHex,
		strings.TrimRight("      "+wantText, " "),
		"      " + caret,
	}, "\n")
}

// cells lays out the bytes of data around offset at in two rows of cells, each two columns wide: hex, and text.
func cells(data []byte, from, at int) (hex, text string) {
	to := min(len(data), at+diffAfter)
	var hexes, texts []string
	if from > 0 {
		hexes, texts = append(hexes, "…"), append(texts, " ")
	}
	for _, b := range data[from:to] {
		hexes, texts = append(hexes, fmt.Sprintf("%02x", b)), append(texts, fmt.Sprintf("%2s", letter(b)))
	}
	switch {
	case at == len(data):
		hexes = append(hexes, "--")
	case to < len(data):
		hexes = append(hexes, "…")
	}
	return strings.Join(hexes, " "), strings.Join(texts, " ")
}

// letter names a byte in at most two columns.
func letter(b byte) string {
	switch b {
	case 0:
		return `\0`
	case '\t':
		return `\t`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case ' ':
		return "sp"
	}
	if b > ' ' && b < 0x7f {
		return string(rune(b))
	}
	return "·"
}
