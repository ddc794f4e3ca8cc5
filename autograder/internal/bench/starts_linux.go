package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/sandbox"
)

const (
	startedSolution = "03-threaded-server"
	startedPort     = 3232
	// startsPerRound is how many starts of each kind a round has: one takes some milliseconds.
	startsPerRound = 10
	// crowd is how many programs listen on the same port at once.
	crowd = 100
)

// Starts measures how long a program takes until it listens: as an ordinary process, and in a sandbox that is made for it, in
// turn, so many times for each of rounds. So it measures the least that a hidden test can cost, in processor time: a process that
// runs none, and a start in a sandbox. Then as many sandboxes as a large class needs stand side by side, with a server on the
// same port in each, and all of them are talked to. It is an error where one does not answer right.
func Starts(ctx context.Context, w io.Writer, root string, rounds int) error {
	dir, err := os.MkdirTemp("", "tcplab-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "./solutions/"+startedSolution, "./autograder/internal/sandbox/initproc")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("bench: %s: %w\n%s", build, err, output)
	}
	s := starter{program: filepath.Join(dir, startedSolution), helper: filepath.Join(dir, "initproc"), tests: filepath.Join(dir, "tests")}
	compile := exec.CommandContext(ctx, "go", "test", "-c", "-o", s.tests, "./exercises/"+startedSolution+"/hidden")
	compile.Dir, compile.Env = build.Dir, build.Env
	if output, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("bench: %s: %w\n%s", compile, err, output)
	}
	if level, why := sandbox.Probe(s.helper); level < sandbox.L3 {
		fmt.Fprintf(w, "confined starts are not measured: this machine has level %s: %s\n", level, why)
		return nil
	}
	var bare, confined, least []float64
	for range rounds * startsPerRound {
		for _, side := range []struct {
			took  *[]float64
			start func(context.Context) (time.Duration, error)
		}{{&bare, s.bare}, {&confined, s.confined}, {&least, s.leastTest}} {
			took, err := side.start(ctx)
			if err != nil {
				return err
			}
			*side.took = append(*side.took, took.Seconds()*1000)
		}
	}
	slices.Sort(bare)
	slices.Sort(confined)
	slices.Sort(least)
	fmt.Fprintf(w, "until a program listens: in a sandbox %.1f ms, bare %.1f ms, so %.1f ms more (medians of %d starts each, in turn)\n",
		median(confined), median(bare), median(confined)-median(bare), len(bare))
	fmt.Fprintf(w, "the least that a hidden test costs, a process of its own and a start in a sandbox: %.1f ms CPU\n", median(least))
	began := time.Now()
	if err := s.crowd(ctx); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d programs on port %d at once: every one answered right, %.1f s for all\n", crowd, startedPort, time.Since(began).Seconds())
	return nil
}

// starter starts one program in two ways. tests are the hidden tests of the program.
type starter struct{ program, helper, tests string }

func (s starter) bare(ctx context.Context) (took time.Duration, err error) {
	began := time.Now()
	command := exec.CommandContext(ctx, s.program)
	if err := command.Start(); err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	diagnostics, err := machineDiagnostics()
	if err == nil {
		err = awaitListener(ctx, diagnostics, startedPort)
	}
	took = time.Since(began)
	_ = command.Process.Kill() // it fails where the program has ended, as is seen next
	if command.Wait(); err == nil && command.ProcessState.Exited() {
		err = fmt.Errorf("bench: %s: %s; is port %d free?", s.program, command.ProcessState, startedPort)
	}
	return took, err
}

func (s starter) confined(ctx context.Context) (took time.Duration, err error) {
	began := time.Now()
	box, err := s.inSandbox(ctx)
	took = time.Since(began)
	if box != nil {
		err = errors.Join(err, box.Close())
	}
	return took, err
}

// leastTest is the processor time of a hidden test that does nothing, and of a start in a sandbox.
func (s starter) leastTest(ctx context.Context) (took time.Duration, err error) {
	before, err := usedUp()
	if err != nil {
		return 0, err
	}
	if _, err := run(ctx, "/", s.tests, "-test.run=^$"); err != nil {
		return 0, err
	}
	if _, err := s.confined(ctx); err != nil {
		return 0, err
	}
	after, err := usedUp()
	return after - before, err
}

// usedUp is the processor time of this process and of those that it has waited for.
func usedUp() (used time.Duration, err error) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var usage unix.Rusage
		if err := unix.Getrusage(who, &usage); err != nil {
			return 0, fmt.Errorf("bench: getrusage: %w", err)
		}
		used += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return used, nil
}

// inSandbox starts the program in a sandbox of its own, and waits until it listens.
func (s starter) inSandbox(ctx context.Context) (sandbox.Sandbox, error) {
	box, err := sandbox.New(s.helper, sandbox.Executable(s.program))
	if err != nil {
		return nil, err
	}
	if _, err := box.Start(sandbox.Command{Path: s.program, Dir: "/"}); err != nil {
		return box, err
	}
	diagnostics, err := box.Diagnostics()
	if err != nil {
		return box, err
	}
	return box, awaitListener(ctx, diagnostics, startedPort)
}

// crowd has many sandboxes with a server each, and talks to the servers when all of them are there.
func (s starter) crowd(ctx context.Context) (err error) {
	var boxes []sandbox.Sandbox
	defer func() {
		for _, box := range boxes {
			err = errors.Join(err, box.Close())
		}
	}()
	for range crowd {
		box, err := s.inSandbox(ctx)
		if box != nil {
			boxes = append(boxes, box)
		}
		if err != nil {
			return err
		}
	}
	for i, box := range boxes {
		if err := converse(ctx, box, "this is number "+strconv.Itoa(i)+"\n", "THIS IS NUMBER "+strconv.Itoa(i)+"\n"); err != nil {
			return fmt.Errorf("bench: the program in sandbox %d of %d: %w", i+1, crowd, err)
		}
	}
	return nil
}

func converse(ctx context.Context, box sandbox.Sandbox, line, want string) error {
	conn, err := box.Dial(ctx, startedPort, 0)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(stall)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, line); err != nil {
		return err
	}
	reader := bufio.NewReader(conn)
	for _, want := range []string{"HELLO\n", want} {
		if got, err := reader.ReadString('\n'); got != want {
			return fmt.Errorf("it says %q and not %q (%w)", got, want, err)
		}
	}
	return nil
}

// machineDiagnostics is a netlink socket for sock_diag(7) in the machine's own network.
func machineDiagnostics() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, fmt.Errorf("bench: ask for listeners: %w", err)
	}
	return fd, nil
}

// awaitListener asks the kernel, every millisecond, until a socket listens on the port of a network. It closes diagnostics, a
// netlink socket for sock_diag(7) there.
func awaitListener(ctx context.Context, diagnostics, port int) error {
	diag, err := kernel.NewDiagnostics(diagnostics)
	if err != nil {
		return err
	}
	defer diag.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, stall, fmt.Errorf("nobody listens on port %d after %v", port, stall))
	defer cancel()
	ask := time.NewTicker(time.Millisecond)
	defer ask.Stop()
	for {
		listeners, err := diag.Listeners()
		if err != nil || slices.ContainsFunc(listeners, func(l kernel.Listener) bool { return l.Port == port }) {
			return err
		}
		select {
		case <-ask.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
