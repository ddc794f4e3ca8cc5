package transcript

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAQuoteKeepsLettersAndEscapesTheRest(t *testing.T) {
	for data, want := range map[string]string{
		"HELLO\n":                  `"HELLO\n"`,
		"é ñ ü ж λ":                `"é ñ ü ж λ"`,
		"a\r\n\t\x00\x1b[31mred":   `"a\r\n\t\x00\x1b[31mred"`,
		`say "hi" \`:               `"say \"hi\" \\"`,
		"\xc3":                     `"\xc3"`,
		"\u202eevil\u2066\u200b":   `"\u202eevil\u2066\u200b"`,
		"e\u0301":                  `"e\u0301"`,
		"\u0085\u009b31m\ufeff":    `"\u0085\u009b31m\ufeff"`,
		"##[error]":                `"#\x23[error]"`,
		"##vso[task.complete]done": `"#\x23vso[task.complete]done"`,
		"":                         `""`,
	} {
		assert.Equal(t, want, Quote([]byte(data), 100))
	}
}

func TestALongQuoteIsShortenedInItsMiddleAndCountsWhatIsLeftOut(t *testing.T) {
	line := "HELLO WORLD" + strings.Repeat("D", 1_048_567) + "D\n"
	assert.Equal(t, `"HELLO WOR" … 1,048,568 bytes … "DD\n"`, Quote([]byte(line), 12))
	assert.Equal(t, `"012345" … 1 byte … "789"`, Quote([]byte("0123456789"), 9))
	assert.Equal(t, `"0123456789"`, Quote([]byte("0123456789"), 10))
	assert.Equal(t, `"012" … 6 bytes … "9"`, Quote([]byte("0123456789"), -1))
}

func TestALongQuoteCutsNoLetterInTwo(t *testing.T) {
	assert.Equal(t, `"éé" … 7 bytes … "é"`, Quote([]byte("ééééxéé"), 7))
}

func TestCleanTextCannotStirATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"main.go:3:1: undefined: é\n\tlater": "main.go:3:1: undefined: é\n\tlater",
		"\x1b[2J\x1b]0;title\a":              `\x1b[2J\x1b]0;title\a`,
		"good\rbad":                          `good\rbad`,
		"\u202egnp.exe":                      `\u202egnp.exe`,
		"\xff\xfe":                           `\xff\xfe`,
		"C:\\src":                            `C:\src`,
		"::error::no\n  ::stop::x":           `\x3a:error::no` + "\n" + `  \x3a:stop::x`,
		"a ::b":                              "a ::b",
		"x ##[group]":                        `x #\x23[group]`,
	} {
		assert.Equal(t, want, Clean(text))
	}
}

func TestALineStaysOneLine(t *testing.T) {
	assert.Equal(t, `a\nb`, Line("a\nb", 10))
	assert.Equal(t, "aaaaaa … 4 characters … bbb", Line("aaaaaaxxxxbbb", 9))
}

func TestOfManyLinesTheMiddleIsCounted(t *testing.T) {
	assert.Equal(t, []string{"1", "2", "… 3 lines …", "6"}, Lines("1\n2\n3\n4\n5\n6\n", 3, 80))
	assert.Equal(t, []string{"1", "2"}, Lines("1\n2\n", 3, 80))
}

// requireHarmless fails when text could do anything to a terminal or a CI log but show characters.
func requireHarmless(t *testing.T, text, allowed string) {
	t.Helper()
	require.True(t, utf8.ValidString(text), "%q is not UTF-8", text)
	for _, r := range text {
		if !strings.ContainsRune(allowed, r) {
			require.False(t, unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp), "%U in %q", r, text)
		}
	}
	require.NotContains(t, text, "##[")
	require.NotRegexp(t, regexp.MustCompile(`(?m)^\s*::`), text)
}

func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"HELLO\n", "\x1b[31m", "\u202e\r", "\xc3(", "##[##x[", "ж\u0301\x85\u0085", `\##[`} {
		f.Add([]byte(seed), 8)
	}
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		requireHarmless(t, Quote(data, limit), "")
		whole, err := strconv.Unquote(Quote(data, len(data)))
		require.NoError(t, err)
		require.Equal(t, string(data), whole)
	})
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"\x1b[31m", "\u202e\r", "\xc3(", "::a\n \t::b", "##[##x[", "\u00a0::x", "\n\n::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		requireHarmless(t, Clean(text), "\n\t")
		requireHarmless(t, Line(text, 40), "\t")
		requireHarmless(t, strings.Join(Lines(text, 5, 40), "\n"), "\n\t")
		assert.Equal(t, strings.Count(text, "\n"), strings.Count(Clean(text), "\n"))
	})
}
