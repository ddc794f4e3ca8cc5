package kernel

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func diagnostics(t *testing.T) *Diagnostics {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	require.NoError(t, err)
	d, err := NewDiagnostics(fd)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestAListenersBacklogAndQueueAreSeen(t *testing.T) {
	d := diagnostics(t)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, unix.Listen(fd, 4))
	name, err := unix.Getsockname(fd)
	require.NoError(t, err)
	port := name.(*unix.SockaddrInet4).Port
	conn, err := net.DialTCP("tcp4", nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	require.NoError(t, err)
	defer conn.Close()

	listeners, err := d.Listeners()
	require.NoError(t, err)
	i := slices.IndexFunc(listeners, func(l Listener) bool { return l.Port == port })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, netip.MustParseAddr("127.0.0.1"), listeners[i].Address)
	assert.Equal(t, 4, listeners[i].Backlog)
	assert.Equal(t, 1, listeners[i].Waiting)
	assert.Equal(t, fmt.Sprintf("process %d (kernel.test)", os.Getpid()), Holder(listeners[i].Inode))

	waiting, found, err := d.Connection(end(conn.RemoteAddr()), end(conn.LocalAddr()))
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, Connection{State: Established, Accepted: false}, waiting)
}

func TestUnreadAndReceivedBytesAreSeen(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			d := diagnostics(t)
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Skipf("no such address on this machine: %v", err)
			}
			defer l.Close()
			client, err := net.Dial("tcp", l.Addr().String())
			require.NoError(t, err)
			defer client.Close()
			server, err := l.Accept()
			require.NoError(t, err)
			defer server.Close()
			_, err = client.Write([]byte("hello"))
			require.NoError(t, err)
			look := func() Connection {
				c, found, err := d.Connection(end(server.LocalAddr()), end(server.RemoteAddr()))
				require.NoError(t, err)
				require.True(t, found)
				return c
			}
			require.Eventually(t, func() bool { return look().Received == 5 }, 10*time.Second, time.Millisecond)
			assert.Equal(t, 5, look().Unread)
			assert.True(t, look().Accepted)
			_, err = server.Read(make([]byte, 5))
			require.NoError(t, err)
			assert.Equal(t, 0, look().Unread)
			require.NoError(t, client.Close())
			require.Eventually(t, func() bool { return look().State == CloseWait }, 10*time.Second, time.Millisecond)
		})
	}
}

func TestAConnectionThatIsNotThereIsNotFound(t *testing.T) {
	_, found, err := diagnostics(t).Connection(netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2"))
	require.NoError(t, err)
	assert.False(t, found)
}

func end(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

func TestRestTimersAndWorkAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		command        []string
		blocked, timer bool
	}{
		"reads":  {[]string{"cat"}, true, false},
		"naps":   {[]string{"sleep", "1000"}, true, true},
		"works":  {[]string{"sh", "-c", "while :; do :; done"}, false, false},
		"parent": {[]string{"sh", "-c", "cat; :"}, true, false},
		"family": {[]string{"sh", "-c", "sleep 1000; :"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(c.command[0], c.command[1:]...)
			stdin, err := command.StdinPipe()
			require.NoError(t, err)
			defer stdin.Close()
			command.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
			require.NoError(t, command.Start())
			defer func() {
				require.NoError(t, unix.Kill(-command.Process.Pid, unix.SIGKILL))
				_ = command.Wait() // it was killed, and says so
			}()
			o := NewObserver()
			defer o.Close()
			if name == "works" {
				start := o.Look(command.Process.Pid)
				require.Eventually(t, func() bool {
					return o.Look(command.Process.Pid).CPU-start.CPU > 20*time.Millisecond
				}, 20*time.Second, time.Millisecond)
				return
			}
			var last Rest
			require.Eventually(t, func() bool {
				rest := o.Look(command.Process.Pid)
				same := rest.Mark == last.Mark && rest.Blocked == c.blocked && rest.Timer == c.timer
				last = rest
				return same
			}, 20*time.Second, 5*time.Millisecond)
		})
	}
}

func TestATimerThatIsADescriptorIsSeenWhileItRuns(t *testing.T) {
	o := NewObserver()
	defer o.Close()
	o.Look(os.Getpid())
	assert.False(t, o.TimerSet(), "there is none")
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(timer)
	assert.False(t, o.TimerSet(), "it does not run")
	require.NoError(t, unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Value: unix.Timespec{Sec: 3600}}, nil))
	assert.True(t, o.TimerSet())
	require.NoError(t, unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{}, nil))
	assert.False(t, o.TimerSet(), "it was stopped")
}

func TestATimeoutOfASocketIsSeen(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	bounded := func(option int) bool { return boundedBySocket(os.Getpid(), fmt.Sprintf("0x%x", pair[0]), option) }
	assert.False(t, bounded(unix.SO_RCVTIMEO))
	require.NoError(t, unix.SetsockoptTimeval(pair[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1}))
	assert.True(t, bounded(unix.SO_RCVTIMEO))
	assert.False(t, bounded(unix.SO_SNDTIMEO))

	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	assert.False(t, boundedBySocket(os.Getpid(), fmt.Sprintf("0x%x", null.Fd()), unix.SO_RCVTIMEO), "it is no socket")
}

