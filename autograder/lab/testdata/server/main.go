// Command server misbehaves as its first argument says, for the lab's own tests.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

func main() {
	mode := os.Args[1]
	port := "3232"
	switch mode {
	case "exits":
		fmt.Fprintln(os.Stderr, "no luck today")
		os.Exit(3)
	case "leaves-a-child":
		child := exec.Command("/proc/self/exe", "sleeps")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		os.Exit(1)
	case "panics":
		panic("oh no")
	case "sleeps":
		read, write, _ := os.Pipe()
		read.Read(make([]byte, 1)) // nobody writes
		write.Close()
	case "behind": // is the child of a child that has ended, as its second argument says, behind a front that does nothing
		if err := exec.Command("/proc/self/exe", append([]string{"between"}, os.Args[2:]...)...).Run(); err != nil {
			panic(err)
		}
		for len(os.Args) > 3 {
			<-time.After(5 * time.Millisecond)
		}
		read, write, _ := os.Pipe()
		read.Read(make([]byte, 1)) // nobody writes
		write.Close()
	case "between":
		if err := exec.Command("/proc/self/exe", os.Args[2]).Start(); err != nil {
			panic(err)
		}
		if len(os.Args) > 3 { // a third argument: the child loses its parent while it is looked at, and the front does not rest
			<-time.After(600 * time.Millisecond)
		}
		return
	case "elsewhere":
		port = "3233"
	case "child":
		conn, err := net.FileConn(os.NewFile(3, "connection"))
		if err != nil {
			panic(err)
		}
		serve(conn, mode)
		return
	}
	l, err := net.Listen("tcp", ":"+port)
	if err != nil {
		panic(err)
	}
	if mode == "blocking-listener" {
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			panic(err)
		}
		file.Fd() // lets it block, and with it the listener, of which it is a copy
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			panic(err)
		}
		if mode == "one-at-a-time" || mode == "echoes-one-at-a-time" {
			serve(conn, mode)
			continue
		}
		if mode == "delegates" || mode == "reaps" || mode == "keeps" {
			delegate(conn, mode)
			continue
		}
		go serve(conn, mode)
	}
}

// delegate starts a process for a connection.
func delegate(conn net.Conn, mode string) {
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		panic(err)
	}
	child := exec.Command("/proc/self/exe", "child")
	child.ExtraFiles = []*os.File{file}
	if err := child.Start(); err != nil {
		panic(err)
	}
	file.Close()
	if mode == "keeps" {
		leaked = append(leaked, conn)
	} else {
		conn.Close()
	}
	if mode != "delegates" {
		go child.Wait()
	}
}

// isFirst reports whether this is the first, third and so on of the programs that are started with the same files.
func isFirst() bool {
	name := filepath.Join(os.TempDir(), "tcplab-been-here")
	return os.Remove(name) != nil && os.WriteFile(name, nil, 0o600) == nil
}

// useThreads has so many threads side by side, for ever or for a moment. In the latter case the runtime keeps them.
func useThreads(n int, forEver bool) {
	var here sync.WaitGroup
	here.Add(n)
	for range n {
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			here.Done()
			here.Wait()
			if forEver {
				select {}
			}
		}()
	}
	here.Wait()
}

var leaked []net.Conn

var (
	grown sync.Once
	cache []byte
)

func serve(conn net.Conn, mode string) {
	if mode == "grows" || mode == "grows-at-first" && isFirst() {
		grown.Do(func() { cache = bytes.Repeat([]byte("x"), 32<<20) })
	}
	if mode == "leaks" {
		leaked = append(leaked, conn)
	} else {
		defer conn.Close()
	}
	if behaviour, ok := strings.CutPrefix(mode, "http-"); ok {
		serveHTTP(conn, behaviour)
		return
	}
	fmt.Fprint(conn, "HELLO\n")
	if mode == "deaf" {
		select {}
	}
	if mode == "spins" {
		for {
			runtime.Gosched()
		}
	}
	for mode == "polls" {
		<-time.After(200 * time.Microsecond)
	}
	if mode == "echoes" || mode == "echoes-one-at-a-time" {
		io.Copy(conn, conn)
		return
	}
	if mode == "resets" {
		conn.(*net.TCPConn).SetLinger(0)
		return
	}
	if mode == "deadline" {
		conn.SetReadDeadline(time.Now().Add(time.Hour))
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	switch mode {
	case "silent":
		select {}
	case "restless": // has something to do now and then, for more than a second
		fmt.Fprint(conn, strings.ToUpper(line))
		conn.Close()
		for start := time.Now(); time.Since(start) < 1200*time.Millisecond; <-time.After(9 * time.Millisecond) {
			for worked := time.Now(); time.Since(worked) < time.Millisecond; {
			}
		}
	case "litters":
		if line == "" {
			debug.FreeOSMemory() // collects garbage, too
			return
		}
		grown.Do(func() {
			debug.SetGCPercent(-1)
			_ = bytes.Repeat([]byte("x"), 32<<20)
		})
		fmt.Fprint(conn, strings.ToUpper(line))
	case "slow":
		for _, b := range []byte(strings.ToUpper(line)) {
			<-time.After(5 * time.Millisecond)
			conn.Write([]byte{b})
		}
	case "trickles":
		for {
			if _, err := conn.Write([]byte("x")); err != nil {
				return
			}
			<-time.After(time.Millisecond / 2)
		}
	case "thinks":
		<-time.After(300 * time.Millisecond)
		fmt.Fprint(conn, strings.ToUpper(line))
	case "computes":
		for start := time.Now(); time.Since(start) < 300*time.Millisecond; {
		}
		fmt.Fprint(conn, strings.ToUpper(line))
	case "hangs-up-late":
		fmt.Fprint(conn, strings.ToUpper(line))
		<-time.After(time.Second)
	case "hangs-up-after-ten-looks":
		fmt.Fprint(conn, strings.ToUpper(line))
		for range 10 {
			<-time.After(100 * time.Millisecond)
		}
	case "leaks-threads":
		useThreads(2, true) // of which it may have had some already
		fmt.Fprint(conn, strings.ToUpper(line))
	case "starts-threads-once":
		grown.Do(func() { useThreads(12, false) })
		fmt.Fprint(conn, strings.ToUpper(line))
	case "talkative":
		fmt.Fprint(conn, strings.ToUpper(line)+"and more")
	case "wrong":
		fmt.Fprint(conn, "nonsense\n")
	default:
		fmt.Fprint(conn, strings.ToUpper(line))
	}
}
