//go:build linux

package model

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"tcplab/lectures/05-one-at-a-time/session"
)

// partVariable, in the environment, says which part a process plays: that of a child, or of a server of some kind.
const (
	partVariable = "TCPLAB_MODEL"
	childPart    = "child"
)

// The questions that a server answers on its standard output when they come on its standard input.
const (
	settled = "settled" // its usage once all children have ended and garbage is collected
	asItIs  = "as it is"
)

// usage is what a server has used and what it holds now.
type usage struct {
	Address   string
	CPU       time.Duration
	Memory    int // proportional set size in bytes, that of the children included: shared pages are shared out
	Threads   int
	Processes int
}

// server is a server in a process of its own, as its client sees it.
type server struct {
	address   string
	process   *exec.Cmd
	questions io.WriteCloser
	answers   *json.Decoder
}

func start(kind Kind) (*server, error) {
	s := &server{}
	if err := s.launch(kind); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	first, err := s.ask(asItIs)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.address = first.Address
	return s, nil
}

func (s *server) launch(kind Kind) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	s.process = exec.Command(program)
	s.process.Env = append(os.Environ(), partVariable+"="+string(kind))
	s.process.Stderr = os.Stderr
	if s.questions, err = s.process.StdinPipe(); err != nil {
		return err
	}
	answers, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	s.answers = json.NewDecoder(answers)
	return s.process.Start()
}

func (s *server) ask(question string) (answer usage, err error) {
	if _, err := fmt.Fprintln(s.questions, question); err != nil {
		return usage{}, err
	}
	if err := s.answers.Decode(&answer); err != nil {
		return usage{}, fmt.Errorf("the server does not answer: %w", err)
	}
	return answer, nil
}

// stop ends the server: it has nothing to do when nobody asks any more.
func (s *server) stop() error {
	if err := s.questions.Close(); err != nil {
		return err
	}
	return s.process.Wait()
}

// PlayPart has to be called first by the main of a program that measures. Where this process was started as a server or as
// its child, PlayPart does that work and does not return.
func PlayPart() {
	var err error
	switch part := os.Getenv(partVariable); part {
	case "":
		return
	case childPart:
		err = talkOnStdin()
	default:
		err = serve(Kind(part))
	}
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(0)
}

// host is a server, as it sees itself.
type host struct {
	listener *net.TCPListener
	servants sync.WaitGroup // the children that have not been reaped yet

	mu       sync.Mutex
	children map[int]bool
}

func serve(kind Kind) error {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	h := &host{listener: listener, children: map[int]bool{}}
	attend := map[Kind]func(*net.TCPConn) error{
		OneAtATime: talk,
		Process:    h.process,
		Thread:     thread,
		Goroutine:  func(conn *net.TCPConn) error { go told(talk, conn); return nil },
	}[kind]
	if attend == nil {
		return fmt.Errorf("%s=%q is not a kind of server", partVariable, kind)
	}
	go func() {
		for {
			conn, err := listener.AcceptTCP()
			if err != nil {
				log.Fatal(err)
			}
			told(attend, conn)
		}
	}()
	questions := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for questions.Scan() {
		if questions.Text() == settled {
			h.servants.Wait()
			debug.FreeOSMemory()
		}
		answer, err := h.usage()
		if err == nil {
			err = answers.Encode(answer)
		}
		if err != nil {
			return err
		}
	}
	return questions.Err()
}

func told(attend func(*net.TCPConn) error, conn *net.TCPConn) {
	if err := attend(conn); err != nil {
		log.Print(err)
	}
}

func talk(conn *net.TCPConn) error {
	defer conn.Close()
	return session.Talk(conn)
}

// process starts a child for a connection, as the server of lecture 6 does.
func (h *host) process(conn *net.TCPConn) error {
	defer conn.Close()
	file, err := conn.File()
	if err != nil {
		return err
	}
	defer file.Close()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(program)
	child.Env = append(os.Environ(), partVariable+"="+childPart)
	child.Stdin, child.Stderr = file, os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	h.mu.Lock()
	h.children[child.Process.Pid] = true
	h.mu.Unlock()
	h.servants.Go(func() {
		if err := child.Wait(); err != nil {
			log.Print(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.children, child.Process.Pid)
	})
	return nil
}

func talkOnStdin() error {
	conn, err := net.FileConn(os.Stdin)
	if err = errors.Join(err, os.Stdin.Close()); err != nil {
		return err
	}
	defer conn.Close()
	return session.Talk(conn)
}

// thread has a thread of the system talk to a client. A goroutine that is locked to its thread and ends takes the thread
// along; and since the descriptor blocks, the thread waits in read(2), and not the runtime in its place.
func thread(conn *net.TCPConn) error {
	defer conn.Close()
	file, err := conn.File()
	if err != nil {
		return err
	}
	defer file.Close()
	descriptor, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return err
	}
	if err := syscall.SetNonblock(descriptor, false); err != nil {
		return errors.Join(err, syscall.Close(descriptor))
	}
	go func() {
		runtime.LockOSThread()
		if err := errors.Join(session.Talk(blocking(descriptor)), syscall.Close(descriptor)); err != nil {
			log.Print(err)
		}
	}()
	return nil
}

// blocking is a descriptor whose calls keep the thread.
type blocking int

func (b blocking) Read(p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(b), p)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (b blocking) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := syscall.Write(int(b), p[written:])
		if err != nil && err != syscall.EINTR {
			return written, err
		}
		written += max(n, 0)
	}
	return written, nil
}

func (h *host) usage() (usage, error) {
	u := usage{Address: h.listener.Addr().String()}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if err := syscall.Getrusage(who, &used); err != nil {
			return usage{}, fmt.Errorf("getrusage: %w", err)
		}
		u.CPU += time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	u.Processes = len(h.children)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return usage{}, err
	}
	u.Threads = len(threads)
	u.Memory, err = memory(os.Getpid())
	for child := range h.children {
		bytes, failed := memory(child)
		u.Memory, err = u.Memory+bytes, errors.Join(err, failed)
	}
	return u, err
}

// memory is the proportional set size of a process in bytes: its own pages, and its share of those that it has in common
// with other processes.
func memory(process int) (int, error) {
	file := fmt.Sprintf("/proc/%d/smaps_rollup", process)
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(line, "Pss:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no line that begins with Pss:", file)
}
