package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	entries, _ := os.ReadDir("/proc")
	others := 0
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid != 1 && pid != os.Getpid() {
			others++
		}
	}
	_, err := os.Stat("/proc/TESTER_PID/cmdline")
	attempt("see the tester", err)
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	own, _ := os.Executable() // the kernel tells every program the path of its own executable
	foreign := strings.ReplaceAll(string(mounts), own, "")
	for _, path := range []string{"/home", "/root", "@LAB@", "/var", "run-"} {
		if strings.Contains(foreign, path) {
			attempt("find a path of the machine in mountinfo: "+path, nil)
		}
	}
	for fd := 3; fd < 1024; fd++ {
		if link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && !strings.HasPrefix(link, "anon_inode:") && !strings.HasPrefix(link, "socket:") && !strings.HasPrefix(link, "/proc") && !strings.HasPrefix(link, "/sys") {
			attempt(fmt.Sprintf("inherit %d: %s", fd, link), nil)
		}
	}
	findings = append(findings, fmt.Sprintf("%d others", others))
	confess()
}
