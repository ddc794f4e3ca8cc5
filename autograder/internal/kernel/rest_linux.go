package kernel

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// runtimeNap is the longest that Go's own monitor thread sleeps when nothing is scheduled: half of the period after which
// it forces a collection (forcegcperiod in runtime/proc.go, two minutes). A wait that long is the runtime's, not a timer's.
const runtimeNap = 59 * time.Second

// deadlineArgument says where a system call that blocks takes its time-out: the argument's index, and whether it is a number
// of milliseconds or the address of a struct timespec or timeval.
type deadlineArgument struct {
	index     int
	byAddress bool
}

// forEver is for calls that have no time-out.
var forEver = deadlineArgument{index: -1}

// blockingCalls are the system calls in which a thread can rest. A thread in any other call is still at work.
var blockingCalls = map[int]deadlineArgument{
	unix.SYS_READ:         forEver,
	unix.SYS_READV:        forEver,
	unix.SYS_WRITE:        forEver,
	unix.SYS_WRITEV:       forEver,
	unix.SYS_RECVFROM:     forEver,
	unix.SYS_RECVMSG:      forEver,
	unix.SYS_SENDTO:       forEver,
	unix.SYS_SENDMSG:      forEver,
	unix.SYS_CONNECT:      forEver,
	unix.SYS_ACCEPT:       forEver,
	unix.SYS_ACCEPT4:      forEver,
	unix.SYS_WAIT4:        forEver,
	unix.SYS_WAITID:       forEver,
	unix.SYS_FUTEX:        {index: 3, byAddress: true},
	unix.SYS_PPOLL:        {index: 2, byAddress: true},
	unix.SYS_PSELECT6:     {index: 4, byAddress: true},
	unix.SYS_EPOLL_PWAIT:  {index: 3},
	unix.SYS_EPOLL_PWAIT2: {index: 3, byAddress: true},
}

// socketTimeouts are the calls that wait on a descriptor, and the option with which a socket bounds that wait (socket(7)).
var socketTimeouts = map[int]int{
	unix.SYS_READ:     unix.SO_RCVTIMEO,
	unix.SYS_READV:    unix.SO_RCVTIMEO,
	unix.SYS_RECVFROM: unix.SO_RCVTIMEO,
	unix.SYS_RECVMSG:  unix.SO_RCVTIMEO,
	unix.SYS_ACCEPT:   unix.SO_RCVTIMEO,
	unix.SYS_ACCEPT4:  unix.SO_RCVTIMEO,
	unix.SYS_WRITE:    unix.SO_SNDTIMEO,
	unix.SYS_WRITEV:   unix.SO_SNDTIMEO,
	unix.SYS_SENDTO:   unix.SO_SNDTIMEO,
	unix.SYS_SENDMSG:  unix.SO_SNDTIMEO,
	unix.SYS_CONNECT:  unix.SO_SNDTIMEO,
}

// Observer looks at the threads of a program again and again. It keeps the files of proc(5) open between two looks: opening
// them is most of what a look costs (measured: 0.14 ms for a Go server when opened anew, 0.05 ms when kept).
type Observer struct {
	processes map[int]*process
	buffer    []byte
}

type process struct {
	seen    bool // by the look that goes on
	tasks   *os.File
	threads map[string]*thread
}

type thread struct {
	call, stat, children procFile
}

// NewObserver makes an Observer, which holds descriptors until it is closed.
func NewObserver() *Observer {
	return &Observer{processes: map[int]*process{}, buffer: make([]byte, procPage)}
}

// Close closes what is kept open.
func (o *Observer) Close() {
	for pid := range o.processes {
		o.forget(pid)
	}
}

func (o *Observer) forget(pid int) {
	p := o.processes[pid]
	delete(o.processes, pid)
	for _, t := range p.threads {
		t.close()
	}
	_ = p.tasks.Close() // only read
}

func (t *thread) close() {
	for _, file := range []procFile{t.call, t.stat, t.children} {
		file.close()
	}
}

