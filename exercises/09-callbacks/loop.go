package main

import (
	"bufio"
	"bytes"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	// MaxLine is how long a line may be, in bytes, without what ends it. A longer one is an error of its connection.
	MaxLine = 65536
	// maxQueue is how much may wait to be sent to a client before the next of its lines is held back.
	maxQueue = 64 << 10
	// lingerTime bounds the wait, after Close, for a client that does not close its own side.
	lingerTime = 5 * time.Second
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

// ErrLineTooLong is the error of a connection on which a line came that is longer than MaxLine.
var ErrLineTooLong = errors.New("the line is too long")

// Loop is an event loop. It waits for everything at once: for clients, for what they send, and for the clock. When something
// happens, it calls the function that was registered for that event, which is a callback, and then waits again.
//
// It calls one callback at a time, and the next one only when that has returned. So no callback sees another one half done,
// and nothing has to be locked; but a callback that waits makes everybody wait. All functions and methods here return at
// once. They may be called before Run and from callbacks, and from nowhere else.
//
// This loop comes with the exercise and is not part of the task. Inside, it lets goroutines wait in Accept, Read and Write,
// since that works the same on every system, and they hand over what has happened to the one goroutine that is in Run. A
// loop in C would ask the kernel (epoll, kqueue, IOCP) instead; who uses it sees no difference.
type Loop struct {
	events chan func() // without a buffer: what cannot be handled yet waits where it comes from
	timers timers
	begun  int // timers so far
}

// NewLoop makes a loop that has nothing to wait for yet.
func NewLoop() *Loop { return &Loop{events: make(chan func())} }

// Run waits for events and calls their callbacks. It never returns.
func (l *Loop) Run() {
	alarm := time.NewTimer(0)
	for {
		for now := time.Now(); len(l.timers) > 0 && !l.timers[0].due.After(now); {
			heap.Pop(&l.timers).(*Timer).callback()
		}
		alarm.Stop()
		if len(l.timers) > 0 {
			alarm.Reset(time.Until(l.timers[0].due))
		}
		select {
		case event := <-l.events:
			event()
		case <-alarm.C: // never, after Stop
		}
	}
}

// post hands an event to Run, and waits until it has been handled.
func (l *Loop) post(event func()) {
	handled := make(chan struct{})
	l.events <- func() {
		event()
		close(handled)
	}
	<-handled
}

// Listen listens on a TCP port and calls onConnection for each client that connects. That is the place to register the
// callbacks of the new connection: no event of it comes before onConnection has returned.
func (l *Loop) Listen(port int, onConnection func(c *Conn)) error {
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return err
	}
	go func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				time.Sleep(acceptPause)
				continue
			}
			l.post(func() {
				c := newConn(l, socket.(*net.TCPConn)) // a listener for "tcp" accepts nothing else
				onConnection(c)
				go c.run()
			})
		}
	}()
	return nil
}

// After calls callback once, when delay has passed. Timers fire in the order in which they are due.
func (l *Loop) After(delay time.Duration, callback func()) *Timer {
	l.begun++
	t := &Timer{loop: l, due: time.Now().Add(delay), number: l.begun, callback: callback}
	heap.Push(&l.timers, t)
	return t
}

// Timer is a callback that waits for its time.
type Timer struct {
	loop     *Loop
	due      time.Time
	number   int // tells apart two that are due at the same moment
	place    int // in the heap; -1 outside of it
	callback func()
}

// Stop keeps the timer from calling its callback. It does nothing to a timer that has fired, or was stopped before.
func (t *Timer) Stop() {
	if t.place >= 0 {
		heap.Remove(&t.loop.timers, t.place)
	}
}

// timers is a heap: the one that is due first has the index 0.
type timers []*Timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	return h[i].due.Before(h[j].due) || h[i].due.Equal(h[j].due) && h[i].number < h[j].number
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *timers) Push(t any) {
	t.(*Timer).place = len(*h)
	*h = append(*h, t.(*Timer))
}

func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	t.place, (*h)[last] = -1, nil
	*h = (*h)[:last]
	return t
}

// Conn is a connection with a client. These are its events, in the order in which they can come:
//
//	line   a line has come, any number of times
//	end    the client will send no more; it may still read
//	error  the connection is broken, such as by a reset, or by a line that is too long
//	close  the connection is over: always the last event, and every connection has it
//
// Each has one callback. An event without a callback passes unseen, except an error: that ends the program.
type Conn struct {
	loop    *Loop
	socket  *net.TCPConn
	onLine  func(line string)
	onEnd   func()
	onError func(err error)
	onClose func()
	over    bool // nothing may be written any more. Like the callbacks, it is touched in Run's goroutine only.

	mu      sync.Mutex // what follows is shared with the goroutines that read and write
	changed sync.Cond  // anything of it
	queue   []byte     // written by callbacks and not yet sent
	closing bool       // Close was called
	err     error      // the first thing that went wrong
}

