package lab

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"tcplab/autograder/internal/transcript"
)

// Response is one whole response of HTTP, as far as a client cares: neither the order of the header fields, nor the reason
// phrase, nor whether the body came in chunks or compressed, makes a difference.
type Response struct {
	Status   int
	Header   http.Header
	Body     string // whole, without chunks and decompressed
	Encoding string // the content coding in which the body came, such as "gzip"; "" where there was none
	Length   int64  // the Content-Length, or -1
	Closes   bool   // the program says that it closes the connection behind it

	s   *session
	who string // the connection, or the request where Go's client chose the connection
}

// WantResponse wants one whole response of HTTP next, with one of these statuses, or with any where none is given. Interim
// responses (1xx) are passed over.
func (c *Conn) WantResponse(statuses ...int) *Response {
	c.p.s.t.Helper()
	return c.wantResponse(http.MethodGet, statuses)
}

// WantResponseToHEAD is WantResponse after a request with the method HEAD: what its header says of a body does not follow.
func (c *Conn) WantResponseToHEAD(statuses ...int) *Response {
	c.p.s.t.Helper()
	return c.wantResponse(http.MethodHead, statuses)
}

func (c *Conn) wantResponse(method string, statuses []int) *Response {
	c.p.s.t.Helper()
	r := c.nextResponse(method)
	if r == nil {
		meaning := c.endMeaning()
		if c.mayAskOn && !c.p.hasEnded() {
			meaning = "The response before did not say Connection: close, so the client goes on. " + meaning
		}
		c.p.s.fail(failure{
			who:      c.name,
			message:  fmt.Sprintf("%s: %s instead of a response", c.name, c.endInWords()),
			meaning:  meaning,
			expected: strings.TrimSpace("a response " + oneOf(statuses)),
			actual:   c.endInWords(),
		})
	}
	return r.wantStatus(statuses)
}

// WantResponseOrEnd wants either a whole response with one of these statuses, or the end of the connection instead; then it
// returns nil. A program may close a connection on which it has given up.
func (c *Conn) WantResponseOrEnd(statuses ...int) *Response {
	c.p.s.t.Helper()
	r := c.nextResponse(http.MethodGet)
	if r == nil {
		return nil
	}
	return r.wantStatus(statuses)
}

// errStalled ends the reading of a response that will not become whole.
var errStalled = errors.New("nothing more is to be expected")

// maxResponse is the most that is read of one response, and the most that its body may be when it is unpacked, in bytes. No test
// wants a sixteenth of that. A few kilobytes of gzip can become terabytes, and the test has no limit of memory as its program has.
const maxResponse = 16 << 20

// errTooLong ends the reading of a response that is longer than that.
var errTooLong = fmt.Errorf("it is longer than %d MiB", maxResponse>>20)

// readBody reads a whole body. Errors: errTooLong.
func readBody(from io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, maxResponse+1))
	if len(body) > maxResponse {
		return nil, errTooLong
	}
	return body, err
}

// parsed is the connection as net/http reads it.
type parsed struct {
	c    *Conn
	w    *watch
	why  string // why nothing more is to be expected
	seen []byte // what was read, for messages
}

func (p *parsed) Read(buffer []byte) (int, error) {
	if len(p.seen) > maxResponse {
		return 0, errTooLong
	}
	n, why := p.c.read(buffer, p.w)
	p.seen = append(p.seen, buffer[:n]...)
	switch {
	case n > 0:
		return n, nil
	case p.c.end != nil:
		return 0, p.c.end
	}
	p.why = why
	return 0, errStalled
}

// nextResponse reads the next response; nil when the connection ends before its first byte. What has arrived behind it stays
// for the next call.
func (c *Conn) nextResponse(method string) *Response {
	c.p.s.t.Helper()
	source := &parsed{c: c, w: c.p.watch(patience)}
	reader := bufio.NewReader(source)
	if _, err := reader.Peek(1); err != nil && c.end != nil {
		return nil
	}
	response, err := http.ReadResponse(reader, &http.Request{Method: method})
	for err == nil && response.StatusCode < 200 {
		response, err = http.ReadResponse(reader, &http.Request{Method: method})
	}
	if line, found := bareLF(source.seen); err == nil && found {
		c.p.s.fail(failure{
			who:      c.name,
			message:  fmt.Sprintf("%s received a header with the line %q, which ends in LF alone", c.name, line),
			meaning:  "Lines of HTTP end in CR LF. A client need not take anything else for the end of one.",
			expected: fmt.Sprintf("%q", line+"\r\n"),
			actual:   fmt.Sprintf("%q", line+"\n"),
		})
	}
	var body []byte
	if err == nil {
		body, err = readBody(response.Body)
	}
	if err != nil {
		c.p.s.fail(source.failure(response, err))
	}
	rest, _ := reader.Peek(reader.Buffered()) // it is there already
	c.ahead = append(slices.Clone(rest), c.ahead...)
	c.mayAskOn = !response.Close
	return c.p.s.response(c.name, response, body)
}

