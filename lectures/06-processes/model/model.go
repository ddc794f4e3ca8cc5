//go:build linux

// Package model measures what a connection costs a server that talks to one client at a time, or has a process, a thread or a
// goroutine for each. The server runs in a process of its own, so that nothing of its clients is counted, and tells what it
// has used (getrusage(2)) and what it holds (proc(5)).
package model

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"time"
)

// Kind says who talks to a client.
type Kind string

// The kinds of servers, each with the session of lecture 5.
const (
	OneAtATime Kind = "one at a time"
	Process    Kind = "a process each"
	Thread     Kind = "a thread each"
	Goroutine  Kind = "a goroutine each"
)

// Cost is what one connection costs a server.
type Cost struct {
	CPU       time.Duration // processor time for a conversation of one line, kernel and children included
	Memory    float64       // bytes of memory while the client is silent; the kernel's own are not in it
	Threads   float64       // threads while the client is silent
	Processes float64       // child processes while the client is silent
}

// warmUp is how many conversations come before those that are counted. The first ones pay for what is there only once.
const warmUp = 10

// patience is how long a client waits for its server altogether. It only says when to give up.
const patience = time.Minute

// Measure starts a server and finds what a connection costs it: processor time as the mean of conversations that follow one
// another; what it holds, while so many clients are silent. A server that talks to one at a time holds nothing for the others:
// for it that part is left out.
func Measure(kind Kind, conversations, silent int) (cost Cost, err error) {
	server, err := start(kind)
	if err != nil {
		return Cost{}, err
	}
	defer func() {
		if stopped := server.stop(); err == nil {
			err = stopped
		}
	}()
	if err := server.converse(warmUp); err != nil {
		return Cost{}, err
	}
	before, err := server.ask(settled)
	if err != nil {
		return Cost{}, err
	}
	if err := server.converse(conversations); err != nil {
		return Cost{}, err
	}
	after, err := server.ask(settled)
	if err != nil {
		return Cost{}, err
	}
	cost.CPU = (after.CPU - before.CPU) / time.Duration(conversations)
	if kind == OneAtATime {
		return cost, nil
	}
	for range silent {
		client, err := server.greeted()
		if err != nil {
			return Cost{}, err
		}
		defer client.Close()
	}
	during, err := server.ask(asItIs)
	if err != nil {
		return Cost{}, err
	}
	each := func(now, then int) float64 { return float64(now-then) / float64(silent) }
	cost.Memory = each(during.Memory, after.Memory)
	cost.Threads = each(during.Threads, after.Threads)
	cost.Processes = each(during.Processes, after.Processes)
	return cost, nil
}

// Compare measures each kind so many times, taking turns, so that whatever else the machine does hits all of them. In the
// result costs[k][r] belongs to kinds[k] in round r.
func Compare(kinds []Kind, rounds, conversations, silent int) (costs [][]Cost, err error) {
	costs = make([][]Cost, len(kinds))
	for range rounds {
		for k, kind := range kinds {
			cost, err := Measure(kind, conversations, silent)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			costs[k] = append(costs[k], cost)
		}
	}
	return costs, nil
}

// converse holds n conversations of one line, one after the other.
func (s *server) converse(n int) error {
	for range n {
		client, err := s.greeted()
		if err != nil {
			return err
		}
		if err := client.say("hello\n", "> HELLO\n"); err != nil {
			return err
		}
		if err := client.Close(); err != nil {
			return err
		}
	}
	return nil
}

// client is a connection to a server.
type client struct {
	net.Conn
	lines *bufio.Reader
}

// greeted connects, and waits until the server talks.
func (s *server) greeted() (*client, error) {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	c := &client{conn, bufio.NewReader(conn)}
	if err := c.say("", "HELLO\n"); err != nil {
		return nil, err
	}
	return c, nil
}

// say sends a line and wants its answer.
func (c *client) say(line, want string) error {
	if _, err := io.WriteString(c, line); err != nil {
		return err
	}
	got, err := c.lines.ReadString('\n')
	if err == nil && got != want {
		err = fmt.Errorf("got %q, want %q", got, want)
	}
	return err
}
