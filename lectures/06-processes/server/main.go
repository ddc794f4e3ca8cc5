//go:build unix

// Command server answers lines, and each client is talked to by a process of its own. The program plays two parts: started by
// you it is the parent, which accepts; started by the parent, with an argument, it is a child, which talks.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"time"

	"tcplab/lectures/05-one-at-a-time/session"
)

const (
	// childArgument tells a process that it is a child.
	childArgument = "child"
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

func main() {
	play := parent
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		play = child
	}
	if err := play(); err != nil {
		log.Fatal(err)
	}
}

// parent accepts, and has somebody else talk.
func parent() error {
	program, err := os.Executable() // the file that this process was started from
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:3490")
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	//region loop
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		if err := handOver(program, conn.(*net.TCPConn)); err != nil { // a listener for "tcp" accepts nothing else
			log.Print(err) // one client's trouble; the others are served
		}
	}
	//endregion loop
}

//region handover

// handOver starts a child that has the connection as its standard input, which is descriptor 0. Whether that goes well or
// not, the parent keeps no descriptor of the connection.
func handOver(program string, conn *net.TCPConn) error {
	defer conn.Close()
	file, err := conn.File() // a second descriptor for the same connection, in a form that os/exec can pass on
	if err != nil {
		return err
	}
	defer file.Close()
	servant := exec.Command(program, childArgument)
	servant.Stdin, servant.Stderr = file, os.Stderr
	if err := servant.Start(); err != nil {
		return err
	}
	fmt.Println("process", servant.Process.Pid, "talks to", conn.RemoteAddr())
	go reap(servant)
	return nil
}

//endregion handover

//region reap

// reap waits until a child has ended, and takes its exit status from the kernel. It runs beside the
// loop, which must go back to Accept.
func reap(servant *exec.Cmd) {
	_ = servant.Wait() // an exit status other than 0 is an error, too, and is printed below
	fmt.Println("process", servant.Process.Pid, "has ended:", servant.ProcessState)
}

//endregion reap

//region child

// child talks to the one client whose connection it has inherited, and ends.
func child() error {
	conn, err := net.FileConn(os.Stdin) // a net.Conn for a descriptor: once more a copy
	if err = errors.Join(err, os.Stdin.Close()); err != nil {
		return err
	}
	defer conn.Close()
	return session.Talk(conn)
}

//endregion child
