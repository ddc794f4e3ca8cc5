package transcript

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shortestQuote is the least that Quote shows of data that it shortens: fewer bytes would tell a reader nothing.
const shortestQuote = 4

// Two ways in which text that is merely printed gives orders to the log of a CI service: a line that begins with "::",
// and "##[", "##vso[" or "##teamcity[" anywhere in a line.
var (
	lineOrder   = regexp.MustCompile(`(?m)^([ \t]*)::`)
	inlineOrder = regexp.MustCompile(`##(\w*)\[`)
)

// Quote returns data as a Go string literal. When data is longer than limit bytes, only limit bytes of it are shown, most
// of them from its beginning, and the number of those left out stands between: "HELLO WOR" … 1,048,570 bytes … "LD\n".
// The literal holds printable characters only; combining marks are escaped too, since they would hide which bytes they are.
func Quote(data []byte, limit int) string {
	limit = max(limit, shortestQuote)
	if len(data) <= limit {
		return quote(data)
	}
	head := limit * 3 / 4
	tail := len(data) - (limit - head)
	// A letter of several bytes is shown whole or not at all.
	for range utf8.UTFMax - 1 {
		if head > 0 && !utf8.RuneStart(data[head]) {
			head--
		}
		if tail < len(data) && !utf8.RuneStart(data[tail]) {
			tail++
		}
	}
	return quote(data[:head]) + " … " + count(tail-head, "byte") + " … " + quote(data[tail:])
}

func quote(data []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if showsAsItself(r) {
			b.Write(data[:size])
		} else {
			escaped := strconv.QuoteToASCII(string(data[:size]))
			b.WriteString(escaped[1 : len(escaped)-1])
		}
		data = data[size:]
	}
	b.WriteByte('"')
	return inlineOrder.ReplaceAllString(b.String(), `#\x23${1}[`)
}

// showsAsItself reports whether r can stand in a string literal as it is.
func showsAsItself(r rune) bool {
	return r != '"' && r != '\\' && r != utf8.RuneError && strconv.IsPrint(r) && !unicode.IsMark(r)
}

// Clean makes text that comes from a student (the compiler's output, standard error, a file's name) safe to print: what is
// neither printable nor a newline or tab is escaped, as are bytes that are not UTF-8, characters that change the direction
// of writing, and commands to a CI service's log. Nothing is left out.
func Clean(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		valid := r != utf8.RuneError || size > 1
		if valid && (r == '\n' || r == '\t' || strconv.IsPrint(r)) {
			b.WriteString(text[:size])
		} else {
			escaped := strconv.QuoteToASCII(text[:size])
			b.WriteString(escaped[1 : len(escaped)-1])
		}
		text = text[size:]
	}
	safe := inlineOrder.ReplaceAllString(b.String(), `#\x23${1}[`)
	return lineOrder.ReplaceAllString(safe, `${1}\x3a:`)
}

// Line is Clean for text that must stay on one line: newlines are escaped too, and text longer than limit characters is
// shortened in its middle.
func Line(text string, limit int) string {
	clean := []rune(strings.ReplaceAll(Clean(text), "\n", `\n`))
	if len(clean) <= limit {
		return string(clean)
	}
	head := limit * 2 / 3
	tail := len(clean) - (limit - head)
	return string(clean[:head]) + " … " + count(tail-head, "character") + " … " + string(clean[tail:])
}

// Lines is Clean for text of several lines: each line is shortened as Line does, and of more than limit lines only the
// first and the last are kept, with the number of those between.
func Lines(text string, limit, width int) []string {
	lines := strings.Split(strings.TrimRight(Clean(text), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(Line(line, width), " \t")
	}
	if len(lines) <= limit {
		return lines
	}
	head := limit * 2 / 3
	tail := len(lines) - (limit - head)
	short := append(lines[:head:head], "… "+count(tail-head, "line")+" …")
	return append(short, lines[tail:]...)
}

// count writes "1 byte" or "1,048,570 bytes".
func count(n int, noun string) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n == 1 {
		return digits + " " + noun
	}
	return digits + " " + noun + "s"
}
