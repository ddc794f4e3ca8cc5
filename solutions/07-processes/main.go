// Command 07-processes is the reference solution of exercise 7: the line sessions of exercise 4, each held by a process of its
// own. One program plays both parts. Started without arguments it is the parent, which accepts; the parent starts it again,
// with an argument and a connection, as the child that talks.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	// talkArgument tells a process that it is a child.
	talkArgument = "talk"
	// connectionDescriptor is the number of the connection in a child: the first one behind the three standard streams.
	connectionDescriptor = 3
	// maxLine is how long a line may be, in bytes, without what ends it.
	maxLine = 65536
	// lingerTime bounds the wait for a client that was told goodbye and does not close its own side.
	lingerTime = 5 * time.Second
	// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
	acceptPause = 10 * time.Millisecond
)

var errTooLong = errors.New("the line is too long")

func main() {
	work := receive
	if len(os.Args) > 1 && os.Args[1] == talkArgument {
		work = talk
	}
	if err := work(); err != nil {
		log.Fatal(err)
	}
}

// receive is the parent's life: it accepts, and has somebody else talk.
func receive() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", ":3490")
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		// A child that cannot be started is one client's trouble, and no reason to leave the others alone.
		if err := delegate(program, conn.(*net.TCPConn)); err != nil { // a listener for "tcp" accepts nothing else
			log.Printf("%v: %v", conn.RemoteAddr(), err)
		}
	}
}

// delegate starts a child for a connection, and keeps nothing of the connection, whether that goes well or not. As long as
// any process holds a copy of its descriptor the kernel keeps it open, and the client waits for an end that does not come.
func delegate(program string, conn *net.TCPConn) error {
	defer conn.Close()
	file, err := conn.File() // a second descriptor, of the kind that can be handed over
	if err != nil {
		return err
	}
	defer file.Close()
	child := exec.Command(program, talkArgument)
	// Go opens every descriptor close-on-exec. So the child inherits what is named here and nothing else: not the listener,
	// which would hold the port for as long as the child lives, and not another client's connection.
	child.ExtraFiles = []*os.File{file}
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	go reap(child)
	return nil
}

// reap waits for a child's end. Until somebody has asked how a child ended the kernel keeps that for its parent, as a zombie.
func reap(child *exec.Cmd) {
	if err := child.Wait(); err != nil {
		log.Printf("child %d: %v", child.Process.Pid, err)
	}
}

// talk is a child's life: one session with the client whose connection it has inherited.
func talk() error {
	file := os.NewFile(connectionDescriptor, "connection")
	if file == nil {
		return fmt.Errorf("descriptor %d is none", connectionDescriptor)
	}
	inherited, err := net.FileConn(file) // makes a copy, as File does
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	conn, ok := inherited.(*net.TCPConn)
	if !ok {
		return errors.Join(fmt.Errorf("descriptor %d is no TCP connection", connectionDescriptor), inherited.Close())
	}
	defer conn.Close()
	return converse(conn)
}

// converse answers line after line, as in exercise 4. That nobody else is served meanwhile matters to nobody here.
func converse(conn *net.TCPConn) error {
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxLine+len("\r\n"))
	for lines.Scan() {
		line := lines.Text()
		if len(line) > maxLine {
			return errTooLong
		}
		answer := strings.ToUpper(line)
		if _, err := io.WriteString(conn, "> "+answer+"\n"); err != nil {
			return err
		}
		if answer == "BYE" {
			return hangUp(conn)
		}
	}
	return lines.Err() // nil at the end of the stream
}

// hangUp ends a session in order although the client may still be sending: it closes the sending side only, and lets go of
// what comes until the client has closed its side, too.
func hangUp(conn *net.TCPConn) error {
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(lingerTime)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	return err
}