// Look looks once at every thread of a process, of its descendants, and of others that belong to it. What has ended counts as
// resting.
func (o *Observer) Look(pid int, others ...int) Rest {
	rest := Rest{Blocked: true}
	var mark strings.Builder
	for _, p := range o.processes {
		p.seen = false
	}
	for _, process := range append([]int{pid}, others...) {
		o.lookAtProcess(process, &rest, &mark)
	}
	for pid, p := range o.processes {
		if !p.seen {
			o.forget(pid) // it has ended: a zombie neither rests nor works
		}
	}
	rest.Ended = o.processes[pid] == nil || !rest.Blocked && zombie(pid)
	rest.Mark = mark.String()
	return rest
}

// Asleep reports whether every thread that the last Look has seen sleeps until an event wakes it. A thread in a call that
// can wait for ever may, at the moment, wait for something else: for a disk, or for a lock of the kernel's, both of which it
// gets without anybody's doing (state D in proc(5)).
func (o *Observer) Asleep() bool {
	for _, p := range o.processes {
		for name := range p.threads {
			switch stateOf(filepath.Join(p.tasks.Name(), name, "stat")) {
			case 'S', 'T', 't': // asleep, or stopped until somebody lets it go on
			case 'Z', 'X': // ended, as the first thread of a process may before the others
			default:
				return false
			}
		}
	}
	return true
}

func (o *Observer) lookAtProcess(pid int, rest *Rest, mark *strings.Builder) {
	p := o.processes[pid]
	if p == nil {
		tasks, err := os.Open(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			fmt.Fprintf(mark, "%d gone;", pid)
			return
		}
		p = &process{tasks: tasks, threads: map[string]*thread{}}
		o.processes[pid] = p
	}
	p.seen = true
	names, err := p.names()
	if err != nil {
		o.forget(pid)
		fmt.Fprintf(mark, "%d gone;", pid)
		return
	}
	for name, t := range p.threads {
		if !slices.Contains(names, name) {
			t.close()
			delete(p.threads, name)
		}
	}
	ended := 0
	for _, name := range names {
		t := p.threads[name]
		if t == nil {
			if t = openThread(filepath.Join(p.tasks.Name(), name)); t == nil {
				continue // it has just ended
			}
			p.threads[name] = t
		}
		children, over := o.lookAtThread(pid, t, rest, mark)
		for _, child := range children {
			if !zombie(child) {
				o.lookAtProcess(child, rest, mark)
			}
		}
		if over {
			ended++
		}
	}
	if ended == len(names) {
		rest.Blocked = false // with its last thread the process is about to end, and there will be news
	}
}

func (p *process) names() ([]string, error) {
	if _, err := p.tasks.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return p.tasks.Readdirnames(-1)
}

func openThread(path string) *thread {
	t := &thread{call: noFile, stat: noFile, children: noFile}
	var err error
	for name, file := range map[string]*procFile{"/syscall": &t.call, "/schedstat": &t.stat, "/children": &t.children} {
		if *file, err = openProc(path + name); err != nil {
			t.close()
			return nil
		}
	}
	return t
}

// lookAtThread adds one thread to what was seen, and returns the processes that it has started, and whether it has ended.
func (o *Observer) lookAtThread(pid int, t *thread, rest *Rest, mark *strings.Builder) (children []int, ended bool) {
	stat := o.read(t.stat)
	mark.WriteString(stat)
	if numbers := strings.Fields(stat); len(numbers) == 3 {
		used, _ := strconv.ParseInt(numbers[0], 10, 64)
		waited, _ := strconv.ParseInt(numbers[1], 10, 64)
		rest.CPU += time.Duration(used)
		rest.Delay += time.Duration(waited)
	}
	for _, field := range strings.Fields(o.read(t.children)) {
		if child, err := strconv.Atoi(field); err == nil {
			children = append(children, child)
		}
	}
	fields := strings.Fields(o.read(t.call))
	if len(fields) < 7 {
		// Of a thread that is gone there is nothing, and of one that has ended and is still listed neither a call nor a stack.
		// Any other runs, or waits for something that is no call.
		switch {
		case slices.Equal(fields, []string{"-1", "0x0", "0x0"}):
			ended = true
		case len(fields) > 0:
			rest.Blocked = false
		}
		return children, ended
	}
	number, _ := strconv.Atoi(fields[0])
	if number == unix.SYS_NANOSLEEP || number == unix.SYS_CLOCK_NANOSLEEP {
		rest.Timer = true // the Go runtime's monitor naps like this for at most 10 ms before it rests in a futex
		return children, ended
	}
	argument, blocks := blockingCalls[number]
	if !blocks {
		argument, blocks = oldBlockingCalls[number]
	}
	switch {
	case !blocks:
		rest.Blocked = false
	case argument.index >= 0 && wakesByClock(pid, fields[1+argument.index], argument.byAddress):
		rest.Timer = true
	case socketTimeouts[number] != 0 && boundedBySocket(pid, fields[1], socketTimeouts[number]):
		rest.Timer = true
	}
	return children, ended
}

