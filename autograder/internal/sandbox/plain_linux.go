package sandbox

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func (s *plain) Diagnostics() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return -1, fmt.Errorf("sandbox: sock_diag: %w", err)
	}
	return fd, nil
}
