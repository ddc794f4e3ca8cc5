// Command 09-callbacks is the reference solution of exercise 9: a server in callbacks. There is no loop in it that reads, and
// nothing that waits: main says who is to be called when a client comes, and from then on each function is told of one event,
// does what that event asks for, and returns.
package main

import (
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"
)

const (
	port = 9907
	// maxDelay is the largest N that a client may ask for, in milliseconds.
	maxDelay = 60_000
	// maxPending is how many slow lines of a client may be pending. The loop holds back a client that does not read, but it
	// cannot know of what we have promised: each promise costs memory until it is kept.
	maxPending = 1000
)

func main() {
	loop := NewLoop()
	if err := loop.Listen(port, func(conn *Conn) { welcome(loop, conn) }); err != nil {
		log.Fatal(err)
	}
	loop.Run()
}

// client is what has to be remembered of a conversation from one event to the next. A servant that has a thread to itself
// keeps that in its local variables and in the place where it waits; a callback returns, and has neither.
type client struct {
	loop    *Loop
	conn    *Conn
	pending map[*Timer]bool // set for the slow lines that are not answered yet
	ended   bool            // it has said all that it had to say
}

// welcome registers the callbacks of a new connection. None of them is called before it has returned.
func welcome(loop *Loop, conn *Conn) {
	c := &client{loop: loop, conn: conn, pending: map[*Timer]bool{}}
	conn.OnLine(c.line)
	conn.OnEnd(c.end)
	conn.OnError(func(err error) { log.Printf("%v: %v", conn, err) }) // an event like any other: the others go on
	conn.OnClose(c.forget)
}

func (c *client) line(line string) {
	delay, isSlow := slow(line)
	switch {
	case isSlow:
		c.answerLater(delay)
	case strings.EqualFold(line, "bye"):
		c.hangUp()
	default:
		c.conn.Write(strings.ToUpper(line) + "\n")
	}
}

// slow reads the number of milliseconds in a line such as "slow 250".
func slow(line string) (ms int, ok bool) {
	number, ok := strings.CutPrefix(line, "slow ")
	if !ok {
		return 0, false
	}
	ms, err := strconv.Atoi(number)
	return ms, err == nil && ms >= 0 && ms <= maxDelay
}

// answerLater hands the rest of the work to a callback and returns: whoever comes in the meantime finds the loop free.
func (c *client) answerLater(ms int) {
	if len(c.pending) == maxPending {
		log.Printf("%v: too much is pending", c.conn)
		c.hangUp()
		return
	}
	var timer *Timer
	timer = c.loop.After(time.Duration(ms)*time.Millisecond, func() {
		delete(c.pending, timer)
		c.conn.Write(fmt.Sprintf("DONE %d\n", ms))
		c.closeIfServed()
	})
	c.pending[timer] = true
}

// end is called when the client has closed its sending side. It can still read, and may be owed something.
func (c *client) end() {
	c.ended = true
	c.closeIfServed()
}

func (c *client) closeIfServed() {
	if c.ended && len(c.pending) == 0 {
		c.hangUp()
	}
}

// hangUp closes the connection. The close event comes later, when all is sent: the timers cannot wait for it, since one that
// fires before would write to a connection that is closed.
func (c *client) hangUp() {
	c.forget()
	c.conn.Close()
}

// forget stops what is still to happen to a client that is gone. A timer holds its callback, and the callback this client:
// until it has fired, or is stopped, neither can be freed.
func (c *client) forget() {
	for timer := range c.pending {
		timer.Stop()
	}
	clear(c.pending)
}
