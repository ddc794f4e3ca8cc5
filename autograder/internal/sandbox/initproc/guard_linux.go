package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/sandbox/control"
)

// guard becomes the program under test, where no namespaces are to be had: it takes away from itself what can be taken away,
// and then executes the program, which inherits all that. Arguments: user or 0, port, the program's folder, control.Unlimited or
// nothing, and then the program's own, its name first. The executable is descriptor control.GuardedDescriptor.
func guard(args []string) error {
	user, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	port, err := strconv.ParseUint(args[1], 10, 16)
	if err != nil {
		return err
	}
	runtime.LockOSThread() // what is taken away is taken from this thread, which alone goes on as the program
	if err := unix.CloseRange(control.GuardedDescriptor, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("close_range: %w", err)
	}
	if user != 0 {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(user), syscall.Setuid(user)); err != nil {
			return fmt.Errorf("become user %d: %w", user, err)
		}
	}
	if err := os.Chdir(args[2]); err != nil {
		return err
	}
	if err := limitResources(arguments{unlimited: args[3] == control.Unlimited}); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if err := restrictPaths(args[2], port); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	if err := denySystemCalls(); err != nil {
		return err
	}
	return unix.Exec("/proc/self/fd/"+strconv.Itoa(control.GuardedDescriptor), args[4:], os.Environ())
}

// The rights of landlock(7) that are taken away, by the version of the kernel's interface that knows them.
const (
	filesFirst  = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1 // version 1: everything up to MAKE_SYM
	filesSecond = unix.LANDLOCK_ACCESS_FS_REFER
	filesThird  = unix.LANDLOCK_ACCESS_FS_TRUNCATE
	filesFifth  = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	readFile    = unix.LANDLOCK_ACCESS_FS_READ_FILE
	inFile      = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | readFile | unix.LANDLOCK_ACCESS_FS_TRUNCATE
)

// ruleNetPort is LANDLOCK_RULE_NET_PORT of linux/landlock.h.
const ruleNetPort = 2

// landlockVersion is that of the kernel's interface; 0 where there is none.
func landlockVersion() int {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// restrictPaths leaves this thread the program, a folder to write to, a few devices, and one TCP port.
func restrictPaths(folder string, port uint64) error {
	version := landlockVersion()
	handled := unix.LandlockRulesetAttr{Handled_access_fs: filesFirst}
	size := unsafe.Sizeof(handled.Handled_access_fs)
	for _, step := range []struct {
		version int
		files   uint64
	}{{2, filesSecond}, {3, filesThird}, {5, filesFifth}} {
		if version >= step.version {
			handled.Handled_access_fs |= step.files
		}
	}
	if version >= 4 {
		handled.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = unsafe.Offsetof(handled.Handled_access_net) + unsafe.Sizeof(handled.Handled_access_net)
	}
	if version >= 6 {
		handled.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size = unsafe.Offsetof(handled.Scoped) + unsafe.Sizeof(handled.Scoped)
	}
	made, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&handled)), size, 0)
	if errno != 0 {
		return errno
	}
	rules := int(made)
	defer closeAll([]int{rules})
	allow := func(fd int, access uint64) error {
		rule := unix.LandlockPathBeneathAttr{Allowed_access: access & handled.Handled_access_fs, Parent_fd: int32(fd)}
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		if errno != 0 {
			return errno
		}
		return nil
	}
	if err := allow(control.GuardedDescriptor, unix.LANDLOCK_ACCESS_FS_EXECUTE|readFile); err != nil {
		return err
	}
	paths := map[string]uint64{folder: handled.Handled_access_fs, "/etc/hosts": readFile, "/etc/localtime": readFile, "/proc/self": readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR}
	for _, device := range devices {
		paths[device] = inFile &^ unix.LANDLOCK_ACCESS_FS_EXECUTE
	}
	for path, access := range paths {
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			continue // what is not there need not be allowed
		}
		err = allow(fd, access)
		closeAll([]int{fd})
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if version >= 4 {
		rule := struct{ access, port uint64 }{handled.Handled_access_net, port} // struct landlock_net_port_attr
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), ruleNetPort, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		if errno != 0 {
			return errno
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(rules), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// sweep ends every process of a user, until there is none: one that forks as fast as it can may have to be looked for again.
func sweep(user string) error {
	id, err := strconv.Atoi(user)
	if err != nil {
		return err
	}
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(id), syscall.Setuid(id)); err != nil {
		return err
	}
	for {
		_ = unix.Kill(-1, unix.SIGKILL) // says nothing of whether there was anybody: kill(2) counts those it may not signal
		if !others(user) {
			return nil
		}
	}
}

// others reports whether a process of the user's is alive, this one aside.
func others(user string) bool {
	names, _ := os.ReadDir("/proc") // where there is none, kill has done what can be done
	for _, name := range names {
		status, err := os.ReadFile("/proc/" + name.Name() + "/status")
		if err != nil || name.Name() == strconv.Itoa(os.Getpid()) || name.Name() == "self" || name.Name() == "thread-self" {
			continue
		}
		owner, state := "", ""
		for line := range strings.Lines(string(status)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Uid:" {
				owner = fields[1]
			} else if len(fields) > 1 && fields[0] == "State:" {
				state = fields[1]
			}
		}
		if owner == user && state != "Z" && state != "X" {
			return true
		}
	}
	return false
}

// listen accepts one connection on a port and ends. With it, a tester finds out whether programs can run and be reached.
func listen(text string) error {
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	if err := unix.Listen(fd, 1); err != nil {
		return err
	}
	_, _, err = unix.Accept(fd)
	return err
}