func TestAnInterruptedWriteIsCutShort(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	data := make([]byte, 4<<20)
	written := make(chan int)
	go func() {
		n, _ := unix.Write(pair[0], data) // nobody reads
		written <- n
	}()
	require.Eventually(t, func() bool {
		require.NoError(t, Interrupt(os.Getpid()))
		select {
		case n := <-written:
			return assert.Greater(t, n, 0) && assert.Less(t, n, len(data))
		default:
			return false
		}
	}, 20*time.Second, 5*time.Millisecond)
}

func TestWhatThisProcessHoldsIsSeen(t *testing.T) {
	before, err := Held(os.Getpid())
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(poll)
	after, err := Held(os.Getpid())
	require.NoError(t, err)
	assert.Greater(t, after.Polls, before.Polls)
	assert.Greater(t, after.Sockets, before.Sockets)
	assert.Greater(t, after.Descriptors, before.Descriptors)
	assert.Positive(t, after.Threads)
	assert.Greater(t, after.Memory, int64(1<<20))
	peak, err := PeakMemory(os.Getpid())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, peak, after.Memory/2)
}

func TestAChildIsADescendantUntilItEndsAndAZombieUntilSomebodyWaits(t *testing.T) {
	child := exec.Command("cat")
	stdin, err := child.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	assert.Contains(t, Descendants(os.Getpid()), child.Process.Pid)
	assert.NotContains(t, Zombies(os.Getpid()), child.Process.Pid)
	require.NoError(t, stdin.Close())
	require.Eventually(t, func() bool { return slices.Contains(Zombies(os.Getpid()), child.Process.Pid) }, 20*time.Second, time.Millisecond)
	assert.NotContains(t, Descendants(os.Getpid()), child.Process.Pid)
	require.NoError(t, child.Wait())
	assert.NotContains(t, Zombies(os.Getpid()), child.Process.Pid)
}

func TestAStoppedProcessIsToldFromOneThatRuns(t *testing.T) {
	child := exec.Command("cat")
	_, err := child.StdinPipe() // it waits for what never comes
	require.NoError(t, err)
	require.NoError(t, child.Start())
	assert.False(t, Stopped(child.Process.Pid))
	require.NoError(t, Stop(child.Process.Pid))
	assert.Eventually(t, func() bool { return Stopped(child.Process.Pid) }, 20*time.Second, time.Millisecond)
	require.NoError(t, Continue(child.Process.Pid))
	assert.Eventually(t, func() bool { return !Stopped(child.Process.Pid) }, 20*time.Second, time.Millisecond)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	assert.True(t, Stopped(child.Process.Pid), "of a process that is gone nothing runs")
}

func TestASocketIsHeldByWhoeverHasADescriptorOfIt(t *testing.T) {
	d := diagnostics(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	c, found, err := d.Connection(end(client.LocalAddr()), end(client.RemoteAddr()))
	require.NoError(t, err)
	require.True(t, found)
	assert.True(t, Holds(os.Getpid(), c.Inode))
	assert.False(t, Holds(os.Getppid(), c.Inode))
}

func TestASocketThatBlocksIsToldFromOneThatDoesNot(t *testing.T) {
	a, _ := socketPair(t)
	for _, nonblocking := range []bool{true, false} {
		require.NoError(t, unix.SetNonblock(a, nonblocking))
		assert.Equal(t, !nonblocking, Blocks(os.Getpid(), inodeOf(t, a)))
	}
	assert.False(t, Blocks(os.Getpid(), 0), "no socket")
}

func TestTheFilesThatAProcessHasOpenAreSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "open")
	file, err := os.Create(path)
	require.NoError(t, err)
	paths, err := OpenFiles(os.Getpid())
	require.NoError(t, err)
	assert.Contains(t, paths, path)
	require.NoError(t, file.Close())
	paths, err = OpenFiles(os.Getpid())
	require.NoError(t, err)
	assert.NotContains(t, paths, path)
}

func TestAProcessIsLeftSoManyDescriptorsAndNoMore(t *testing.T) {
	for n := range 4 {
		restore, err := LeaveDescriptors(os.Getpid(), n)
		require.NoError(t, err)
		var opened []int
		for len(opened) <= n {
			fd, openErr := unix.Dup(0)
			if err = openErr; err != nil {
				break
			}
			opened = append(opened, fd)
		}
		require.NoError(t, restore())
		for _, fd := range opened {
			require.NoError(t, unix.Close(fd))
		}
		assert.ErrorIs(t, err, unix.EMFILE)
		assert.Len(t, opened, n)
	}
}

// leaderVariable makes the test binary end its first thread, and no other.
const leaderVariable = "KERNEL_TEST_LEADER_ENDS"

func init() {
	if os.Getenv(leaderVariable) != "" {
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
}

func TestAProcessLivesUntilItsLastThreadEnds(t *testing.T) {
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), leaderVariable+"=yes")
	require.NoError(t, child.Start())
	pid := child.Process.Pid
	require.Eventually(t, func() bool { return stateOf(fmt.Sprintf("/proc/%d/stat", pid)) == 'Z' }, 20*time.Second, time.Millisecond)
	assert.Contains(t, Descendants(os.Getpid()), pid)
	assert.NotContains(t, Zombies(os.Getpid()), pid)
	held, err := Held(pid)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, held.Descriptors, 3, "the standard streams")
	assert.Positive(t, held.Memory)
	peak, err := PeakMemory(pid)
	require.NoError(t, err)
	assert.Positive(t, peak)
	eyes := NewObserver()
	defer eyes.Close()
	assert.Eventually(t, func() bool { return eyes.Look(pid).Blocked && eyes.Asleep() }, 20*time.Second, time.Millisecond)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait(), "it was killed")
}
