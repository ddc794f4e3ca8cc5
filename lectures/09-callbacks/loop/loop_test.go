//go:build unix

package loop

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serve runs a loop whose connections get callbacks, and returns a client of it. The loop goes on until the tests are over.
func serve(t *testing.T, onConnection func(l *Loop, c *Conn)) *net.TCPConn {
	t.Helper()
	l := New()
	address, err := l.Listen(0, func(c *Conn) { onConnection(l, c) })
	require.NoError(t, err)
	go func() { _ = l.Run() }()
	client, err := net.Dial("tcp", address.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	require.NoError(t, client.SetDeadline(time.Now().Add(time.Minute))) // only says when to give up
	return client.(*net.TCPConn)
}

// tell registers callbacks that write down which events come, and closes at the end.
func tell(events chan<- string) func(*Loop, *Conn) {
	return func(_ *Loop, c *Conn) {
		c.OnLine(func(line string) { events <- "line " + line })
		c.OnEnd(func() { events <- "end"; c.Close() })
		c.OnError(func(err error) { events <- "error " + err.Error() })
		c.OnClose(func() { events <- "close" })
	}
}

// next is the next event. The time only says when to give up.
func next(t *testing.T, events <-chan string) string {
	t.Helper()
	select {
	case event := <-events:
		return event
	case <-time.After(time.Minute):
		require.Fail(t, "no event comes")
		return ""
	}
}

func TestEventsComeInOrder(t *testing.T) {
	events := make(chan string, 10)
	client := serve(t, tell(events))
	_, err := io.WriteString(client, "one\r\n\ntwo")
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	for _, want := range []string{"line one", "line ", "line two", "end"} {
		assert.Equal(t, want, next(t, events))
	}
	rest, err := io.ReadAll(client)
	require.NoError(t, err)
	assert.Empty(t, rest)
	require.NoError(t, client.Close())
	assert.Equal(t, "close", next(t, events))
}

func TestALineThatIsTooLongIsAnError(t *testing.T) {
	events := make(chan string, 10)
	client := serve(t, tell(events))
	_, err := io.WriteString(client, strings.Repeat("x", MaxLine)+"\n"+strings.Repeat("y", MaxLine+1))
	require.NoError(t, err)
	assert.Len(t, next(t, events), len("line ")+MaxLine)
	assert.Equal(t, "error "+ErrLineTooLong.Error(), next(t, events))
	assert.Equal(t, "close", next(t, events))
}

func TestTimersFireInTheOrderInWhichTheyAreDue(t *testing.T) {
	l := New()
	var order []string
	add := func(name string, delay time.Duration) *Timer {
		return l.After(delay, func() { order = append(order, name) })
	}
	add("second", -2*time.Second)
	add("first", -3*time.Second)
	add("stopped", -time.Second).Stop()
	add("in an hour", time.Hour)
	l.After(-time.Second, func() { l.After(0, func() {}) })
	assert.Zero(t, l.untilNextTimer())
	l.callTimersThatAreDue()
	assert.Equal(t, []string{"first", "second"}, order)
	assert.Len(t, l.timers, 2, "a timer that a timer has set waits for the next round")
}

func TestWhatIsSaidAfterAGoodbyeIsDropped(t *testing.T) {
	lines := make(chan string, 10)
	client := serve(t, func(_ *Loop, c *Conn) {
		c.OnLine(func(line string) {
			lines <- line
			c.Write(strings.Repeat("goodbye\n", 1000))
			c.Close()
		})
		c.OnError(func(err error) { lines <- err.Error() })
		c.OnClose(func() { close(lines) })
	})
	_, err := io.WriteString(client, "bye\n"+strings.Repeat("and another thing\n", 10_000))
	require.NoError(t, err)
	answers, err := io.ReadAll(client)
	require.NoError(t, err, "an orderly end, although there was input unread")
	assert.Equal(t, strings.Repeat("goodbye\n", 1000), string(answers))
	require.NoError(t, client.Close())
	assert.Equal(t, "bye", next(t, lines))
	_, more := <-lines
	assert.False(t, more)
}

func TestToWriteToAConnectionThatIsOverPanics(t *testing.T) {
	panics := make(chan any, 1)
	client := serve(t, func(_ *Loop, c *Conn) {
		c.Close()
		defer func() { panics <- recover() }()
		c.Write("too late")
	})
	assert.Contains(t, <-panics, "which is over")
	_, err := client.Read(make([]byte, 1))
	assert.True(t, errors.Is(err, io.EOF), err)
}
