//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

// Command edges shows what the two kinds of events tell. Six bytes arrive, three of them are read: is there an event for the
// other three?
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"golang.org/x/sys/unix"
)

// trigger is when an event is told.
type trigger string

const (
	level trigger = "level-triggered" // for as long as there is something to read
	edge  trigger = "edge-triggered"  // when something has come that was not there before
)

func main() {
	for _, kind := range []trigger{level, edge} {
		if err := show(os.Stdout, kind); err != nil {
			log.Fatal(err)
		}
	}
}

// show lets six bytes arrive on a socket, reads half of them, and asks after each step whether there is an event.
func show(out io.Writer, kind trigger) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0) // two sockets that are connected with each other
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	here, there := pair[0], pair[1]
	defer func() { _ = errors.Join(unix.Close(here), unix.Close(there)) }()
	ready, err := watch(here, kind)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s:\n", kind)
	for _, step := range []struct {
		name string
		do   func() (int, error)
	}{
		{"6 bytes have come", func() (int, error) { return unix.Write(there, []byte("abcdef")) }},
		{"3 of them are read", func() (int, error) { return unix.Read(here, make([]byte, 3)) }},
		{"1 more has come", func() (int, error) { return unix.Write(there, []byte("g")) }},
		{"all 4 are read", func() (int, error) { return unix.Read(here, make([]byte, 10)) }},
	} {
		if _, err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		event, err := ready()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %-18s  event: %t\n", step.name, event)
	}
	return nil
}
