package main

import "syscall"

func main() {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGSEGV, syscall.SIGABRT} {
		attempt("kill TESTER_PID", syscall.Kill(TESTER_PID, signal))
		attempt("kill 1", syscall.Kill(1, signal))
	}
	confess()
}
