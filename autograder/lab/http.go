package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tcplab/autograder/internal/transcript"
)

// HTTPClient is the client of net/http, with connections that lead to the program. It keeps them open between requests, and
// takes about as many as there are requests at a time. What goes over them is in the transcript.
type HTTPClient struct {
	p      *Program
	client http.Client

	mu      sync.Mutex
	streams []*stream
	ended   atomic.Int64 // connections that the program has ended, or said that it will
}

// HTTPClient makes a client of net/http for the program.
func (p *Program) HTTPClient() *HTTPClient {
	const enough = 1024 // connections that may be idle at a time; net/http keeps two of them otherwise
	h := &HTTPClient{p: p}
	transport := &http.Transport{DialContext: h.dial, MaxIdleConnsPerHost: enough}
	h.client = http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	p.https = append(p.https, h)
	p.s.t.Cleanup(h.close)
	return h
}

// dial connects to the program, whatever the address. It runs in a goroutine of net/http, and so judges nothing.
func (h *HTTPClient) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := h.p.box.Dial(ctx, h.p.port, 0)
	if conn == nil {
		return nil, err
	}
	s := &stream{TCPConn: conn, session: h.p.s, name: h.p.s.nextName(), ended: &h.ended}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams = append(h.streams, s)
	s.session.step(s.name, transcript.Connected, "", "")
	return s, nil
}

func (h *HTTPClient) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.streams {
		s.closed.Store(true) // the story is over
		_ = s.TCPConn.Close()
	}
}

// stream is a connection of net/http that notes what goes over it.
type stream struct {
	*net.TCPConn
	session *session
	name    string
	sent    atomic.Int64 // bytes taken by the kernel
	closed  atomic.Bool
	ended   *atomic.Int64
	arrived int64 // of the bytes sent, those that were seen to have arrived; the test's own goroutine asks
}

func (s *stream) Read(buffer []byte) (int, error) {
	n, err := s.TCPConn.Read(buffer)
	if err == io.EOF || errors.Is(err, syscall.ECONNRESET) {
		s.ended.Add(1)
	}
	switch {
	case n > 0:
		s.session.step(s.name, transcript.Received, string(buffer[:n]), "")
	case err == io.EOF:
		s.session.step(s.name, transcript.GotEOF, "", "")
	case errors.Is(err, syscall.ECONNRESET):
		s.session.step(s.name, transcript.GotReset, "", "")
	}
	return n, err
}

func (s *stream) Write(data []byte) (int, error) {
	s.session.step(s.name, transcript.Sent, string(data), "")
	n, err := s.TCPConn.Write(data)
	s.sent.Add(int64(n))
	return n, err
}

func (s *stream) Close() error {
	if !s.closed.Swap(true) {
		s.session.step(s.name, transcript.Closed, "", "")
	}
	return s.TCPConn.Close()
}

// inFlight reports whether data is on its way between the client and the program.
func (h *HTTPClient) inFlight() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.streams {
		if s.closed.Load() {
			continue
		}
		ours, theirs := h.p.ends(s.TCPConn)
		if here, found, err := h.p.diag.Connection(ours, theirs); err == nil && found && here.Unread > 0 {
			return true
		}
		sent := s.sent.Load()
		if s.arrived == sent {
			continue
		}
		there, found, err := h.p.diag.Connection(theirs, ours)
		if err != nil || !found || hungUp(there) {
			continue
		}
		// with data unread the window may be closed, and then more cannot arrive until the program reads
		if s.arrived = min(sent, there.Received); s.arrived < sent && there.Unread == 0 {
			return true
		}
	}
	return false
}

// Get asks for a path, as it stands, and wants one of these statuses.
func (h *HTTPClient) Get(path string, statuses ...int) *Response {
	h.p.s.t.Helper()
	return h.Do(h.Request(http.MethodGet, path, ""))[0].wantStatus(statuses)
}

// Post sends a body to a path, and wants one of these statuses.
func (h *HTTPClient) Post(path, body string, statuses ...int) *Response {
	h.p.s.t.Helper()
	return h.Do(h.Request(http.MethodPost, path, body))[0].wantStatus(statuses)
}

// Request makes a request for Do.
func (h *HTTPClient) Request(method, path, body string) *http.Request {
	h.p.s.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	request, err := http.NewRequest(method, fmt.Sprintf("http://localhost:%d%s", h.p.port, path), content)
	if err != nil {
		h.p.s.broken(err)
	}
	return request
}

// exchange is what has become of one request.
type exchange struct {
	index    int
	response *http.Response
	body     []byte
	err      error
}

// graceLooks is how many looks at a program at rest are taken before its silence is believed. Bytes that have been read, but
// not made a response yet, are with a goroutine of net/http, which runs before the test has woken up so often.
const graceLooks = 50

// Do sends all requests at the same moment, and waits until each has its whole response; they are in the requests' order.
func (h *HTTPClient) Do(requests ...*http.Request) []*Response {
	h.p.s.t.Helper()
	results := make(chan exchange, len(requests))
	for i, request := range requests {
		go func() {
			x := exchange{index: i}
			if x.response, x.err = h.client.Do(request); x.err == nil {
				x.body, x.err = readBody(x.response.Body)
				_ = x.response.Body.Close() // it has been read
			}
			results <- x
		}()
	}
	responses := make([]*Response, len(requests))
	w := h.p.watch(patience)
	for open, quiet := len(requests), 0; open > 0; {
		timer := time.NewTimer(w.next())
		select {
		case x := <-results:
			timer.Stop()
			what := requests[x.index].Method + " " + requests[x.index].URL.Path
			if x.err != nil {
				h.failRequest(what, "goes wrong: "+x.err.Error(), x.err.Error())
			}
			responses[x.index] = h.p.s.response(what, x.response, x.body)
			if x.response.Close {
				h.ended.Add(1)
			}
			w.progress()
			open, quiet = open-1, 0
		case <-timer.C:
			why := w.over()
			if why == "" {
				quiet = 0
				continue
			}
			if quiet++; quiet >= graceLooks {
				h.failRequest(unanswered(requests, responses), "is not answered: "+why, "no response")
			}
		}
	}
	return responses
}

func (h *HTTPClient) failRequest(what, wrong, actual string) {
	h.p.s.t.Helper()
	f := failure{message: what + " " + wrong, expected: "a whole response", actual: actual}
	if h.p.hasEnded() {
		f.meaning = "The program is gone: " + h.p.ending() + "."
	} else {
		f.meaning = strings.TrimSpace(h.p.itsGoroutines())
	}
	h.p.s.fail(f)
}

// unanswered names the first request that has no response, and counts the others.
func unanswered(requests []*http.Request, responses []*Response) string {
	text, more := "", -1
	for i, response := range responses {
		if response == nil {
			if more++; more == 0 {
				text = requests[i].Method + " " + requests[i].URL.Path
			}
		}
	}
	if more > 0 {
		text += fmt.Sprintf(", like %d more,", more)
	}
	return text
}

// WantKeptOpen wants the program not to have closed any of the client's connections. How many there are says nothing: Go's
// client gives up a connection, too, when its own goroutines are late on a busy machine.
func (h *HTTPClient) WantKeptOpen() {
	h.p.s.t.Helper()
	if n := h.ended.Load(); n > 0 {
		h.p.s.fail(failure{
			message:  "the program closes connections that Go's client would have gone on with",
			meaning:  "A connection goes on after a response, unless one side has a reason to end it.",
			expected: "open connections",
			actual:   fmt.Sprintf("%d closed ones", n),
		})
	}
}
