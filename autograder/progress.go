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
func progressLine(what string) (progress func(done, all int), done func()) {
	terminal := false
	if info, err := os.Stderr.Stat(); err == nil {
		terminal = info.Mode()&os.ModeCharDevice != 0
	}
	last := time.Now()
	progress = func(done, all int) {
		switch {
		case terminal:
			fmt.Fprintf(os.Stderr, "\r%d of %d %s", done, all, what)
		case time.Since(last) >= progressEvery:
			last = time.Now()
			fmt.Fprintf(os.Stderr, "%d of %d %s\n", done, all, what)
		}
	}
	return progress, func() {
		if terminal {
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
	}
}
