//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// modelVariable, in the environment, makes a process a server of this model.
const modelVariable = "TCPLAB_WAITS_WITH"

// measure starts a server, gives it idle connections, and asks it so many questions. It returns the processor time that the
// server has used for an answer, as a mean, and the time from question to answer, as a median.
func measure(model string, idle, questions int) (cpu, roundTrip time.Duration, err error) {
	program, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	server := exec.Command(program)
	server.Env = append(os.Environ(), modelVariable+"="+model)
	server.Stderr = os.Stderr
	output, err := server.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := server.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		// By now its clients have left, and it may have ended by itself.
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("the server does not say where it listens: %w", err)
	}
	address = strings.TrimSpace(address)
	for range idle {
		c, err := dial(address)
		if err != nil {
			return 0, 0, err
		}
		defer c.Close()
	}
	active, err := dial(address) // who is answered after all others have connected has been accepted after them
	if err != nil {
		return 0, 0, err
	}
	defer active.Close()
	return ask(active, questions)
}

// dial connects so that Close resets: thousands of connections that end in order would leave their ports in TIME_WAIT, and the
// next measurement without any.
func dial(address string) (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := conn.(*net.TCPConn) // Dial was told "tcp"
	return c, c.SetLinger(0)
}

// ask asks one question after the other. Each answer is the processor time that the server has used so far.
func ask(server net.Conn, questions int) (cpu, roundTrip time.Duration, err error) {
	answers := bufio.NewReader(server)
	var used []time.Duration
	var trips []time.Duration
	for range warmUp + questions {
		asked := time.Now()
		if _, err := io.WriteString(server, "?"); err != nil {
			return 0, 0, err
		}
		line, err := answers.ReadString('\n')
		if err != nil {
			return 0, 0, err
		}
		trips = append(trips, time.Since(asked))
		ns, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			return 0, 0, err
		}
		used = append(used, time.Duration(ns))
	}
	trips = trips[warmUp:]
	slices.Sort(trips)
	return (used[len(used)-1] - used[warmUp-1]) / time.Duration(questions), trips[len(trips)/2], nil
}
