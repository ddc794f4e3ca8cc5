//go:build linux && !amd64

package kernel

var oldBlockingCalls map[int]deadlineArgument
