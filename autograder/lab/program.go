package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/transcript"
)

// Program is the program under test, running in a network of its own.
type Program struct {
	s       *session
	target  target
	args    []string
	env     []string
	box     sandbox.Sandbox
	diag    *kernel.Diagnostics // nil where the system has none
	eyes    *kernel.Observer
	process *sandbox.Process
	port    int
	conns   []*Conn
	https   []*HTTPClient
	l       *net.TCPListener // client exercises: the test's own listener
	orphans []int            // children that have outlived their parent, as findOrphans last saw
	peak    int64
	stopped bool // by AllAtOnce
}

// programEnvironment is all that the program under test inherits.
var programEnvironment = []string{"PATH=/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8", raceOptions}

// raceOptions let the race detector end a program at the first race, so that a race is seen as an exit status and not as text.
var raceOptions = fmt.Sprintf("GORACE=halt_on_error=1 exitcode=%d", raceStatus)

// raceStatus is the exit status of a program in which the race detector found a race.
const raceStatus = 66

// Start starts a server program and waits until the kernel says that it listens on the exercise's port.
func Start(t testing.TB, args ...string) *Program {
	t.Helper()
	return startServer(t, args)
}

func startServer(t testing.TB, args []string, environment ...string) *Program {
	t.Helper()
	p := newProgram(t, args)
	p.env = append(p.env, environment...)
	p.start()
	p.awaitListening()
	return p
}

// Serve listens on the exercise's port, as the server that a client program expects, and starts the client.
func Serve(t testing.TB, args ...string) *Program {
	t.Helper()
	p := newProgram(t, args)
	l, err := p.box.Listen(p.port)
	if err != nil {
		p.s.broken(err)
	}
	p.l = l
	t.Cleanup(func() { _ = l.Close() })
	p.s.step("", transcript.Listening, "", fmt.Sprintf("the test listens on port %d", p.port))
	p.start()
	return p
}

// ServeNobody starts a client program although nobody listens on the exercise's port.
func ServeNobody(t testing.TB, args ...string) *Program {
	t.Helper()
	p := newProgram(t, args)
	p.start()
	return p
}

func newProgram(t testing.TB, args []string) *Program {
	t.Helper()
	s := sessionOf(t)
	target, err := findTarget(t.Name())
	if build := (*buildError)(nil); errors.As(err, &build) {
		s.fail(failure{message: build.Error(), meaning: "Until it builds, nothing else can be tested.", setup: true})
	}
	if err != nil {
		s.broken(err)
	}
	p := &Program{s: s, target: target, args: args, env: slices.Clone(programEnvironment), port: target.port}
	if p.box, err = openSandbox(t.Context(), target); err != nil {
		s.broken(err)
	}
	t.Cleanup(func() {
		if err := p.box.Close(); err != nil {
			t.Logf("close the sandbox: %v", err)
		}
	})
	fd, err := p.box.Diagnostics()
	if errors.Is(err, sandbox.ErrUnsupported) {
		return p
	}
	if err == nil {
		p.diag, err = kernel.NewDiagnostics(fd)
	}
	if err != nil {
		s.broken(err)
	}
	p.eyes = kernel.NewObserver()
	t.Cleanup(func() {
		p.eyes.Close()
		_ = p.diag.Close() // a netlink socket holds nothing to lose
	})
	return p
}

// openSandbox takes the best that this machine has.
func openSandbox(ctx context.Context, target target) (sandbox.Sandbox, error) {
	options := []sandbox.Option{sandbox.Executable(target.program)}
	if target.race {
		options = append(options, sandbox.UnlimitedAddressSpace())
	}
	switch target.level {
	case sandbox.L3:
		return sandbox.New(target.helper, options...)
	case sandbox.L0:
		return sandbox.NewPlain(ctx, target.port, "")
	}
	return sandbox.NewPlain(ctx, target.port, target.helper, options...)
}

func (p *Program) start() {
	p.s.t.Helper()
	process, err := p.box.Start(sandbox.Command{Path: p.target.program, Args: p.args, Env: p.env, Dir: "/"})
	if p.process != nil && errors.Is(err, sandbox.ErrUsedUp) {
		p.s.fail(failure{
			message:  "the program cannot be started again: " + err.Error(),
			meaning:  "What it has started before is still there, and leaves no room for another process.",
			expected: "another start",
			actual:   err.Error(),
		})
	}
	if err != nil {
		p.s.broken(err)
	}
	p.process = process
	if p.l != nil {
		p.s.lag.begin(p.s.t.Context().Done())
	}
	p.s.step("", transcript.Started, "", strings.Join(p.args, " "))
}

