package kernel

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestWhichSocketsAThreadWaitsForIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		wait        func(a, b int)
		multiplexed bool
	}{
		"poll": {func(a, b int) {
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(a), Events: unix.POLLIN}, {Fd: -1}, {Fd: int32(b), Events: unix.POLLIN}}, -1)
		}, true},
		"select": {func(a, b int) {
			var set unix.FdSet
			set.Set(a)
			set.Set(b)
			_, _ = unix.Select(max(a, b)+1, &set, nil, nil, nil)
		}, true},
		"epoll": {func(a, b int) {
			epoll, _ := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
			defer unix.Close(epoll)
			for _, fd := range []int{a, b} {
				_ = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
			}
			_, _ = unix.EpollWait(epoll, make([]unix.EpollEvent, 1), -1)
		}, true},
		"epoll in poll": {func(a, b int) {
			epoll, _ := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
			defer unix.Close(epoll)
			_ = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, a, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(a)})
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(b), Events: unix.POLLIN}, {Fd: int32(epoll), Events: unix.POLLIN}}, -1)
		}, true},
		"read": {func(a, _ int) { _, _ = unix.Read(a, make([]byte, 1)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, otherA := socketPair(t)
			b, _ := socketPair(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				c.wait(a, b)
			}()
			want := []uint32{inodeOf(t, a)}
			if c.multiplexed {
				want = append(want, inodeOf(t, b))
			}
			require.Eventually(t, func() bool {
				waits, err := Waits(os.Getpid())
				require.NoError(t, err)
				return slices.ContainsFunc(waits, func(w Wait) bool {
					slices.Sort(w.Sockets)
					slices.Sort(want)
					return w.Multiplexed == c.multiplexed && slices.Equal(w.Sockets, want)
				})
			}, 20*time.Second, time.Millisecond)
			_, err := unix.Write(otherA, []byte{1})
			require.NoError(t, err)
			<-done
		})
	}
}

// Descriptors that an instance of epoll watches may have been closed and their numbers be those of the instance itself.
func TestAnEpollThatSeemsToWatchItselfEndsTheSearch(t *testing.T) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(epoll)
	a, _ := socketPair(t)
	for range 150 {
		watched, err := unix.Dup(a)
		require.NoError(t, err)
		require.NoError(t, unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, watched, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(watched)}))
		require.NoError(t, unix.Dup3(epoll, watched, unix.O_CLOEXEC))
		defer unix.Close(watched)
	}
	found := make(chan []uint32)
	go func() { found <- socketsBehind(os.Getpid(), []int{epoll, a}) }()
	select {
	case inodes := <-found:
		assert.Equal(t, []uint32{inodeOf(t, a)}, inodes)
	case <-time.After(20 * time.Second):
		t.Fatal("the search goes round and round")
	}
}

func socketPair(t *testing.T) (one, other int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = unix.Close(pair[0])
		_ = unix.Close(pair[1])
	})
	return pair[0], pair[1]
}

func inodeOf(t *testing.T, fd int) uint32 {
	t.Helper()
	var stat unix.Stat_t
	require.NoError(t, unix.Fstat(fd, &stat))
	return uint32(stat.Ino)
}
