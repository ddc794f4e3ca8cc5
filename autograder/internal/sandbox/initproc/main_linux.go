// Command initproc is the first process of a sandbox: PID 1 of new namespaces. It makes the world that the program under
// test lives in, makes sockets in its network and hands them out, starts the program, and reports its end. When the other
// side of the control socket is gone it exits, and the kernel ends everything else in the sandbox with it.
//
// It is a program of its own, and imports little, because it is started for every test: a Go program's start-up costs
// page faults in proportion to what is linked in (measured: 0.9 ms of CPU for this one, 3.5 ms for a test binary).
package main

import (
	"errors"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/sandbox/control"
)

func main() {
	if len(os.Args) > 1 {
		if role := roles[os.Args[1]]; role != nil {
			if err := role(os.Args[2:]); err != nil {
				os.Stderr.WriteString(os.Args[1] + ": " + err.Error() + "\n")
				os.Exit(control.RoleFailed)
			}
			return
		}
	}
	// A signal that has a handler reaches PID 1 even from inside its namespace, and the Go runtime handles most of them by
	// exiting. Ignored, they cannot be used to end the sandbox.
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM,
		unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU)
	ignoreFatalSignals()
	// Whatever descriptors the tester's own shell has passed on, a program gets none of them.
	if err := unix.CloseRange(control.Descriptor, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		answer(control.Encode(control.Failed, "close_range: "+err.Error()))
		os.Exit(1)
	}
	closeAll([]int{control.HelperDescriptor})
	world := readArguments(os.Args[1:])
	program, err := prepare(world)
	if err != nil {
		answer(control.Encode(control.Failed, err.Error()))
		os.Exit(1)
	}
	answer(control.Encode(control.Done))
	s := server{memory: world.memory, program: program, started: make(chan struct{}, 1), starts: make(chan startRequest)}
	go s.reap()
	go s.startConfined()
	s.serve()
}

// ignoreFatalSignals ignores the signals at which Go's runtime gives up, and that os/signal leaves to it. A fault of this process's
// own ends it all the same: the kernel does not let those be ignored.
func ignoreFatalSignals() {
	// struct sigaction of the kernel (rt_sigaction(2)): the handler, flags, the restorer, a mask
	ignore := [4]uint64{1} // SIG_IGN
	for _, signal := range []unix.Signal{unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSYS,
		unix.SIGSTKFLT, unix.SIGIO, unix.SIGPWR, unix.SIGVTALRM, unix.SIGPROF} {
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(signal), uintptr(unsafe.Pointer(&ignore)), 0, 8, 0, 0) // fails for no valid signal
	}
}

// roles are what else this program can be.
var roles = map[string]func(args []string) error{
	control.Guard:  guard,
	control.Sweep:  func(args []string) error { return sweep(args[0]) },
	control.Listen: func(args []string) error { return listen(args[0]) },
	control.Detect: func([]string) error {
		if landlockVersion() == 0 {
			return errors.New("this kernel has no Landlock")
		}
		return nil
	},
}

// arguments are what this sandbox is for.
type arguments struct {
	unlimited                  bool // address space
	building                   bool
	memory                     int64
	readOnly, writable, folder []string
	executable                 string
}

func readArguments(args []string) arguments {
	a := arguments{memory: control.MaxMemory}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name + "=" {
		case control.Unlimited + "=":
			a.unlimited = true
		case control.Memory:
			a.memory, _ = strconv.ParseInt(value, 10, 64) // written by this lab; without it, everything is too big
			a.building = true
		case control.ReadOnly:
			a.readOnly = append(a.readOnly, value)
		case control.Writable:
			a.writable = append(a.writable, value)
		case control.Folder:
			a.folder = append(a.folder, value)
		case control.Executable:
			a.executable = value
		}
	}
	return a
}

// server answers requests until the tester has gone.
type server struct {
	program int   // a descriptor of the program's executable that leads through a read-only mount, or -1
	memory  int64 // how much all programs may have resident together, in bytes
	started chan struct{}
	starts  chan startRequest
}

