//go:build !linux

package bench

import (
	"context"
	"errors"
	"io"
)

// Servers needs Linux: epoll for the load, and sched_setaffinity to keep server and load apart.
func Servers(context.Context, io.Writer, string, int) error {
	return errors.New("servers are compared on Linux only")
}
