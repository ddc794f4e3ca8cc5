package main

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/sandbox/control"
)

// watchEvery is how often the memory of a sandbox is looked at. At the 2 GiB that a program can touch in a second, it is
// caught about 200 MiB above the limit.
const watchEvery = 100 * time.Millisecond

// watchMemory ends every program of the sandbox when all together have more memory resident than they may. It counts what
// no limit of a single process does: many processes, and memory that they share.
func watchMemory(most int64, done <-chan struct{}) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	watcher := memoryWatcher{sizes: map[string]*os.File{}, buffer: make([]byte, 256)}
	defer watcher.close()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
		if watcher.resident() > most && watcher.withoutFiles() > most {
			answer(control.Encode(control.TooBig))
			_ = unix.Kill(-1, unix.SIGKILL) // everybody but this process
		}
	}
}

// memoryWatcher sums up memory again and again. It looks for processes only when one has been started since the last time,
// and keeps their files open: a look costs two system calls then (measured: 0.1 ms against 1.1 ms for a look at all of /proc).
type memoryWatcher struct {
	load   *os.File            // loadavg of proc(5), whose last field is the process id, or thread id, that was given out last
	newest string              // that field at the last look
	sizes  map[string]*os.File // statm by process id
	buffer []byte
}

// resident is the memory of all processes but this one, in bytes.
func (w *memoryWatcher) resident() int64 {
	if newest := w.lastStarted(); newest != w.newest || newest == "" {
		w.newest = newest
		w.findProcesses()
	}
	var sum int64
	for pid, size := range w.sizes {
		n, _ := size.ReadAt(w.buffer, 0) // a file shorter than the buffer always ends in an error
		fields := strings.Fields(string(w.buffer[:n]))
		if len(fields) < 2 {
			_ = size.Close() // the process has ended
			delete(w.sizes, pid)
			continue
		}
		pages, _ := strconv.ParseInt(fields[1], 10, 64)
		if pages == 0 {
			pages = pagesOfLivingThread(pid)
		}
		sum += pages * int64(os.Getpagesize())
	}
	return sum
}

// pagesOfLivingThread is what a process has resident whose first thread has ended while others go on, or 0 where all have ended.
func pagesOfLivingThread(pid string) (pages int64) {
	content, _ := os.ReadFile(seenAs(pid) + "/statm")
	if fields := strings.Fields(string(content)); len(fields) > 1 {
		pages, _ = strconv.ParseInt(fields[1], 10, 64)
	}
	return pages
}

// seenAs is the folder of proc(5) that shows what a process has.
func seenAs(pid string) string {
	number, _ := strconv.Atoi(pid) // the kernel has written it
	return "/proc/" + strconv.Itoa(kernel.Living(number))
}

// withoutFiles is the same without the pages of files, which all processes of one program share: a hundred children are no
// hundred copies of it. It takes longer to find out, and is asked only of who seems to have too much.
func (w *memoryWatcher) withoutFiles() int64 {
	var sum int64
	for pid := range w.sizes {
		status, err := os.ReadFile(seenAs(pid) + "/status")
		if err != nil {
			continue // it has just ended
		}
		for line := range strings.Lines(string(status)) {
			fields := strings.Fields(line)
			if len(fields) == 3 && (fields[0] == "RssAnon:" || fields[0] == "RssShmem:") {
				kilobytes, _ := strconv.ParseInt(fields[1], 10, 64) // the kernel has written it
				sum += kilobytes << 10
			}
		}
	}
	return sum
}

func (w *memoryWatcher) lastStarted() string {
	if w.load == nil {
		var err error
		if w.load, err = os.Open("/proc/loadavg"); err != nil {
			return ""
		}
	}
	n, _ := w.load.ReadAt(w.buffer, 0)
	fields := strings.Fields(string(w.buffer[:n]))
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1]
}

func (w *memoryWatcher) findProcesses() {
	proc, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1) // what was read before an error counts
	for _, name := range names {
		if _, known := w.sizes[name]; known || name[0] < '0' || name[0] > '9' || name == "1" {
			continue
		}
		if size, err := os.Open("/proc/" + name + "/statm"); err == nil {
			w.sizes[name] = size
		}
	}
}

func (w *memoryWatcher) close() {
	if w.load != nil {
		_ = w.load.Close() // only read
	}
	for _, size := range w.sizes {
		_ = size.Close()
	}
}
