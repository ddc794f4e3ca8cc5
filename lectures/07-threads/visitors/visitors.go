// Package visitors is something that servants share: who is here, and how many have ever come. It shows what sharing takes.
package visitors

import "sync"

//region counter

// Counter counts visitors. Any number of goroutines may use it at the same time. Its zero value is ready for use.
type Counter struct {
	mu   sync.Mutex // to be held by whoever looks at here or ever, or changes them
	here int
	ever int
}

// Come counts a new visitor, and returns how many have come until now, this one included.
func (c *Counter) Come() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.here++
	c.ever++
	return c.ever
}

// Leave counts a visitor who goes.
func (c *Counter) Leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.here--
}

// Here is how many visitors are here.
func (c *Counter) Here() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.here
}

//endregion counter
