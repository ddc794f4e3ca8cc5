package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"tcplab/autograder/internal/scratch"
)

// plain runs programs in the machine's own network.
type plain struct {
	release   func() // gives the port back to other runs
	mu        sync.Mutex
	processes []*Process
}

// NewPlain makes a place without a private network: for systems without namespaces. Only one program at a time can have
// the exercise's port, so NewPlain waits for its turn. A port that something else holds is an error that names the holder.
func NewPlain(ctx context.Context, port int) (Sandbox, error) {
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
	return &plain{release: release}, nil
}

func (s *plain) Private() bool { return false }

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
	return err
}
