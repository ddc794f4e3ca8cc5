package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Held reads what a process holds now.
func Held(pid int) (Usage, error) {
	var u Usage
	pid = Living(pid)
	descriptors, err := descriptorsOf(pid)
	if err != nil {
		return u, err
	}
	u.Descriptors = len(descriptors)
	for _, target := range descriptors {
		switch {
		case strings.HasPrefix(target, "socket:"):
			u.Sockets++
		case target == "anon_inode:[eventpoll]", target == "anon_inode:[eventfd]":
			u.Polls++
		}
	}
	threads, err := threadsOf(pid) // the same under the number of any thread
	if err != nil {
		return u, err
	}
	u.Threads = len(threads)
	u.Memory, err = kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:")
	return u, err
}

// descriptorsOf lists what the descriptors of a process lead to; one that has just been closed leads to "".
func descriptorsOf(pid int) (targets []string, err error) {
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	names, err := namesIn(folder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		target, _ := os.Readlink(filepath.Join(folder, name))
		targets = append(targets, target)
	}
	return targets, nil
}

// OpenFiles lists the files that a process has open, as paths that the process would call them by.
func OpenFiles(pid int) (paths []string, err error) {
	targets, err := descriptorsOf(Living(pid))
	for _, target := range targets {
		if filepath.IsAbs(target) { // what is no file has a name such as "socket:[4711]"
			paths = append(paths, target)
		}
	}
	return paths, err
}

// Living is the number under which a process can be looked at. Where its first thread has ended and others go on, proc(5) shows
// neither memory nor descriptors under the number of the process, as if it held nothing; under those of the others it shows them.
func Living(pid int) int {
	if stateOf(fmt.Sprintf("/proc/%d/stat", pid)) != 'Z' {
		return pid
	}
	threads, _ := threadsOf(pid) // where there are none, there is nothing to find
	for _, thread := range threads {
		switch stateOf(fmt.Sprintf("/proc/%d/task/%s/stat", pid, thread)) {
		case 0, 'Z', 'X':
			continue
		}
		if number, err := strconv.Atoi(thread); err == nil {
			return number
		}
	}
	return pid
}

// Holds reports whether a process holds the socket with this inode.
func Holds(pid int, inode uint32) bool {
	descriptors, err := descriptorsOf(Living(pid))
	return err == nil && slices.Contains(descriptors, fmt.Sprintf("socket:[%d]", inode))
}

// Blocks reports whether a call on the socket with this inode may wait: whether O_NONBLOCK is missing in the flags that proc(5)
// shows of the descriptor. A socket that the process does not hold blocks nobody.
func Blocks(pid int, inode uint32) bool {
	for _, info := range infosOf(pid, fmt.Sprintf("socket:[%d]", inode)) {
		for line := range strings.Lines(info) {
			if octal, found := strings.CutPrefix(line, "flags:"); found {
				flags, err := strconv.ParseUint(strings.TrimSpace(octal), 8, 64)
				return err == nil && flags&unix.O_NONBLOCK == 0
			}
		}
	}
	return false
}

// infosOf is what the fdinfo of proc(5) shows of each descriptor of a process that leads to target.
func infosOf(pid int, target string) (infos []string) {
	process := fmt.Sprintf("/proc/%d", Living(pid))
	names, _ := namesIn(process + "/fd") // of a process that has ended there are none
	for _, name := range names {
		if leadsTo, _ := os.Readlink(filepath.Join(process, "fd", name)); leadsTo != target {
			continue
		}
		if info, err := readProc(filepath.Join(process, "fdinfo", name)); err == nil { // or it has just been closed
			infos = append(infos, string(info))
		}
	}
	return infos
}

// HasEnvironment reports whether a process that lives was started with this entry in its environment, as "NAME=value". What it
// changes for itself later does not show, and another program in its place was started with what that one has. An environment that
// cannot be read has every entry.
func HasEnvironment(pid int, entry string) bool {
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err != nil || len(environment) == 0 || slices.Contains(strings.Split(string(environment), "\x00"), entry)
}

// PeakMemory is the most that a live process ever had resident, in bytes.
func PeakMemory(pid int) (int64, error) {
	return kilobytes(fmt.Sprintf("/proc/%d/status", Living(pid)), "VmHWM:")
}

// kilobytes reads a line such as "Pss:   1234 kB", in bytes.
func kilobytes(file, key string) (int64, error) {
	content, err := readProc(file)
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
		command, err := readProc(filepath.Join(process, "comm"))
		if err == nil {
			return fmt.Sprintf("process %s (%s)", filepath.Base(process), strings.TrimSpace(string(command)))
		}
	}
	return "an unknown process"
}