func (s *server) serve() {
	message := make([]byte, control.MaxMessage)
	oob := make([]byte, unix.CmsgSpace(control.MaxDescriptors*4))
	for {
		n, oobn, _, _, err := unix.Recvmsg(control.Descriptor, message, oob, unix.MSG_CMSG_CLOEXEC)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		op, fields := control.Decode(message[:n])
		switch op {
		case control.Socket:
			makeSockets(fields)
		case control.Start:
			s.starts <- startRequest{fields, descriptors(oob[:oobn])}
		default:
			answer(control.Encode(control.Failed, "unknown operation "+strconv.Itoa(int(op))))
		}
	}
}

// makeSockets makes unconnected sockets: whoever receives them connects or binds them in this network without entering it.
func makeSockets(fields []string) {
	numbers := make([]int, 4)
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(fields[i])
	}
	family, kind, protocol, count := numbers[0], numbers[1], numbers[2], numbers[3]
	var made []int
	for range count {
		fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			fail("socket", err)
			closeAll(made)
			return
		}
		made = append(made, fd)
	}
	answer(control.Encode(control.Done), made...)
	closeAll(made)
}

// startRequest is a Start message with what came beside it: the executable and the three standard streams.
type startRequest struct {
	fields []string
	files  []int
}

// start runs a program. It is called on a thread that is confined already, as the program is by inheritance.
func (s *server) start(request startRequest) {
	defer closeAll(request.files)
	fields := request.fields
	argc, _ := strconv.Atoi(fields[1])
	argv, env := fields[2:2+argc], fields[2+argc:]
	executable, stdio := request.files[0], request.files[1:]
	if sameFile(executable, s.program) {
		executable = s.program
	}
	files := make([]uintptr, len(stdio))
	for i, fd := range stdio {
		files[i] = uintptr(fd)
	}
	pidfd := -1
	// The file is taken by its descriptor: the sandbox has no path that leads to it, and shows none.
	pid, err := syscall.ForkExec("/proc/self/fd/"+strconv.Itoa(executable), argv, &syscall.ProcAttr{
		Dir:   fields[0],
		Env:   env,
		Files: files,
		Sys:   &syscall.SysProcAttr{Setsid: true, PidFD: &pidfd},
	})
	switch err {
	case nil:
	case unix.EAGAIN:
		answer(control.Encode(control.NoRoom))
		return
	default:
		fail("start "+argv[0], err)
		return
	}
	answer(control.Encode(control.Done, strconv.Itoa(pid)), pidfd)
	closeAll([]int{pidfd})
	select {
	case s.started <- struct{}{}:
	default:
	}
}

func sameFile(one, other int) bool {
	var a, b unix.Stat_t
	return other >= 0 && unix.Fstat(one, &a) == nil && unix.Fstat(other, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// reap waits for every child, the program's orphans among them, as PID 1 has to, and reports each end.
func (s *server) reap() {
	for range s.started {
		done := make(chan struct{})
		go watchMemory(s.memory, done)
		for {
			var status unix.WaitStatus
			var used unix.Rusage
			pid, err := unix.Wait4(-1, &status, 0, &used)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				break // no children left: wait for the next start
			}
			cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
			answer(control.Encode(control.Ended, strconv.Itoa(pid), strconv.Itoa(int(status)), strconv.FormatInt(cpu.Milliseconds(), 10)))
		}
		close(done)
	}
}

func descriptors(oob []byte) []int {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	var all []int
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		all = append(all, fds...)
	}
	return all
}

func fail(what string, err error) {
	answer(control.Encode(control.Failed, what+": "+err.Error()))
}

// answer sends a message. A failure means that the tester has gone; serve then sees the end of the control socket.
func answer(message []byte, fds ...int) {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	for unix.Sendmsg(control.Descriptor, message, oob, nil, 0) == unix.EINTR {
	}
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd) // nothing is written to them, so nothing can be lost
	}
}