// bareLF finds the first line of a header block without a CR at its end, if the data begins with a header block.
func bareLF(data []byte) (line string, found bool) {
	for {
		before, after, whole := bytes.Cut(data, []byte("\n"))
		text, ended := bytes.CutSuffix(before, []byte("\r"))
		if !whole || ended && len(text) == 0 {
			return "", false
		}
		if !ended {
			return string(text), true
		}
		data = after
	}
}

// failure says what is wrong with a response that could not be read to its end.
func (p *parsed) failure(response *http.Response, err error) failure {
	f := failure{who: p.c.name, expected: "a whole response of HTTP", actual: fmt.Sprintf("%q", p.seen)}
	switch {
	case errors.Is(err, errTooLong):
		f.message = fmt.Sprintf("%s gives a response up: %v", p.c.name, err)
		f.meaning = "Nothing that was asked for is that long."
		f.actual = fmt.Sprintf("%q and more", p.seen[:min(len(p.seen), 1<<10)])
	case p.why != "":
		f.message = fmt.Sprintf("%s waits for a whole response: %s", p.c.name, p.why)
		f.meaning = p.c.stallMeaning()
		if response != nil {
			f.meaning = "Fewer bytes come than the response announces. Without a Content-Length or chunks, only the end of the connection ends it."
		}
	case p.c.end != nil:
		f.message = fmt.Sprintf("%s: %s in the middle of a response", p.c.name, p.c.endInWords())
		f.meaning = p.c.endMeaning()
	default:
		f.message = fmt.Sprintf("%s received what is no response of HTTP: %v", p.c.name, err)
		f.meaning = "Either it is malformed, or the response before it was longer than its Content-Length said."
	}
	return f
}

// response turns what net/http has read into a Response.
func (s *session) response(who string, from *http.Response, body []byte) *Response {
	s.t.Helper()
	r := &Response{
		Status:   from.StatusCode,
		Header:   from.Header,
		Body:     string(body),
		Encoding: strings.ToLower(from.Header.Get("Content-Encoding")),
		Length:   from.ContentLength,
		Closes:   from.Close,
		s:        s,
		who:      who,
	}
	if from.Uncompressed {
		r.Encoding = "gzip" // Go's client has asked for it, and has decompressed it
		return r
	}
	if r.Encoding != "gzip" || len(body) == 0 {
		return r
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		body, err = readBody(reader)
	}
	if errors.Is(err, errTooLong) {
		r.fail("a compressed body that is too much: "+err.Error(), "Nothing that was asked for is that long.", "a shorter body", fmt.Sprintf("%d bytes of gzip", len(r.Body)))
	}
	if err != nil {
		r.fail("a body that is no gzip: "+err.Error(), "Content-Encoding says gzip, so the body has to be a whole gzip stream.", "a gzip stream", fmt.Sprintf("%q", r.Body))
	}
	r.Body = string(body)
	return r
}

func (r *Response) fail(what, meaning, expected, actual string) {
	r.s.t.Helper()
	r.s.fail(failure{who: r.who, message: fmt.Sprintf("%s received %s", r.who, what), meaning: meaning, expected: expected, actual: actual})
}

func oneOf(statuses []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(statuses), "[]"), " ", " or ")
}

func (r *Response) wantStatus(statuses []int) *Response {
	r.s.t.Helper()
	if len(statuses) > 0 && !slices.Contains(statuses, r.Status) {
		r.fail(fmt.Sprintf("the status %d", r.Status), "", oneOf(statuses), fmt.Sprint(r.Status))
	}
	return r
}

// WantBody wants the body to be exactly this.
func (r *Response) WantBody(want string) *Response {
	r.s.t.Helper()
	if r.Body != want {
		r.s.fail(failure{
			who:      r.who,
			message:  r.who + " received another body than it should",
			expected: fmt.Sprintf("%q", want),
			actual:   fmt.Sprintf("%q", r.Body),
			diff:     transcript.Diff([]byte(r.Body), []byte(want)),
		})
	}
	return r
}

// WantType wants the Content-Type to be this media type, with whatever parameters.
func (r *Response) WantType(want string) *Response {
	r.s.t.Helper()
	header := r.Header.Get("Content-Type")
	if got, _, err := mime.ParseMediaType(header); err != nil || got != want {
		r.fail(fmt.Sprintf("the Content-Type %q", header), "A client chooses by it what to do with the body.", want, fmt.Sprintf("%q", header))
	}
	return r
}

// WantEncoding wants the body to have come in this content coding, such as "gzip", or in none, which is "".
func (r *Response) WantEncoding(want string) *Response {
	r.s.t.Helper()
	if r.Encoding != want {
		r.fail(fmt.Sprintf("the Content-Encoding %q", r.Encoding), "A client says in Accept-Encoding what it can decode.", fmt.Sprintf("%q", want), fmt.Sprintf("%q", r.Encoding))
	}
	return r
}

// WantListed wants a header field that is a list, such as Allow, to name these members.
func (r *Response) WantListed(header string, members ...string) *Response {
	r.s.t.Helper()
	list := strings.Join(r.Header.Values(header), ",")
	got := strings.Split(strings.ReplaceAll(list, " ", ""), ",")
	for _, member := range members {
		if !slices.Contains(got, member) {
			r.fail(fmt.Sprintf("%s: %q", header, list), "", header+" with "+member, fmt.Sprintf("%q", list))
		}
	}
	return r
}
