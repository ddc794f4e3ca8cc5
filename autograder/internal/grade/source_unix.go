//go:build unix

package grade

import (
	"io/fs"
	"os"
	"syscall"
)

// openFlags let the opening of a pipe, put in a file's place at the last moment, return at once.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// links is how many names a file has.
func links(info fs.FileInfo) uint64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return uint64(stat.Nlink)
}
