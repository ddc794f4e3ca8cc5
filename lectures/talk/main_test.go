package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// converse lets talk talk to a server, and returns what the terminal shows.
func converse(t *testing.T, typed io.Reader, serve func(conn *net.TCPConn)) (shown string, err error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := listener.Accept()
		if assert.NoError(t, err) {
			serve(conn.(*net.TCPConn))
			assert.NoError(t, conn.Close())
		}
	}()
	var terminal bytes.Buffer
	err = talk(listener.Addr().String(), typed, &terminal)
	<-served
	require.NoError(t, listener.Close())
	return strings.ReplaceAll(terminal.String(), listener.Addr().String(), "SERVER"), err
}

func TestWhatIsTypedIsSentAndWhatComesIsShown(t *testing.T) {
	shown, err := converse(t, strings.NewReader("hello\nlast"), func(conn *net.TCPConn) {
		all, err := io.ReadAll(conn) // which ends when the end of the input has been passed on
		assert.NoError(t, err)
		assert.Equal(t, "hello\nlast", string(all))
		io.WriteString(conn, "> HELLO\n\n> LAST\n")
	})
	require.NoError(t, err)
	assert.Equal(t, "connected to SERVER\n< > HELLO\n< \n< > LAST\nthe server has closed the connection\n", shown)
}

func TestTheEndOfTheStreamEndsTheConversationWhileThePersonThinks(t *testing.T) {
	typed, keyboard := io.Pipe()
	defer keyboard.Close()
	shown, err := converse(t, typed, func(conn *net.TCPConn) { io.WriteString(conn, "no newline") })
	require.NoError(t, err)
	assert.Equal(t, "connected to SERVER\n< no newline\nthe server has closed the connection\n", shown)
}

func TestAResetIsNoOrderlyEnd(t *testing.T) {
	shown, err := converse(t, strings.NewReader("hello\n"), func(conn *net.TCPConn) {
		_, err := io.ReadAll(conn) // by then the client is there, and waits for an answer
		assert.NoError(t, errors.Join(err, conn.SetLinger(0)))
	})
	require.ErrorContains(t, err, "the connection broke off")
	assert.Equal(t, "connected to SERVER\n", shown)
}

func TestNobodyThereIsToldWithWhatToDo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.ErrorContains(t, talk(listener.Addr().String(), strings.NewReader(""), io.Discard), "does the server run")
}

// oneByte gives one byte to each Read.
type oneByte struct{ io.Reader }

func (o oneByte) Read(buffer []byte) (int, error) { return o.Reader.Read(buffer[:1]) }

func TestNothingThatAServerSendsCanStirTheTerminal(t *testing.T) {
	var shown bytes.Buffer
	require.NoError(t, show(&shown, oneByte{strings.NewReader("é\x1b[2J\a\r\n\xff\x00'λ\n")}))
	assert.Equal(t, "< é\\x1b[2J\\a\\r\n< \\xff\\x00'λ\n", shown.String())
}
