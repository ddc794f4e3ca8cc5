// Command program does what its first argument says, for the sandbox's own tests.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

func main() {
	switch os.Args[1] {
	case "exit":
		fmt.Println("to standard output")
		fmt.Fprintln(os.Stderr, "to standard error")
		os.Exit(7)
	case "echo":
		l, err := net.Listen("tcp", ":3232")
		if err != nil {
			panic(err)
		}
		for {
			conn, err := l.Accept()
			if err != nil {
				panic(err)
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	case "dial":
		impatient := net.Dialer{FallbackDelay: 1} // as if it had not got to run for long
		for {
			conn, err := impatient.Dial("tcp", "localhost:3232")
			if err != nil {
				panic(err)
			}
			fmt.Fprint(conn, "!")
		}
	case "again":
		path, err := os.Executable()
		if err != nil {
			panic(err)
		}
		child := exec.Command(path, "exit")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		fmt.Println("a child:", child.Run())
	case "family":
		if err := exec.Command("/proc/self/exe", "sleep").Start(); err != nil {
			panic(err)
		}
		fallthrough
	case "sleep":
		stay()
	case "hoard":
		hoard := make([]byte, 64<<20)
		for i := range hoard {
			hoard[i] = 1
		}
		stay()
	case "spin":
		go func() {
			for {
			}
		}()
		for {
		}
	case "flood":
		for {
			fmt.Println("flood")
		}
	}
}

// stay waits to be killed, with a timer pending: without one, Go's runtime would call it a deadlock and end the program.
func stay() { <-time.After(time.Hour) }
