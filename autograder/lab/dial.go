package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// DialOption changes how Dial connects.
type DialOption func(*dialing)

type dialing struct{ receiveBuffer int }

// ReceiveBuffer sets SO_RCVBUF of the test's end, in bytes, so that a program that sends much soon has to wait.
func ReceiveBuffer(bytes int) DialOption { return func(d *dialing) { d.receiveBuffer = bytes } }

// Dial connects to the program.
func (p *Program) Dial(options ...DialOption) *Conn {
	p.s.t.Helper()
	var d dialing
	for _, option := range options {
		option(&d)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type dialed struct {
		conn *net.TCPConn
		err  error
	}
	result := make(chan dialed, 1)
	go func() {
		conn, err := p.dialPatiently(ctx, d)
		result <- dialed{conn, err}
	}()
	name := p.s.nextName()
	w := p.watch(patience)
	for {
		timer := time.NewTimer(w.next())
		select {
		case r := <-result:
			timer.Stop()
			if r.err != nil && r.conn == nil {
				p.s.fail(failure{
					who:      name,
					message:  fmt.Sprintf("%s could not connect to port %d: %v", name, p.port, r.err),
					meaning:  p.refusedMeaning(),
					expected: "a connection",
					actual:   r.err.Error(),
					setup:    p.diag == nil && len(p.conns) == 0,
				})
			}
			c := p.adopt(name, r.conn, transcript.Connected)
			c.reset = r.err
			return c
		case <-timer.C:
		}
		// A program at rest is no reason to give up: the kernel connects without it, unless it has no place left.
		if why := w.over(); why != "" && p.backlogFull() {
			if p.goOn() {
				continue // the program was stopped, and could not accept
			}
			cancel()
			if r := <-result; r.conn == nil && p.diag == nil && !errors.Is(r.err, context.Canceled) {
				p.s.fail(p.notListening(why, nil)) // the last try was refused
			}
			p.s.fail(failure{
				who:      name,
				message:  fmt.Sprintf("%s waits for a place in the backlog: %s", name, why),
				meaning:  "The backlog is full and nobody accepts." + p.itsGoroutines(),
				expected: "a connection",
				actual:   "no answer to the connection request",
			})
		}
	}
}

// dialPatiently connects. Where it cannot be seen whether the program is ready, it tries until somebody listens, or the program
// has ended. The error is that of the last try.
func (p *Program) dialPatiently(ctx context.Context, d dialing) (*net.TCPConn, error) {
	for {
		conn, err := p.box.Dial(ctx, p.port, d.receiveBuffer)
		if p.diag != nil || err == nil || !p.running() {
			return conn, err
		}
		if p.pause(lookEvery); ctx.Err() != nil {
			return nil, err
		}
	}
}

// backlogFull reports whether the kernel turns connection requests away: it does when more connections wait to be accepted
// than listen(2) was told. Where this cannot be seen, it may be so.
func (p *Program) backlogFull() bool {
	if p.diag == nil {
		return true
	}
	here, _ := p.listeners()
	return slices.ContainsFunc(here, func(l kernel.Listener) bool { return l.Waiting > l.Backlog })
}

func (p *Program) refusedMeaning() string {
	if p.hasEnded() {
		return "The server is gone: " + p.ending() + "."
	}
	if p.diag != nil {
		if here, _ := p.listeners(); len(here) > 0 {
			return fmt.Sprintf("The server listens on the address %s only, and 127.0.0.1 does not lead there.", here[0].Address)
		}
	}
	return "The server runs, but has closed its listener."
}

// DialMany connects n times, each time as Dial does.
func (p *Program) DialMany(n int, options ...DialOption) []*Conn {
	p.s.t.Helper()
	conns := make([]*Conn, n)
	for i := range conns {
		conns[i] = p.Dial(options...)
	}
	return conns
}
