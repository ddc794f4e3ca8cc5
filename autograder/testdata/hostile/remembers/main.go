package main

import "os"

func main() {
	for _, folder := range []string{"/tmp", "/dev", "/etc", "/proc/self/cwd", "/dev/shm"} {
		name := folder + "/answers"
		if _, err := os.Stat(name); err == nil {
			attempt("find what another run has left in "+folder, nil)
		}
		os.WriteFile(name, []byte("HELLO\n"), 0o600)
	}
	findings = append(findings, "remembered nothing")
	confess()
}
