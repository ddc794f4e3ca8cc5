package main

import (
	"os"
	"strings"
	"syscall"
)

func main() {
	for name, resource := range map[string]int{"CPU": syscall.RLIMIT_CPU, "AS": syscall.RLIMIT_AS, "FSIZE": syscall.RLIMIT_FSIZE, "NOFILE": syscall.RLIMIT_NOFILE, "NPROC": 6} {
		attempt("raise "+name, syscall.Setrlimit(resource, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40}))
	}
	attempt("priority", syscall.Setpriority(syscall.PRIO_PROCESS, 0, -5))
	attempt("become another user", syscall.Setuid(12345))
	for _, setting := range []string{"kernel/pid_max", "kernel/shmmax", "fs/mqueue/queues_max", "net/ipv4/tcp_wmem"} {
		_, err := os.OpenFile("/proc/sys/"+setting, os.O_WRONLY, 0)
		attempt("change "+setting, err)
	}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "CapEff") || strings.HasPrefix(line, "CapBnd") || strings.HasPrefix(line, "NoNewPrivs") || strings.HasPrefix(line, "Seccomp:") {
			findings = append(findings, strings.Join(strings.Fields(line), " "))
		}
	}
	confess()
}