// read reads a file of proc(5) from its start; it is empty when what it describes has ended.
func (o *Observer) read(file procFile) string { return string(file.read(o.buffer, 0)) }

// wakesByClock reports whether a time-out given to a system call is finite and not the runtime's own nap.
func wakesByClock(pid int, value string, byAddress bool) bool {
	number, err := strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 64)
	if err != nil {
		return true
	}
	if !byAddress {
		return int32(number) >= 0
	}
	if number == 0 {
		return false
	}
	timespec := memoryOf(pid, number, 16) // seconds, nanoseconds
	if timespec == nil {
		return true
	}
	seconds, nanoseconds := binary.NativeEndian.Uint64(timespec[:8]), binary.NativeEndian.Uint64(timespec[8:])
	return time.Duration(seconds)*time.Second+time.Duration(nanoseconds) < runtimeNap
}

// boundedBySocket reports whether the descriptor on which a thread waits is a socket with a time-out. Nothing in proc(5) shows
// it, so the socket itself is asked, through a copy of the descriptor.
func boundedBySocket(pid int, descriptor string, option int) bool {
	number, err := strconv.ParseUint(strings.TrimPrefix(descriptor, "0x"), 16, 64)
	if err != nil {
		return true
	}
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return true
	}
	defer unix.Close(process)
	copied, err := unix.PidfdGetfd(process, int(int32(number)), 0)
	if err != nil {
		return true
	}
	defer unix.Close(copied)
	timeout, err := unix.GetsockoptTimeval(copied, unix.SOL_SOCKET, option)
	return err == nil && timeout.Nano() != 0 // what is no socket has none
}

// Descendants lists the live children of a process and theirs; zombies are not alive.
func Descendants(pid int) []int {
	var found []int
	for _, child := range children(pid) {
		if !zombie(child) {
			found = append(found, child)
			found = append(found, Descendants(child)...)
		}
	}
	slices.Sort(found)
	return found
}

// Children lists the live children of a process: those that it has started, and those that it was given when their own parent
// ended, if it takes them (the first process of a namespace does, and a subreaper, see prctl(2)).
func Children(pid int) []int { return slices.DeleteFunc(children(pid), zombie) }

// Zombies lists the children of a process that have ended, and that it has not waited for.
func Zombies(pid int) []int {
	return slices.DeleteFunc(children(pid), func(child int) bool {
		return stateOf(fmt.Sprintf("/proc/%d/stat", child)) != 'Z' || !zombie(child)
	})
}

// children lists the children of a process, dead or alive.
func children(pid int) []int {
	var found []int
	threads, _ := threadsOf(pid) // where there are none, there are no children of theirs
	for _, thread := range threads {
		content, err := readProc(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread))
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// zombie reports whether a process has ended, whether or not somebody has waited for it. Of a process that is ending, the
// first thread may be dead already: until the last one is, it holds its descriptors, and nobody can wait for it.
func zombie(pid int) bool {
	switch stateOf(fmt.Sprintf("/proc/%d/stat", pid)) {
	case 0:
		return true
	case 'Z':
		threads, err := threadsOf(pid)
		return err != nil || len(threads) <= 1
	}
	return false
}

// stateOf reads the state from a stat file of proc(5); 0 where there is none any more.
func stateOf(file string) byte {
	stat, err := readProc(file)
	if err != nil {
		return 0
	}
	// the state follows the command's name, which is in parentheses and may hold any byte
	after := stat[strings.LastIndexByte(string(stat), ')')+1:]
	if len(after) < 2 {
		return 0
	}
	return after[1]
}
