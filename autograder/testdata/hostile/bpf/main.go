package main

import "syscall"

func raw(what string, number uintptr, a, b, c uintptr) {
	if _, _, failed := syscall.Syscall6(number, a, b, c, 0, 0, 0); failed != 0 {
		attempt(what, failed)
		return
	}
	attempt(what, nil)
}

func main() {
	raw("bpf", 321, 0, 0, 0)
	raw("perf_event_open", 298, 0, 0, 0)
	raw("keyctl", 250, 0, 0, 0)
	raw("userfaultfd", 323, 0, 0, 0)
	raw("open_by_handle_at", 304, 0, 0, 0)
	raw("syslog", 103, 2, 0, 0)
	raw("reboot", 169, 0, 0, 0)
	confess()
}
