// Package sandbox runs a program under test in a network of its own and lets the tester reach in. Every sandbox has
// its own port 3232, so any number of them run side by side; when a sandbox is closed, or its owner is killed, the kernel
// ends everything that ran in it.
//
// Where the kernel gives no namespaces, Plain runs the program as an ordinary process in the machine's network, one at a
// time behind a lock on the port.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"tcplab/autograder/internal/sandbox/control"
)

// ErrUnsupported says that this system cannot do what was asked; callers skip, they never pass.
var ErrUnsupported = errors.New("not supported on this system")

// ErrUsedUp says that the programs that run or have run in a sandbox leave no room for another one: they hold all processes that
// there may be, or so many that the sandbox's own first process could not go on.
var ErrUsedUp = errors.New("the programs in it have used it up")

// ErrReset says that a connection was made and that the program has reset it since. The kernel tells that once, so whoever reads
// from the connection sees the end of the stream.
var ErrReset = errors.New("connection reset by the program at once")

// Sandbox is a place for programs with a network.
type Sandbox interface {
	// Private reports whether the network belongs to this sandbox alone.
	Private() bool
	// Adopter is the process that every program in the sandbox becomes a child of when its own parent ends, such as one that was
	// started by a fork of a fork; 0 where these are lost.
	Adopter() int
	// Start runs a program. Several may run in one sandbox, one after the other or at once. Errors: ErrUsedUp.
	Start(Command) (*Process, error)
	// Dial connects to a port of the sandbox's 127.0.0.1. A receiveBuffer above 0 sets SO_RCVBUF, in bytes, before
	// connecting, as tcp(7) asks for. It waits while the backlog is full, until ctx is done. Errors: ErrReset, which a private
	// sandbox returns beside the connection.
	Dial(ctx context.Context, port, receiveBuffer int) (*net.TCPConn, error)
	// Listen listens on a TCP port of the sandbox's loopback, over IPv6 too where the kernel has it.
	Listen(port int) (*net.TCPListener, error)
	// Diagnostics makes a netlink socket for sock_diag(7) in the sandbox's network. Errors: ErrUnsupported off Linux.
	Diagnostics() (int, error)
	// Close kills everything in the sandbox and waits until it is gone.
	Close() error
}

// Option changes what a private sandbox allows.
type Option struct {
	arguments []string // of its first process
	own       bool     // its programs run as the user who makes it
}

// UnlimitedAddressSpace lets programs map as much memory as they like, as the race detector has to. What they touch is
// bounded all the same.
func UnlimitedAddressSpace() Option { return Option{arguments: []string{control.Unlimited}} }

// Executable lets a program that was started from this path start itself again. It has no path in a sandbox, but the kernel
// goes on to call it by the one outside (os.Executable, on Linux), and that has to lead somewhere.
func Executable(path string) Option {
	if resolved, err := filepath.EvalSymlinks(path); err == nil { // where it cannot be found, it will not start either
		path = resolved
	}
	return Option{arguments: []string{control.Executable + path}}
}

// Workshop makes a sandbox in which the Go toolchain can build a stranger's program. readOnly and writable are what of the
// machine is seen inside, under the same paths; folder is made there and holds nothing; memory is how much all programs may
// have resident together, in bytes.
//
// Its programs run as the user who makes it, without capabilities, so that they can read that user's caches. What runs in it
// is Go's own, fed with strangers' sources, and never a stranger's program.
func Workshop(readOnly, writable []string, folder string, memory int64) Option {
	arguments := []string{control.Memory + strconv.FormatInt(memory, 10), control.Folder + folder}
	for _, path := range readOnly {
		arguments = append(arguments, control.ReadOnly+path)
	}
	for _, path := range writable {
		arguments = append(arguments, control.Writable+path)
	}
	return Option{arguments: arguments, own: true}
}

// RaceTags are the build tags of a program with the race detector: in a sandbox there is no C library to ask for names and users.
var RaceTags = []string{"netgo", "osusergo"}

// BuildFlags are what `go build` needs for a program that is to run in a sandbox, where there is no file of the system: it
// must not be linked to the C library at run time. Without the race detector CGO_ENABLED=0 sees to that.
func BuildFlags(race bool) []string {
	switch {
	case !race:
		return nil
	case runtime.GOOS != "linux":
		return []string{"-race"}
	}
	return []string{"-race", "-tags=" + strings.Join(RaceTags, ","), "-ldflags=-s -w -linkmode=external -extldflags=-static"}
}

// Command is a program to start.
type Command struct {
	Path string   // the executable
	Args []string // without the program's name
	Env  []string // all of it: nothing is inherited
	Dir  string
}

// Exit is how a program ended.
type Exit struct {
	Status int            // the exit status, -1 when a signal ended it
	Signal syscall.Signal // the signal that ended it, or 0
	TooBig bool           // it was ended because it held too much memory
	// TooLong: it was ended, as the kernel does at RLIMIT_CPU (setrlimit(2)), having used as much processor time as it may.
	TooLong bool
}

// String says it in words: "exit status 1", "killed by signal 9 (killed)".
func (e Exit) String() string {
	if e.TooBig {
		return fmt.Sprintf("killed because it held more than %d MiB of memory", control.MaxMemory>>20)
	}
	if e.TooLong {
		return fmt.Sprintf("killed because it had used %d seconds of processor time", control.MaxCPU)
	}
	if e.Signal != 0 {
		return fmt.Sprintf("killed by signal %d (%v)", int(e.Signal), e.Signal)
	}
	return fmt.Sprintf("exit status %d", e.Status)
}

// Process is a started program.
type Process struct {
	// PID is the program's process id as the tester's /proc shows it.
	PID int
	// Started is when the program was started.
	Started time.Time
	// Stdout and Stderr hold what the program wrote, up to OutputLimit bytes each.
	Stdout, Stderr *Output

	done  chan struct{}
	exit  Exit
	ended time.Time
	kill  func() error
	once  sync.Once
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit is how the program ended and when that was seen; only valid after Done is closed.
func (p *Process) Exit() (Exit, time.Time) { return p.exit, p.ended }

// Kill sends SIGKILL and waits until the program is gone.
func (p *Process) Kill() error {
	err := p.kill()
	<-p.done
	return err
}

func (p *Process) finish(exit Exit) {
	p.once.Do(func() {
		p.exit, p.ended = exit, time.Now()
		close(p.done)
	})
}

// OutputLimit is how many bytes of a program's output stream are kept, in bytes. What comes after is read and dropped, so
// that a chatty program is not held up.
const OutputLimit = 1 << 20

// Output collects what a program writes to one stream.
type Output struct {
	stream  *os.File
	mu      sync.Mutex
	kept    []byte
	dropped int
	closed  chan struct{}
}

func collect(stream *os.File) *Output {
	o := &Output{stream: stream, closed: make(chan struct{})}
	go func() {
		defer close(o.closed)
		defer stream.Close()
		buffer := make([]byte, 4096)
		for {
			n, err := stream.Read(buffer)
			o.mu.Lock()
			take := min(n, OutputLimit-len(o.kept))
			o.kept = append(o.kept, buffer[:take]...)
			o.dropped += n - take
			o.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return o
}

// Closed is closed when nothing more can be written to the stream.
func (o *Output) Closed() <-chan struct{} { return o.closed }

// Unread reports whether the program has written something that has not been collected yet. A program that waits for room in
// the stream is held up by the tester, and is not at rest.
func (o *Output) Unread() bool {
	select {
	case <-o.closed:
		return false
	default:
		return unread(o.stream) > 0
	}
}

// String is what was kept so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.kept)
}
