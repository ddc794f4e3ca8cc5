package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"tcplab/autograder/internal/sandbox/control"
	"tcplab/autograder/internal/scratch"
)

// plain runs programs in the machine's own network.
type plain struct {
	release   func() // gives the port back to other runs
	port      int
	helper    string // the program that guards others; empty where there is none
	user      int    // that guarded programs run as; 0 for the tester's own
	folder    string // that guarded programs may write to
	unlimited bool   // address space
	mu        sync.Mutex
	processes []*Process
}

// NewPlain makes a place without a private network: for systems without namespaces. Only one program at a time can have
// the exercise's port, so NewPlain waits for its turn. A port that something else holds is an error that names the holder.
// With helper, the path of the built initproc program, programs have as few rights as this system can leave them without
// namespaces; without it they have the tester's.
func NewPlain(ctx context.Context, port int, helper string, options ...Option) (Sandbox, error) {
	release, err := scratch.LockPort(ctx, port)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port)))
	if err != nil {
		release()
		return nil, fmt.Errorf("port %d of this machine is not free (%w): %s; end it and try again", port, err, holder(port))
	}
	if err := l.Close(); err != nil {
		release()
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &plain{release: release, port: port, helper: helper}
	for _, option := range options {
		s.unlimited = s.unlimited || slices.Contains(option.arguments, control.Unlimited)
	}
	if helper != "" {
		s.user = guardedUser(port) // of which there is one program at a time: sweep ends no other one's
		if s.folder, err = ownFolder(s.user, port); err == nil {
			err = adopt()
		}
		if err != nil {
			release()
			return nil, err
		}
	}
	return s, nil
}

func (s *plain) Private() bool { return false }

func (s *plain) Adopter() int {
	if s.helper == "" {
		return 0
	}
	return os.Getpid()
}

func (s *plain) Start(c Command) (*Process, error) {
	stdout, stdoutEnd, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	defer stdoutEnd.Close()
	stderr, stderrEnd, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: %w", err), stdout.Close())
	}
	defer stderrEnd.Close()
	command := exec.Command(c.Path, c.Args...)
	command.Env, command.Dir = c.Env, c.Dir
	if s.helper != "" {
		// the program's user may not be able to enter the folder that it is in; a descriptor leads there all the same
		executable, err := os.Open(c.Path)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("sandbox: %w", err), stdout.Close(), stderr.Close())
		}
		defer executable.Close()
		command = s.guarded(c, executable)
	}
	command.Stdout, command.Stderr = stdoutEnd, stderrEnd
	ownGroup(command)
	p := &Process{Started: time.Now(), done: make(chan struct{})}
	if err := command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: start %s: %w", c.Path, err), stdout.Close(), stderr.Close())
	}
	p.PID = command.Process.Pid
	p.Stdout, p.Stderr = collect(stdout), collect(stderr)
	p.kill = func() error { return killGroup(command) }
	go func() {
		_ = command.Wait() // the state says how it ended
		p.finish(exitOf(command.ProcessState.Sys().(syscall.WaitStatus)))
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes = append(s.processes, p)
	return p, nil
}

// guarded is the command that gives up its rights and then becomes the program.
func (s *plain) guarded(c Command, executable *os.File) *exec.Cmd {
	unlimited := ""
	if s.unlimited {
		unlimited = control.Unlimited
	}
	args := []string{control.Guard, strconv.Itoa(s.user), strconv.Itoa(s.port), s.folder, unlimited, programName}
	command := exec.Command(s.helper, append(args, c.Args...)...)
	command.Env = append(slices.DeleteFunc(slices.Clone(c.Env), func(entry string) bool {
		return strings.HasPrefix(entry, "HOME=") || strings.HasPrefix(entry, "TMPDIR=")
	}), "HOME="+s.folder, "TMPDIR="+s.folder)
	command.ExtraFiles = []*os.File{executable}
	return command
}

func (s *plain) Dial(ctx context.Context, port, receiveBuffer int) (*net.TCPConn, error) {
	var dialer net.Dialer
	if receiveBuffer > 0 {
		dialer.Control = func(_, _ string, raw syscall.RawConn) error { return setReceiveBuffer(raw, receiveBuffer) }
	}
	conn, err := dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

func (s *plain) Listen(port int) (*net.TCPListener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("localhost", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return l.(*net.TCPListener), nil
}

func (s *plain) Close() error {
	defer s.release()
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, p := range s.processes {
		select {
		case <-p.done:
		default:
			err = errors.Join(err, p.Kill())
		}
	}
	if s.helper != "" {
		err = errors.Join(err, s.sweep(), os.RemoveAll(s.folder))
	}
	return err
}
