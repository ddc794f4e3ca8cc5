package lab

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/transcript"
)

const request = "GET /a/path HTTP/1.1\r\nHost: lab\r\n\r\n"

// wantPath wants the response that the misbehaving server gives when it behaves.
func wantPath(c *Conn) {
	c.WantResponse(200, 204).WantBody("/a/path").WantType("text/plain").WantListed("Allow", "GET", "POST")
}

func TestAResponseMayHaveAnyForm(t *testing.T) {
	for _, mode := range []string{"http-right", "http-other-form", "http-slow"} {
		verdict := verdictOf(t, func(t testing.TB) {
			c := Start(t, mode).Dial()
			c.Send(request + request)
			wantPath(c)
			wantPath(c)
			c.WantSilence()
			c.Send(request)
			c.WantResponse().WantEncoding(map[bool]string{true: "gzip"}[mode == "http-other-form"])
			c.HalfClose()
			assert.Nil(t, c.WantResponseOrEnd(200))
		})
		assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
	}
}

func TestAResponseToHEADHasNoBody(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		c := Start(t, "http-right").Dial()
		c.Send(strings.Replace(request, "GET", "HEAD", 1) + request)
		assert.EqualValues(t, len("/a/path"), c.WantResponseToHEAD(200).Length)
		wantPath(c)
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestAWrongResponseIsToldFromARightOne(t *testing.T) {
	for mode, want := range map[string][]string{
		"http-silent":      {"waits for a whole response", "sleeps", "has read all"},
		"http-leaves":      {"end of stream instead of a response"},
		"http-no-http":     {"no response of HTTP"},
		"http-long-body":   {"another body"},
		"http-short-body":  {"waits for a whole response", "Fewer bytes come than the response announces"},
		"http-half-a-body": {"end of stream in the middle of a response"},
		"http-bare-lf":     {"ends in LF alone", "Content-Length: 7"},
		"http-no-gzip":     {"a body that is no gzip"},

		"http-endless-header": {"gives a response up: it is longer than 16 MiB"},
		"http-endless-body":   {"gives a response up: it is longer than 16 MiB"},
		"http-bomb":           {"a compressed body that is too much: it is longer than 16 MiB"},
	} {
		t.Run(mode, func(t *testing.T) {
			verdict := verdictOf(t, func(t testing.TB) {
				c := Start(t, mode).Dial()
				c.Send(request)
				wantPath(c)
			})
			require.Equal(t, transcript.Fail, verdict.Status)
			for _, words := range want {
				assert.Contains(t, verdict.Message+" "+verdict.Meaning, words)
			}
		})
	}
}

func TestWhatComesBehindAResponseIsNotLost(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		c := Start(t, "http-long-body").Dial()
		c.Send(request)
		c.WantResponse(200)
		c.WantSilence()
	})
	require.Equal(t, transcript.Fail, verdict.Status)
	assert.Equal(t, `"h"`, verdict.Actual)
}

func TestStatusTypeAndListAreLookedAt(t *testing.T) {
	for _, want := range []func(c *Conn){
		func(c *Conn) { c.WantResponse(201, 404) },
		func(c *Conn) { c.WantResponse(200).WantType("text/html") },
		func(c *Conn) { c.WantResponse(200).WantListed("Allow", "PUT") },
		func(c *Conn) { c.WantResponse(200).WantEncoding("gzip") },
	} {
		verdict := verdictOf(t, func(t testing.TB) {
			c := Start(t, "http-right").Dial()
			c.Send(request)
			want(c)
		})
		assert.Equal(t, transcript.Fail, verdict.Status)
	}
}

func TestGosOwnClientIsServed(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		client := Start(t, "http-right").HTTPClient()
		for range 3 {
			client.Get("/a/path", 200).WantBody("/a/path")
		}
		var requests []*http.Request
		for range 16 {
			requests = append(requests, client.Request(http.MethodGet, "/a/path", ""))
		}
		for _, response := range client.Do(requests...) {
			response.WantBody("/a/path")
		}
		client.WantKeptOpen()
	})
	require.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
	told := ""
	for _, step := range verdict.Steps {
		if step.Who == "A" {
			told += string(step.Data)
		}
	}
	assert.Contains(t, told, "GET /a/path HTTP/1.1\r\n")
	assert.Contains(t, told, "HTTP/1.1 200 OK\r\n")
}

func TestARequestOfGosClientThatIsNotAnsweredEndsTheTest(t *testing.T) {
	for mode, words := range map[string]string{
		"http-silent":     "GET /a, like 1 more, is not answered: every thread of the program sleeps",
		"http-short-body": "is not answered: every thread of the program sleeps",
		"http-leaves":     "goes wrong",
		"one-at-a-time":   "goes wrong", // it says HELLO
		"http-bomb":       "it is longer than 16 MiB",
	} {
		t.Run(mode, func(t *testing.T) {
			verdict := verdictOf(t, func(t testing.TB) {
				client := Start(t, mode).HTTPClient()
				client.Do(client.Request("GET", "/a", ""), client.Request("GET", "/b", ""))
			})
			require.Equal(t, transcript.Fail, verdict.Status)
			assert.Contains(t, verdict.Message, words)
		})
	}
}

func TestAnEndThatWasNotAnnouncedIsToldAsSuch(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		c := Start(t, "http-closes").Dial()
		c.Send(request)
		wantPath(c)
		c.Send(request)
		c.WantResponse(200)
	})
	require.Equal(t, transcript.Fail, verdict.Status)
	assert.Contains(t, verdict.Meaning, "did not say Connection: close")
}

func TestAServerThatClosesAfterEveryResponseIsFound(t *testing.T) {
	for _, mode := range []string{"http-closes", "http-says-that-it-closes"} {
		verdict := verdictOf(t, func(t testing.TB) {
			client := Start(t, mode).HTTPClient()
			for range 4 {
				client.Get("/a/path", 200).WantBody("/a/path")
			}
			client.WantKeptOpen()
		})
		assert.Equal(t, transcript.Fail, verdict.Status, mode)
		assert.Contains(t, verdict.Message, "closes connections")
	}
}

func TestAProgramCanBeStartedAgainWithOtherArguments(t *testing.T) {
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "silent")
		server.Kill()
		server.StartAgain("http-right")
		server.HTTPClient().Get("/a/path", 200)
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}
