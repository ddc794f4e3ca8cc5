// What every program of this corpus says of itself: each attempt and what came of it, as the greeting that it sends in place of
// HELLO. So the grader's report shows what the attack has seen, and the program scores nothing.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

var findings []string

// attempt notes what came of one attempt.
func attempt(what string, err error) {
	if err == nil {
		findings = append(findings, what+": DONE")
		return
	}
	findings = append(findings, what+": STOPPED by "+err.Error())
}

// confess sends the findings to everybody who connects.
func confess() {
	listener, err := net.Listen("tcp", ":3232")
	if err != nil {
		fmt.Fprintln(os.Stderr, strings.Join(findings, "; "), err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		fmt.Fprintf(conn, "%s\n", strings.Join(findings, "; "))
		<-time.After(10 * time.Millisecond)
		conn.Close()
	}
}
