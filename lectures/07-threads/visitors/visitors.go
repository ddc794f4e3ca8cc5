// Package visitors is something that servants share: how many visitors there have been. It shows what sharing takes.
package visitors

import "sync"

//region counter

// Counter counts visitors. Any number of goroutines may use it at the same time. Its zero value is ready for use.
type Counter struct {
	mu sync.Mutex // whoever reads or changes n holds it
	n  int
}

// Add counts one visitor more, and returns how many there have been, this one included.
func (c *Counter) Add() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// Count is how many visitors there have been.
func (c *Counter) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

//endregion counter
