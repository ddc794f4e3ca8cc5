package main

import (
	"fmt"
	"os"
	"time"
)

// progressEvery is how often long work says how far it is, where nobody watches a terminal.
const progressEvery = 10 * time.Second

// progressLine tells on standard error how far long work is: on a terminal in a line that is written over, elsewhere in a
// plain line now and then. done removes the line.
func progressLine(what string) (progress func(count int), done func()) {
	terminal := onTerminal(os.Stderr)
	last := time.Now()
	progress = func(count int) {
		switch {
		case terminal:
			fmt.Fprintf(os.Stderr, "\r%d %s", count, what)
		case time.Since(last) >= progressEvery:
			last = time.Now()
			fmt.Fprintf(os.Stderr, "%d %s\n", count, what)
		}
	}
	return progress, func() {
		if terminal {
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
	}
}

// tellSlow says why nothing can be seen yet.
func tellSlow(what string) { fmt.Fprintln(os.Stderr, what+" ...") }

func onTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
