package kernel

import "golang.org/x/sys/unix"

// oldBlockingCalls exist only on architectures as old as this one.
var oldBlockingCalls = map[int]deadlineArgument{
	unix.SYS_POLL:       {index: 2},
	unix.SYS_SELECT:     {index: 4, byAddress: true},
	unix.SYS_EPOLL_WAIT: {index: 3},
	unix.SYS_PAUSE:      forEver,
}

// oldMultiplexers, too.
var oldMultiplexers = map[int]func(pid int, arguments []uint64) []int{
	unix.SYS_POLL:       polled,
	unix.SYS_SELECT:     selected,
	unix.SYS_EPOLL_WAIT: watched,
}