// awaitListening waits until the port is in LISTEN. It never connects to find out: that would use up an accept.
func (p *Program) awaitListening() {
	p.s.t.Helper()
	if p.diag == nil {
		return // Dial tries until somebody listens
	}
	w := p.watch(patience)
	for pause := lookEvery / 2; ; pause = min(2*pause, 4*lookEvery) {
		here, all := p.listeners()
		if len(here) > 0 {
			p.s.step("", transcript.Listening, "", fmt.Sprintf("the program listens on port %d", p.port))
			return
		}
		if why := w.over(); why != "" {
			f := p.notListening(why, all)
			f.meaning += p.itsGoroutines()
			p.s.fail(f)
		}
		p.pause(pause)
	}
}

// listeners are the program's: those on the exercise's port, and all of them.
func (p *Program) listeners() (here, all []kernel.Listener) {
	p.s.t.Helper()
	all, err := p.diag.Listeners()
	if err != nil {
		p.s.broken(err)
	}
	for _, l := range all {
		if l.Port == p.port {
			here = append(here, l)
		}
	}
	return here, all
}

func (p *Program) notListening(why string, listeners []kernel.Listener) failure {
	f := failure{
		message:  fmt.Sprintf("the program does not listen on port %d: %s", p.port, why),
		meaning:  p.meaningOfItsEnd("A server has to create its listener before anything else can happen."),
		expected: fmt.Sprintf("a listener on port %d", p.port),
		actual:   "no listener",
		setup:    true,
	}
	if len(listeners) > 0 {
		var ports []string
		for _, l := range listeners {
			ports = append(ports, fmt.Sprint(l.Port))
		}
		f.actual = "a listener on port " + strings.Join(ports, ", ")
		f.message = fmt.Sprintf("the program listens on port %s, not on %d", strings.Join(ports, ", "), p.port)
		f.meaning = "The port is part of the protocol: clients know no other."
	}
	return f
}

// ending says how the program ended, with the last lines of its standard error.
func (p *Program) ending() string {
	select {
	case <-p.process.Stderr.Closed():
	case <-time.After(brevity): // a child may still hold the stream
	}
	exit, _ := p.process.Exit()
	said := p.process.Stderr.String()
	if exit.Status == raceStatus && strings.Contains(said, "DATA RACE") {
		if accesses := raceWords(said); accesses != "" {
			return "the race detector found a data race: " + accesses
		}
		return "the race detector found a data race"
	}
	if words := lastWords(said); words != "" {
		return fmt.Sprintf("%v; the last it wrote to standard error: %q", exit, words)
	}
	return exit.String()
}

// meaningOfItsEnd says what it means that the program has ended, where it was not to: it has crashed, or else otherwise.
func (p *Program) meaningOfItsEnd(otherwise string) string {
	said := p.process.Stderr.String()
	switch {
	case strings.Contains(said, "DATA RACE"):
		return "The race detector ends the program at the first race."
	case strings.Contains(said, "panic: "), strings.Contains(said, "fatal error: "):
		return "The program has crashed; what it wrote to standard error says why, and where."
	}
	return otherwise
}

// lastWords are the last lines of a program's standard error. Of a crash they are the lines that say why and where in the
// program, not the stack around them.
func lastWords(stderr string) string {
	const most = 4
	lines := strings.Split(strings.TrimRight(stderr, "\n"), "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "WARNING: DATA RACE"):
			return strings.Join(lines[i:min(i+most, len(lines))], "\n")
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
			for at := i; at+1 < len(lines); at++ {
				if strings.HasPrefix(lines[at], "main.") {
					return strings.Join([]string{line, lines[at], strings.TrimSpace(lines[at+1])}, "\n")
				}
			}
			return line
		}
	}
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// pause lets time pass until the next look, or until the program ends.
func (p *Program) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.process.Done():
	case <-timer.C:
	}
}

// Pause lets time pass in which no client does anything, where a requirement speaks of such a pause.
func (p *Program) Pause(d time.Duration) {
	p.s.step("", transcript.Observed, "", fmt.Sprintf("nobody does anything for %v", d))
	p.pause(d)
}

// Note writes a sentence into the transcript, to say where in a long test the reader is.
func (p *Program) Note(sentence string) { p.s.step("", transcript.Noted, "", sentence) }

// family lists the processes of the program: itself first, then what it has started, directly or not. A child of a child that has
// ended is still of the family, though no longer a descendant: what a program does in it is what the program does.
func (p *Program) family() []int {
	p.findOrphans()
	family := append([]int{p.process.PID}, kernel.Descendants(p.process.PID)...)
	for _, orphan := range p.orphans {
		family = append(append(family, orphan), kernel.Descendants(orphan)...)
	}
	return family
}

