package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/sandbox/control"
)

var helper, program string

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// ownerVariable makes the test binary own a sandbox and wait to be killed.
const ownerVariable = "SANDBOX_TEST_OWNER"

func runAll(m *testing.M) int {
	if os.Getenv(ownerVariable) != "" {
		helper, program, _ = strings.Cut(os.Getenv(ownerVariable), ":")
		ownUntilKilled()
	}
	dir, err := os.MkdirTemp("", "sandbox-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	helper, program = filepath.Join(dir, "initproc"), filepath.Join(dir, "program")
	for out, pkg := range map[string]string{helper: "./initproc", program: "./testdata/program"} {
		if text, err := goBuild(out, pkg); err != nil {
			panic(fmt.Sprintf("%v\n%s", err, text))
		}
	}
	return m.Run()
}

func ownUntilKilled() {
	box, err := New(helper)
	if err != nil {
		panic(err)
	}
	p, err := box.Start(Command{Path: program, Args: []string{"family"}, Dir: "/"})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.PID)
	select {}
}

// open makes a private sandbox, or skips where the machine has none.
func open(t *testing.T) Sandbox {
	t.Helper()
	box, err := New(helper)
	if level, why := Probe(helper); err != nil && level < L3 {
		t.Skip("no private networks on this machine: " + why)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	return box
}

func TestAFirstProcessThatEndsAtOnceIsAnErrorAndNoHang(t *testing.T) {
	_, err := New("/bin/true")
	require.Error(t, err)
	level, why := Probe("/bin/true")
	assert.Less(t, level, L3)
	assert.NotEmpty(t, why)
}

// freePort is a port of the machine that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func openPlain(t *testing.T) Sandbox {
	t.Helper()
	box, err := NewPlain(t.Context(), freePort(t), "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	return box
}

func TestAPortThatIsHeldIsAnErrorThatNamesTheHolder(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = NewPlain(t.Context(), port, "")
	require.ErrorContains(t, err, fmt.Sprintf("port %d of this machine is not free", port))
	assert.ErrorContains(t, err, fmt.Sprintf("it is held by process %d (", os.Getpid()))
}

func TestOnePlainPlaceWaitsForTheOtherOnTheSamePort(t *testing.T) {
	port := freePort(t)
	first, err := NewPlain(t.Context(), port, "")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = NewPlain(ctx, port, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, first.Close())
	second, err := NewPlain(t.Context(), port, "")
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

func TestAProgramsStreamsAndStatusAreItsOwn(t *testing.T) {
	for name, box := range map[string]Sandbox{"private": open(t), "plain": openPlain(t)} {
		t.Run(name, func(t *testing.T) {
			p, err := box.Start(Command{Path: program, Args: []string{"exit"}, Dir: "/"})
			require.NoError(t, err)
			<-p.Done()
			<-p.Stdout.Closed()
			<-p.Stderr.Closed()
			exit, _ := p.Exit()
			assert.Equal(t, Exit{Status: 7}, exit)
			assert.Equal(t, "exit status 7", exit.String())
			assert.Equal(t, "to standard output\n", p.Stdout.String())
			assert.Equal(t, "to standard error\n", p.Stderr.String())
		})
	}
}

func TestAProgramCanStartItselfAgain(t *testing.T) {
	open(t) // skips where there are no sandboxes
	box, err := New(helper, Executable(program))
	require.NoError(t, err)
	defer box.Close()
	p, err := box.Start(Command{Path: program, Args: []string{"again"}, Dir: "/"})
	require.NoError(t, err)
	<-p.Done()
	<-p.Stdout.Closed()
	assert.Equal(t, "to standard output\na child: exit status 7\n", p.Stdout.String())
}

func TestAClientNeverTriesTwoAddressesAtOnce(t *testing.T) {
	box := open(t)
	l, err := box.Listen(3232)
	require.NoError(t, err)
	defer l.Close()
	_, err = box.Start(Command{Path: program, Args: []string{"dial"}, Dir: "/"})
	require.NoError(t, err)
	for range 100 {
		conn, err := l.Accept()
		require.NoError(t, err)
		said := make([]byte, 1)
		_, err = conn.Read(said)
		require.NoError(t, err, "a connection was abandoned")
		require.NoError(t, conn.Close())
	}
}

func TestAKilledProgramIsSeenToBeKilled(t *testing.T) {
	for name, box := range map[string]Sandbox{"private": open(t), "plain": openPlain(t)} {
		t.Run(name, func(t *testing.T) {
			p, err := box.Start(Command{Path: program, Args: []string{"sleep"}, Dir: "/"})
			require.NoError(t, err)
			require.NoError(t, p.Kill())
			exit, _ := p.Exit()
			assert.Equal(t, Exit{Status: -1, Signal: syscall.SIGKILL}, exit)
		})
	}
}

func TestAProgramThatHoldsTooMuchMemoryIsEnded(t *testing.T) {
	open(t) // skips where there are no sandboxes
	box, err := New(helper, Option{arguments: []string{control.Memory + strconv.Itoa(32<<20)}})
	require.NoError(t, err)
	defer box.Close()
	small, err := box.Start(Command{Path: program, Args: []string{"sleep"}, Dir: "/"})
	require.NoError(t, err)
	large, err := box.Start(Command{Path: program, Args: []string{"hoard"}, Dir: "/"})
	require.NoError(t, err)
	<-large.Done()
	exit, _ := large.Exit()
	assert.Equal(t, Exit{Status: -1, Signal: syscall.SIGKILL, TooBig: true}, exit)
	<-small.Done()
}

func TestAProgramThatUsesTooMuchProcessorTimeIsEnded(t *testing.T) {
	p, err := open(t).Start(Command{Path: program, Args: []string{"spin"}, Dir: "/"})
	require.NoError(t, err)
	<-p.Done()
	exit, _ := p.Exit()
	assert.Equal(t, Exit{Status: -1, Signal: syscall.SIGKILL, TooLong: true}, exit)
	assert.Equal(t, "killed because it had used 10 seconds of processor time", exit.String())
}

func TestAProgramThatDoesNotExistIsAnError(t *testing.T) {
	_, err := open(t).Start(Command{Path: "/does/not/exist", Dir: "/"})
	assert.ErrorContains(t, err, "/does/not/exist")
}

func TestManyProgramsListenOnOnePortAtOnce(t *testing.T) {
	const many = 20
	boxes := make([]Sandbox, many)
	for i := range boxes {
		boxes[i] = open(t)
		_, err := boxes[i].Start(Command{Path: program, Args: []string{"echo"}, Dir: "/"})
		require.NoError(t, err)
	}
	for i, box := range boxes {
		conn := dialWhenReady(t, box)
		_, err := fmt.Fprintf(conn, "box %d\n", i)
		require.NoError(t, err)
		line, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("box %d\n", i), line)
		require.NoError(t, conn.Close())
	}
}

func TestASandboxThatIsClosedHoldsNoDescriptor(t *testing.T) {
	open(t) // what the first one makes for good is not meant
	descriptors := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(names)
	}
	before := descriptors()
	box, err := New(helper)
	require.NoError(t, err)
	_, err = box.Start(Command{Path: program, Args: []string{"echo"}, Dir: "/"})
	require.NoError(t, err)
	// Several sockets are made at once, so that in the end there are some to spare: how many it takes until the program listens
	// is not known.
	for i := 0; i < 5 || len(box.(*private).spare) == 0; i++ {
		require.NoError(t, dialWhenReady(t, box).Close())
	}
	require.NoError(t, box.Close())
	assert.Eventually(t, func() bool { return descriptors() <= before }, 20*time.Second, 10*time.Millisecond)
}

