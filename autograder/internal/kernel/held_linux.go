package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Held reads what a process holds now.
func Held(pid int) (Usage, error) {
	var u Usage
	sockets, descriptors, err := descriptorsOf(pid)
	if err != nil {
		return u, err
	}
	u.Sockets, u.Descriptors = len(sockets), descriptors
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return u, err
	}
	u.Threads = len(threads)
	u.Memory, err = kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:")
	return u, err
}

// descriptorsOf counts the descriptors of a process and lists the inodes of the sockets that they lead to, one for each.
func descriptorsOf(pid int) (sockets []uint32, descriptors int, err error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil, 0, err
	}
	for _, d := range entries {
		target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, d.Name()))
		if err != nil {
			continue // it has just been closed
		}
		if number, found := strings.CutPrefix(target, "socket:["); found {
			inode, _ := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 32) // as the kernel writes it
			sockets = append(sockets, uint32(inode))
		}
	}
	return sockets, len(entries), nil
}

// Holds reports whether a process holds the socket with this inode.
func Holds(pid int, inode uint32) bool {
	sockets, _, err := descriptorsOf(pid)
	return err == nil && slices.Contains(sockets, inode)
}

// PeakMemory is the most that a live process ever had resident, in bytes.
func PeakMemory(pid int) (int64, error) {
	return kilobytes(fmt.Sprintf("/proc/%d/status", pid), "VmHWM:")
}

// kilobytes reads a line such as "Pss:   1234 kB", in bytes.
func kilobytes(file, key string) (int64, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if value, found := strings.CutPrefix(line, key); found {
			number, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return number * 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no line %q", file, key)
}

// Holder names the process that holds a socket: "process 123 (nc)". It is "an unknown process" where this user may not see it.
func Holder(inode uint32) string {
	want := fmt.Sprintf("socket:[%d]", inode)
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
	for _, descriptor := range descriptors {
		if target, err := os.Readlink(descriptor); err != nil || target != want {
			continue
		}
		process := filepath.Dir(filepath.Dir(descriptor))
		command, err := os.ReadFile(filepath.Join(process, "comm"))
		if err == nil {
			return fmt.Sprintf("process %s (%s)", filepath.Base(process), strings.TrimSpace(string(command)))
		}
	}
	return "an unknown process"
}
