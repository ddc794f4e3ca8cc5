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
	write, done := progressText()
	return func(count int) { write(fmt.Sprintf("%d %s", count, what)) }, done
}

// progressOf is progressLine for work whose size is known: it tells the rate and the time that is left, too.
func progressOf(what string) (progress func(count, of int), done func()) {
	write, done := progressText()
	began := time.Now()
	return func(count, of int) { write(pace(what, count, of, time.Since(began))) }, done
}

// pace says how far work is after some time. What has come at once, out of a cache, makes no rate.
func pace(what string, count, of int, took time.Duration) string {
	text := fmt.Sprintf("%d of %d %s", count, of, what)
	if count == 0 || took < time.Second {
		return text
	}
	left := time.Duration(float64(took) / float64(count) * float64(of-count))
	return fmt.Sprintf("%s, %.0f a minute, %v left", text, float64(count)/took.Minutes(), left.Round(time.Second))
}

func progressText() (write func(text string), done func()) {
	terminal := onTerminal(os.Stderr)
	last := time.Now()
	write = func(text string) {
		switch {
		case terminal:
			fmt.Fprintf(os.Stderr, "\r\x1b[K%s", text)
		case time.Since(last) >= progressEvery:
			last = time.Now()
			fmt.Fprintln(os.Stderr, text)
		}
	}
	return write, func() {
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
