package main

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/sandbox/control"
)

// What one process may use. A program of the course needs far less; where one needs more, such as a thread for each of 256
// clients, that sets the limit.
const (
	maxProcesses    = 1024    // threads and processes of the sandbox together, this one's included
	maxDescriptors  = 2048    // of a process
	maxFileSize     = 8 << 20 // bytes
	maxData         = 512 << 20
	maxAddressSpace = 4 << 30

	// Those of one tool of a build. The largest seen were the linker of a program with the race detector, 20 MiB of output,
	// and the compiler of package net, 5 seconds on a slow machine.
	buildFileSize = 256 << 20
	buildCPU      = 30
	buildData     = 1536 << 20
)

// limitResources sets the limits that every process of the sandbox inherits from this one. None can be raised again, since
// nobody here has the capability for it.
func limitResources(world arguments) error {
	limits := map[int]uint64{
		unix.RLIMIT_NPROC:    maxProcesses,
		unix.RLIMIT_NOFILE:   maxDescriptors,
		unix.RLIMIT_FSIZE:    maxFileSize,
		unix.RLIMIT_CPU:      control.MaxCPU,
		unix.RLIMIT_CORE:     0,
		unix.RLIMIT_MEMLOCK:  64 << 10,
		unix.RLIMIT_MSGQUEUE: 0,
	}
	switch {
	case world.building:
		limits[unix.RLIMIT_FSIZE], limits[unix.RLIMIT_CPU], limits[unix.RLIMIT_DATA] = buildFileSize, buildCPU, buildData
	case !world.unlimited:
		limits[unix.RLIMIT_DATA], limits[unix.RLIMIT_AS] = maxData, maxAddressSpace
	}
	for resource, limit := range limits {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("setrlimit %d: %w", resource, err)
		}
	}
	return nil
}

// startConfined starts programs from a thread that has no capabilities, can gain none, and may not make the system calls of
// the deny list. A program inherits all that from the thread that starts it, so no further program is needed in between.
func (s *server) startConfined() {
	runtime.LockOSThread()
	err := dropCapabilities()
	if err == nil {
		err = denySystemCalls()
	}
	for request := range s.starts {
		if err != nil {
			fail("confine the program", err)
			closeAll(request.files)
			continue
		}
		s.start(request)
	}
}

func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("ambient capabilities: %w", err)
	}
	// Without a bounding set, not even the user 0 of this namespace gains a capability from execve.
	for capability := uintptr(0); unix.Prctl(unix.PR_CAPBSET_READ, capability, 0, 0, 0) == nil; capability++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
			return fmt.Errorf("capability %d: %w", capability, err)
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	return nil
}

// denied are system calls that no program of the course needs, and that reach into other processes, make new worlds, hold
// memory that no limit counts, or open large parts of the kernel.
var denied = []uint32{
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KCMP, unix.SYS_PIDFD_GETFD, unix.SYS_TKILL,
	unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT,
	unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR,
	unix.SYS_UNSHARE, unix.SYS_SETNS,
	unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET, unix.SYS_SHMGET, unix.SYS_MSGGET, unix.SYS_SEMGET, unix.SYS_MQ_OPEN,
	unix.SYS_KEXEC_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_REBOOT,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_SYSLOG, unix.SYS_ACCT, unix.SYS_QUOTACTL,
	unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_VHANGUP, unix.SYS_PERSONALITY,
	unix.SYS_MBIND, unix.SYS_SET_MEMPOLICY, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES,
	unix.SYS_INOTIFY_INIT1, unix.SYS_FANOTIFY_INIT, // which count for the tester's user, who has 128 of the first
}

// signals are system calls whose first argument is a process that they can end; the first process of the sandbox is none.
var signals = []uint32{unix.SYS_KILL, unix.SYS_TGKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO}

// commands are calls that do many things, with the values of the second argument that are denied. The owner of a descriptor, whom
// these make, gets a signal of choice when something arrives, and no look at kill can see it: the first process was ended so.
var commands = map[uint32][]uint32{
	unix.SYS_FCNTL: {unix.F_SETOWN, unix.F_SETOWN_EX},
	unix.SYS_IOCTL: {0x8901, 0x8902}, // FIOSETOWN and SIOCSPGRP (asm-generic/sockios.h)
}