func dialWhenReady(t *testing.T, box Sandbox) io.ReadWriteCloser {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		conn, err := box.Dial(ctx, 3232, 0)
		if err == nil {
			return conn
		}
		require.NoError(t, ctx.Err(), "the program never listened: %v", err)
	}
}

func TestASecondStartTellsThatTheProgramsLeaveNoRoomForIt(t *testing.T) {
	for name, spoil := range map[string]func(*private) error{
		"no process may be added": func(box *private) error {
			none := unix.Rlimit{}
			return unix.Prlimit(box.helper.Process.Pid, unix.RLIMIT_NPROC, &none, nil)
		},
		"the first process is gone": func(box *private) error { return box.helper.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			box := open(t)
			command := Command{Path: program, Args: []string{"echo"}, Dir: "/"}
			_, err := box.Start(command)
			require.NoError(t, err)
			require.NoError(t, spoil(box.(*private)))
			_, err = box.Start(command)
			assert.ErrorIs(t, err, ErrUsedUp)
		})
	}
}

func TestTheMachinesOwnPortsAreOutOfReach(t *testing.T) {
	outside, err := openPlain(t).Listen(0)
	require.NoError(t, err)
	defer outside.Close()
	_, port, _ := strings.Cut(outside.Addr().String(), "]:")
	if port == "" {
		_, port, _ = strings.Cut(outside.Addr().String(), ":")
	}
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	conn, err := openPlain(t).Dial(t.Context(), number, 0)
	require.NoError(t, err, "the bait is there")
	require.NoError(t, conn.Close())
	_, err = open(t).Dial(t.Context(), number, 0)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestOutputIsReadToTheEndAndKeptUpToALimit(t *testing.T) {
	p, err := open(t).Start(Command{Path: program, Args: []string{"flood"}, Dir: "/"})
	require.NoError(t, err)
	for len(p.Stdout.String()) < OutputLimit {
		require.True(t, alive(p.PID))
	}
	require.NoError(t, p.Kill())
	<-p.Stdout.Closed()
	assert.Len(t, p.Stdout.String(), OutputLimit)
}

func TestNothingOutlivesItsOwner(t *testing.T) {
	open(t) // skips where there are no sandboxes
	owner := exec.Command("/proc/self/exe")
	owner.Env = append(os.Environ(), ownerVariable+"="+helper+":"+program)
	out, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.True(t, alive(pid))
	require.NoError(t, owner.Process.Kill())
	_ = owner.Wait() // it was killed, and says so
	require.Eventually(t, func() bool { return !alive(pid) }, 20*time.Second, time.Millisecond)
}

func alive(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}

// goBuild builds a program that needs no file of the system, as the grader does.
func goBuild(out, pkg string) ([]byte, error) {
	build := exec.Command("go", "build", "-o", out, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	return build.CombinedOutput()
}
