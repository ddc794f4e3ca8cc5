package kernel

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// singleCalls are the system calls that wait for one descriptor, which is their first argument.
var singleCalls = map[int]bool{
	unix.SYS_READ: true, unix.SYS_READV: true, unix.SYS_RECVFROM: true, unix.SYS_RECVMSG: true,
	unix.SYS_WRITE: true, unix.SYS_WRITEV: true, unix.SYS_SENDTO: true, unix.SYS_SENDMSG: true,
	unix.SYS_ACCEPT: true, unix.SYS_ACCEPT4: true, unix.SYS_CONNECT: true,
}

// multiplexers are the system calls that wait for many descriptors, with the function that reads which.
var multiplexers = map[int]func(pid int, arguments []uint64) []int{
	unix.SYS_PPOLL:        polled,
	unix.SYS_PSELECT6:     selected,
	unix.SYS_EPOLL_PWAIT:  watched,
	unix.SYS_EPOLL_PWAIT2: watched,
}

// Waits lists the system calls in which threads of a process wait for sockets at this moment. Where Go's runtime has been
// given sockets, as by the package net, it waits for them in a multiplexing call of its own, which is in the list, too.
func Waits(pid int) ([]Wait, error) {
	threads, err := threadsOf(pid)
	if err != nil || len(threads) == 0 {
		return nil, fmt.Errorf("process %d: %w", pid, os.ErrNotExist)
	}
	caller := pid
	pid = Living(pid)
	var waits []Wait
	for _, thread := range threads {
		call, err := readProc(fmt.Sprintf("/proc/%d/task/%s/syscall", caller, thread))
		if err != nil {
			continue // the thread has just ended
		}
		fields := strings.Fields(string(call))
		if len(fields) < 7 {
			continue // it runs
		}
		number, _ := strconv.Atoi(fields[0])
		arguments := make([]uint64, 6)
		for i := range arguments {
			arguments[i], _ = strconv.ParseUint(strings.TrimPrefix(fields[1+i], "0x"), 16, 64)
		}
		read := multiplexers[number]
		if read == nil {
			read = oldMultiplexers[number]
		}
		var descriptors []int
		switch {
		case read != nil:
			descriptors = read(pid, arguments)
		case singleCalls[number]:
			descriptors = []int{int(int32(arguments[0]))}
		}
		if sockets := socketsBehind(pid, descriptors); len(sockets) > 0 {
			waits = append(waits, Wait{Multiplexed: read != nil, Sockets: sockets})
		}
	}
	return waits, nil
}

// socketsBehind are the inodes of the sockets that descriptors of a process stand for. Whoever waits for an epoll instance
// waits for all that this one watches, other instances too. Each is looked at once, however many watch it.
func socketsBehind(pid int, descriptors []int) (inodes []uint32) {
	queue := slices.Clone(descriptors)
	for seen := map[int]bool{}; len(queue) > 0; {
		descriptor := queue[0]
		queue = queue[1:]
		if seen[descriptor] {
			continue
		}
		seen[descriptor] = true
		target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, descriptor))
		if err != nil {
			continue // closed, or none: poll passes over -1
		}
		var inode uint32
		if n, _ := fmt.Sscanf(target, "socket:[%d]", &inode); n == 1 {
			inodes = append(inodes, inode)
		} else if target == "anon_inode:[eventpoll]" {
			queue = append(queue, watched(pid, []uint64{uint64(descriptor)})...)
		}
	}
	return inodes
}

// polled reads the table of poll(2).
func polled(pid int, arguments []uint64) (descriptors []int) {
	const size = 8 // of a struct pollfd
	for table := memoryOf(pid, arguments[0], size*arguments[1]); len(table) >= size; table = table[size:] {
		descriptors = append(descriptors, int(int32(binary.NativeEndian.Uint32(table))))
	}
	return descriptors
}

// selected reads the sets of select(2).
func selected(pid int, arguments []uint64) (descriptors []int) {
	const word = 64
	for _, address := range arguments[1:4] {
		if address == 0 {
			continue
		}
		set := memoryOf(pid, address, (arguments[0]+word-1)/word*word/8)
		for i := range 8 * len(set) {
			// A set is an array of words in this machine's byte order.
			if binary.NativeEndian.Uint64(set[i/word*8:])>>(i%word)&1 == 1 {
				descriptors = append(descriptors, i)
			}
		}
	}
	return descriptors
}

// watched reads what an epoll(7) instance watches.
func watched(pid int, arguments []uint64) (descriptors []int) {
	info, err := readProc(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, int32(arguments[0])))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(info)) {
		var descriptor int
		if n, _ := fmt.Sscanf(line, "tfd: %d", &descriptor); n == 1 {
			descriptors = append(descriptors, descriptor)
		}
	}
	return descriptors
}

// memoryOf reads from a process. What a thread passes to a call may be gone by now: then it is nothing, or of no meaning, and
// the next look shows something else.
func memoryOf(pid int, address, length uint64) []byte {
	const most = 1 << 20
	if length == 0 || length > most {
		return nil
	}
	content := make([]byte, length)
	local := []unix.Iovec{{Base: &content[0]}}
	local[0].SetLen(int(length))
	remote := []unix.RemoteIovec{{Base: uintptr(address), Len: int(length)}}
	if n, err := unix.ProcessVMReadv(pid, local, remote, 0); err != nil || n != int(length) {
		return nil
	}
	return content
}