// options are options of sockets, by level and name, with which a program makes its own kernel drop what the tester sends: a
// conversation would hang between the two, and nobody could say whose fault that is.
var options = [][2]uint32{
	{unix.IPPROTO_IP, unix.IP_MINTTL}, {unix.IPPROTO_IPV6, 73}, // IPV6_MINHOPCOUNT (linux/in6.h)
	{unix.IPPROTO_TCP, unix.TCP_MD5SIG}, {unix.IPPROTO_TCP, unix.TCP_MD5SIG_EXT},
	{unix.SOL_SOCKET, unix.SO_ATTACH_FILTER},
}

// families are the kinds of sockets that a program may make. A network namespace does not cover all of the others: AF_VSOCK,
// for one, leads to the host of a virtual machine.
var families = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK}

// newWorlds are the flags of clone(2) that make a namespace.
const newWorlds = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// Offsets into struct seccomp_data (linux/seccomp.h); the low half of an argument comes first, as on every processor that Go
// runs Linux programs of this lab on.
const (
	offsetNumber   = 0
	offsetArch     = 4
	offsetArgument = 16
	offsetSecond   = 24
	offsetThird    = 32
	offsetFourth   = 40
)

// denySystemCalls installs the deny list for this thread and all that comes of it.
func denySystemCalls() error {
	program := filter()
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// filter is the deny list as a program for the kernel.
func filter() []unix.SockFilter {
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		least  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		and    = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
		anyOf  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		result = unix.BPF_RET | unix.BPF_K

		allow    = unix.SECCOMP_RET_ALLOW
		kill     = unix.SECCOMP_RET_KILL_PROCESS
		noRight  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		noCall   = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
		noFamily = unix.SECCOMP_RET_ERRNO | uint32(unix.EAFNOSUPPORT)
		x32      = 0x40000000 // __X32_SYSCALL_BIT: a second table of numbers for the same calls
	)
	instruction := func(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }
	// jump goes on after yes instructions when the comparison holds, else after no.
	jump := func(code uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: code, K: k, Jt: yes, Jf: no}
	}
	program := []unix.SockFilter{
		instruction(load, offsetArch), jump(equal, auditArch, 1, 0), instruction(result, kill),
		instruction(load, offsetNumber), jump(least, x32, 0, 1), instruction(result, noCall),
		// The flags of clone3 lie in memory, where no filter can look; programs fall back to clone.
		jump(equal, unix.SYS_CLONE3, 0, 1), instruction(result, noCall),
	}
	for _, number := range denied {
		program = append(program, jump(equal, number, 0, 1), instruction(result, noRight))
	}
	for _, number := range signals {
		program = append(program, jump(equal, number, 0, 4), instruction(load, offsetArgument),
			jump(equal, 1, 0, 1), instruction(result, noRight), instruction(load, offsetNumber))
	}
	// The limits of another process are none of its business: without descriptors, the first process could do nothing.
	program = append(program, jump(equal, unix.SYS_PRLIMIT64, 0, 4), instruction(load, offsetArgument),
		jump(equal, 0, 1, 0), instruction(result, noRight), instruction(load, offsetNumber))
	// Memory without a file that is mapped as shared can be given back and still be there, and then nothing counts it. Files are
	// mapped so by the linker.
	const sharedMemory = unix.MAP_SHARED | unix.MAP_ANONYMOUS
	program = append(program, jump(equal, unix.SYS_MMAP, 0, 5), instruction(load, offsetFourth), instruction(and, sharedMemory),
		jump(equal, sharedMemory, 0, 1), instruction(result, noRight), instruction(load, offsetNumber))
	for _, option := range options {
		program = append(program, jump(equal, unix.SYS_SETSOCKOPT, 0, 6), instruction(load, offsetSecond),
			jump(equal, option[0], 0, 3), instruction(load, offsetThird),
			jump(equal, option[1], 0, 1), instruction(result, noRight), instruction(load, offsetNumber))
	}
	for number, values := range commands {
		program = append(program, jump(equal, number, 0, uint8(2+2*len(values))), instruction(load, offsetSecond))
		for _, value := range values {
			program = append(program, jump(equal, value, 0, 1), instruction(result, noRight))
		}
		program = append(program, instruction(result, allow))
	}
	program = append(program, jump(equal, unix.SYS_CLONE, 0, 4), instruction(load, offsetArgument),
		jump(anyOf, newWorlds, 0, 1), instruction(result, noRight), instruction(result, allow))
	program = append(program, jump(equal, unix.SYS_SOCKET, 0, uint8(2+len(families))), instruction(load, offsetArgument))
	for i, family := range families {
		program = append(program, jump(equal, family, uint8(len(families)-i), 0))
	}
	return append(program, instruction(result, noFamily), instruction(result, allow))
}
