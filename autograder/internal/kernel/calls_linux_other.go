//go:build linux && !amd64

package kernel

var oldBlockingCalls map[int]deadlineArgument

var oldMultiplexers map[int]func(pid int, arguments []uint64) []int
