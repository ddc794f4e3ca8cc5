package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func start(name string) {
	command := exec.Command("/proc/self/exe", name, "@MARK@")
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err == nil {
		go command.Wait()
	}
}

func main() {
	if len(os.Args) > 1 {
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT)
		if os.Args[1] == "child" {
			start("grandchild")
			os.Exit(0)
		}
		<-time.After(time.Hour)
	}
	start("child")
	findings = []string{"left a grandchild"}
	confess()
}