// findOrphans notes which processes of the program have lost their parent by now, and reports whether they are others than before.
// look, which keeps its files open, does not ask each time.
func (p *Program) findOrphans() (changed bool) {
	before := p.orphans
	if adopter := p.box.Adopter(); adopter != 0 {
		p.orphans = slices.DeleteFunc(kernel.Children(adopter), func(pid int) bool { return pid == p.process.PID })
	}
	return !slices.Equal(before, p.orphans)
}

// look looks at every thread of the program and of its family.
func (p *Program) look() (kernel.Rest, error) {
	if p.diag == nil || p.process.PID == 0 {
		return kernel.Rest{}, kernel.ErrUnsupported
	}
	rest := p.eyes.Look(p.process.PID, p.orphans...)
	p.s.lag.look(rest)
	return rest, nil
}

// delivered reports whether nothing is on its way between the test and the program, on its standard streams either.
func (p *Program) delivered() bool {
	if p.process.Stdout.Unread() || p.process.Stderr.Unread() {
		return false
	}
	return p.arrived() && !slices.ContainsFunc(p.https, (*HTTPClient).inFlight)
}

// arrived reports whether all that the test has sent on its connections, and every end of one, has reached the program's kernel.
func (p *Program) arrived() bool {
	return !slices.ContainsFunc(p.conns, func(c *Conn) bool { return !c.delivered() })
}

// flush gives the kernel what the test has given to Send and it had no room for, or no time.
func (p *Program) flush() {
	for _, c := range p.conns {
		c.flush()
	}
}

// newsDelay is how long the end of a program may be known later than the end of its connections, where nobody can see whether
// it still holds descriptors.
const newsDelay = 100 * time.Millisecond

// hasEnded reports whether a program whose sockets are closed has ended itself. A process that ends lets go of all its
// descriptors first, and is gone as soon as its threads get to run. No verdict depends on it, only its words.
func (p *Program) hasEnded() bool {
	delay := patience
	switch usage, err := kernel.Held(p.process.PID); {
	case usage.Descriptors > 0:
		delay = 0
	case errors.Is(err, kernel.ErrUnsupported):
		delay = newsDelay
	}
	select {
	case <-p.process.Done():
		return true
	case <-time.After(delay):
		return false
	}
}

// Accept waits for the program's next connection.
func (p *Program) Accept() *Conn {
	p.s.t.Helper()
	w := p.watch(patience)
	for {
		_ = p.l.SetDeadline(time.Now().Add(w.next())) // fails only on a closed listener, as Accept will say
		conn, err := p.l.AcceptTCP()
		if err == nil {
			return p.adopt(p.s.nextName(), conn, transcript.Accepted)
		}
		if netError := net.Error(nil); !errors.As(err, &netError) || !netError.Timeout() {
			p.s.broken(err)
		}
		if why := w.over(); why != "" {
			p.s.fail(failure{
				message:  "the program does not connect: " + why,
				meaning:  "A client acts first: it connects to the server." + p.itsGoroutines(),
				expected: fmt.Sprintf("a connection to port %d", p.port),
				actual:   "none",
				setup:    true,
			})
		}
	}
}

func (p *Program) adopt(name string, conn *net.TCPConn, kind transcript.Kind) *Conn {
	c := &Conn{p: p, name: name, conn: conn}
	c.local, c.peer = p.ends(conn)
	p.conns = append(p.conns, c)
	p.s.t.Cleanup(func() { _ = conn.Close() })
	p.s.step(name, kind, "", "")
	return c
}

// Kill ends the program with SIGKILL, which it cannot prepare for.
func (p *Program) Kill() {
	p.s.t.Helper()
	if err := p.process.Kill(); err != nil {
		p.s.broken(err)
	}
	p.s.step("", transcript.Killed, "", "")
}

// StartAgain starts the program, which has ended, once more in the same network and with the same files. A client finds the
// same listener there. Where arguments are given, they take the place of the first ones.
func (p *Program) StartAgain(args ...string) {
	p.s.t.Helper()
	if len(args) > 0 {
		p.args = args
	}
	p.start()
	if p.l == nil {
		p.awaitListening()
	}
}

// nextName names connections A to Z, then AA and so on.
func (s *session) nextName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := ""
	for n := s.names; n >= 0; n = n/26 - 1 {
		name = string(rune('A'+n%26)) + name
	}
	s.names++
	return name
}