func newConn(l *Loop, socket *net.TCPConn) *Conn {
	c := &Conn{loop: l, socket: socket, onLine: func(string) {}, onEnd: func() {}, onClose: func() {}}
	c.onError = func(err error) { panic(fmt.Sprintf("an error event of %v, and nobody has called OnError: %v", c, err)) }
	c.changed.L = &c.mu
	return c
}

// OnLine registers what to do with a line. It is given without the LF, or CR LF, that ended it. What the client has sent
// since its last LF when it ends the stream is a line, too. After Close, no more lines come.
func (c *Conn) OnLine(callback func(line string)) { c.onLine = callback }

// OnEnd registers what to do when the client has closed its sending side. The loop itself does nothing then: the connection
// stays, and you can write to it, until you call Close.
func (c *Conn) OnEnd(callback func()) { c.onEnd = callback }

// OnError registers what to do when the connection is broken. The close event follows at once, and you need not call Close.
// After Close, no more errors come.
func (c *Conn) OnError(callback func(err error)) { c.onError = callback }

// OnClose registers what to do when the connection is over and its descriptor is free. That is some time after Close: what
// was written before has to be sent first.
func (c *Conn) OnClose(callback func()) { c.onClose = callback }

// Write sends text to the client. It never waits: what the client is not ready to receive is kept, and sent later. While
// much is kept, the client's next lines are held back, so that one who never reads is not answered more and more.
//
// To write to a connection after Close, or after its error or close event, is a mistake in the program. It panics.
func (c *Conn) Write(text string) {
	if c.over {
		panic(fmt.Sprintf("Write(%.40q) on a connection that is over: who could have stopped this callback?", text))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, text...)
	c.changed.Broadcast()
}

// Close ends the connection in order: the client gets all that was written before, and then the end of the stream. What it
// sends from now on is thrown away. A second Close does nothing.
func (c *Conn) Close() {
	c.over = true
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	c.changed.Broadcast()
}

// String is the client's address, for messages.
func (c *Conn) String() string { return c.socket.RemoteAddr().String() }

// run is a connection's life outside of the loop.
func (c *Conn) run() {
	var writer sync.WaitGroup
	writer.Go(c.write)
	c.read()
	writer.Wait()        // until the program has called Close, or something has failed
	_ = c.socket.Close() // there is nothing left that could get lost
	c.loop.post(func() {
		if !c.over { // it was not Close
			c.over = true
			c.onError(c.err)
		}
		c.onClose()
	})
}

// post hands over an event that concerns nobody after Close.
func (c *Conn) post(event func()) {
	c.loop.post(func() {
		if !c.over {
			event()
		}
	})
}

// read makes events of what the client sends.
func (c *Conn) read() {
	input := bufio.NewReader(c.socket)
	for c.awaitRoom() {
		line, err := readLine(input)
		if err == nil || err == io.EOF && line != "" {
			c.post(func() { c.onLine(line) })
		}
		switch err {
		case nil:
		case io.EOF:
			c.post(func() { c.onEnd() })
			return
		case ErrLineTooLong:
			c.post(func() { c.fail(err) })
		default:
			c.fail(err)
		}
	}
	// A connection that is closed while input lies unread in it is reset, and a reset can overtake what is still on its way.
	if _, err := io.Copy(io.Discard, c.socket); err != nil {
		c.fail(err)
	}
}

// readLine reads a line without its end. With io.EOF, it is the last one, and empty if there was none.
func readLine(input *bufio.Reader) (string, error) {
	var line []byte
	for {
		piece, err := input.ReadSlice('\n')
		line = append(line, piece...)
		if err == bufio.ErrBufferFull && len(line) <= MaxLine+len("\r") {
			continue // there is more of it
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) > MaxLine {
			return "", ErrLineTooLong
		}
		return string(line), err
	}
}

// awaitRoom waits until the next line may be read, and reports whether there is to be one.
func (c *Conn) awaitRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > maxQueue && !c.closing && c.err == nil {
		c.changed.Wait()
	}
	return !c.closing && c.err == nil
}

// write sends what the callbacks have written, until there will be no more.
func (c *Conn) write() {
	for data := c.awaitOutput(0); len(data) > 0; data = c.awaitOutput(len(data)) {
		if _, err := c.socket.Write(data); err != nil {
			c.fail(err)
		}
	}
	// Only the sending side is closed: the client reads the end of the stream, and read goes on until the client closes, too.
	if err := errors.Join(c.socket.CloseWrite(), c.socket.SetReadDeadline(time.Now().Add(lingerTime))); err != nil {
		c.fail(err)
	}
}

// awaitOutput forgets what has been sent and waits until there is more to send; nothing says that there will be no more.
func (c *Conn) awaitOutput(sent int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queue = c.queue[sent:]; len(c.queue) == 0 {
		c.queue = nil // and with it the memory of a long answer
	}
	c.changed.Broadcast()
	for len(c.queue) == 0 && !c.closing && c.err == nil {
		c.changed.Wait()
	}
	if c.err != nil {
		return nil
	}
	return c.queue
}

// fail notes what went wrong first, and ends whatever waits for the connection.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.changed.Broadcast()
	_ = c.socket.Close() // Read and Write return now
}
