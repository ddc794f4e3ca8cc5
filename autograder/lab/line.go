package lab

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// longestLine is more than any line that WantLine is asked for.
const longestLine = 64 << 10

// WantLine wants a whole line next, in whatever pieces it arrives, for a test that cannot know its text: the line may tell
// the time. check is given the line without its newline, as soon as it is complete, and says what is wrong with it.
func (c *Conn) WantLine(check func(line string) error) {
	c.p.s.t.Helper()
	line, why := c.readLine()
	text := strings.TrimSuffix(line, "\n")
	problem := func(message, meaning, expected string) {
		c.p.s.t.Helper()
		c.p.s.fail(failure{who: c.name, message: message, meaning: meaning, expected: expected, actual: fmt.Sprintf("%q", line)})
	}
	switch {
	case text != line:
		if err := check(text); err != nil {
			problem(fmt.Sprintf("%s received a line that is not right: %v", c.name, err), "", "")
		}
	case len(line) >= longestLine:
		problem(fmt.Sprintf("%s received %d bytes without a newline", c.name, len(line)), "", "a line that ends in a newline")
	case c.end != nil && line == "":
		problem(fmt.Sprintf("%s: %s where a line is still to come", c.name, c.endInWords()), c.endMeaning(), "a line")
	case c.end != nil:
		problem(fmt.Sprintf("%s: %s before a line was complete", c.name, c.endInWords()), c.endMeaning(), "a line that ends in a newline")
	case line != "":
		problem(fmt.Sprintf("%s waits for the newline: %s", c.name, why), "The other side cannot know that the line is complete.", "a newline at the end")
	default:
		problem(fmt.Sprintf("%s waits for a line: %s", c.name, why), c.stallMeaning(), "a line")
	}
}

// readLine reads up to a newline, which is part of the line that it returns. Without one, the connection has ended, or the
// line is too long, or why says why no more is to be expected.
func (c *Conn) readLine() (line, why string) {
	w := c.p.watch(patience)
	var read []byte
	buffer := make([]byte, 4096)
	for len(read) < longestLine {
		n, why := c.read(buffer, w)
		if end := bytes.IndexByte(buffer[:n], '\n') + 1; end > 0 {
			c.ahead = append(bytes.Clone(buffer[end:n]), c.ahead...)
			return string(append(read, buffer[:end]...)), ""
		}
		read = append(read, buffer[:n]...)
		if n == 0 {
			return string(read), why
		}
	}
	return string(read), ""
}

var digits = regexp.MustCompile(`[0-9]+`)

// wantLineLike wants a line that differs from the example at most in its numbers.
func (c *Conn) wantLineLike(example string) error {
	c.p.s.t.Helper()
	text, isLine := strings.CutSuffix(example, "\n")
	if !isLine || strings.Contains(text, "\n") {
		return fmt.Errorf("%q is not one line, which ends in \\n", example)
	}
	like, err := regexp.Compile("^" + digits.ReplaceAllString(regexp.QuoteMeta(text), "[0-9]+") + "$")
	if err != nil {
		return err
	}
	c.WantLine(func(line string) error {
		if !like.MatchString(line) {
			return errors.New("apart from its digits it differs from " + text)
		}
		return nil
	})
	return nil
}
