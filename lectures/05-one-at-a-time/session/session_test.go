package session_test

import (
	"bufio"
	"bytes"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"

	"tcplab/lectures/05-one-at-a-time/session"
)

// dialogue is a client that has said all that it will say, and keeps what it is answered.
type dialogue struct {
	*strings.Reader
	heard bytes.Buffer
}

func (d *dialogue) Write(p []byte) (int, error) { return d.heard.Write(p) }

func TestTalkAnswersEachLineAndTheUnterminatedLastOne(t *testing.T) {
	client := &dialogue{Reader: strings.NewReader("one\n\ntwo")}
	assert.NoError(t, session.Talk(client))
	assert.Equal(t, "HELLO\n> ONE\n> \n> TWO\n", client.heard.String())
}

func TestTalkEndsWithAnErrorWhenTheLineIsTooLong(t *testing.T) {
	client := &dialogue{Reader: strings.NewReader(strings.Repeat("x", 1<<16) + "\n")}
	assert.ErrorIs(t, session.Talk(client), bufio.ErrTooLong)
	assert.Equal(t, "HELLO\n", client.heard.String())
}

// broken is a connection on which nothing can be sent.
type broken struct{ net.Conn }

func (broken) Write([]byte) (int, error) { return 0, iotest.ErrTimeout }

func TestTalkEndsWithTheFirstLineThatCannotBeSent(t *testing.T) {
	assert.ErrorIs(t, session.Talk(broken{}), iotest.ErrTimeout)
}
