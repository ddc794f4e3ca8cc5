package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// wireBlock is the example conversation of an exercise's README, fenced as ```wire.
var wireBlock = regexp.MustCompile("(?ms)^```wire\n(.*?)^```$")

// Example holds the conversation that the exercise's README shows, with the program as one of its sides. Each line of the
// block is a step as the transcript of a failure writes it, seen from the program's peer:
//
//	the program was started: -x 1   a server with these arguments; without this line it has none
//	A connected              the peer has connected to the program
//	A accepted               the peer has accepted a connection of the program
//	A -> "text\n"            the peer sends this
//	A <- "TEXT\n"            the program sends exactly this
//	A <~ "at 12:30\n"        the program sends a line like this: where it has digits, any digits may be, and any number
//	A <- 200 "text"          the program sends a response of HTTP with this status and body, in whatever form
//	A <- 201                 the same with any body
//	A half-closed            the peer has closed its sending side
//	A closed                 the peer has closed the connection
//	A end of stream          the program closes the connection
//	exit status 0            the program ends
//	standard output "OK\n"   the program has printed this
//
// Times and empty lines are passed over.
func Example(t testing.TB) {
	t.Helper()
	s := sessionOf(t)
	script, err := exampleScript()
	if err != nil {
		s.broken(err)
	}
	r := &replay{t: t, conns: map[string]*Conn{}}
	for _, line := range script {
		if err := r.step(line); err != nil {
			s.broken(fmt.Errorf("the wire block of README.md: %w", err))
		}
	}
}

// exampleScript reads the lines of the block in the README of the exercise in whose folder the test runs.
func exampleScript() ([]string, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	name := filepath.Join(strings.TrimSuffix(here, string(filepath.Separator)+"hidden"), "README.md")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block := wireBlock.FindSubmatch(text)
	if block == nil {
		return nil, fmt.Errorf("%s has no block that begins with ```wire", name)
	}
	return strings.Split(strings.TrimSpace(string(block[1])), "\n"), nil
}

// replay holds a conversation line by line.
type replay struct {
	t       testing.TB
	program *Program
	conns   map[string]*Conn
}

var (
	stepTime = regexp.MustCompile(`^\s*[0-9.]+ ms\s+`)
	wireStep = regexp.MustCompile(`^([A-Z]) +(connected|accepted|half-closed|closed|end of stream|-> (".*")|<- (".*")|<~ (".*"))$`)
	argsStep = regexp.MustCompile(`^the program was started: (.+)$`)
	httpStep = regexp.MustCompile(`^([A-Z]) +<- ([2-5][0-9][0-9])(?: (".*"))?$`)
	exitStep = regexp.MustCompile(`^exit status ([0-9]+)$`)
	textStep = regexp.MustCompile(`^standard output (".*")$`)
)

// step does one line. Its error is the README's fault; what the program does wrong ends the test.
func (r *replay) step(line string) error {
	r.t.Helper()
	line = strings.TrimSpace(stepTime.ReplaceAllString(line, ""))
	if line == "" {
		return nil
	}
	if args := argsStep.FindStringSubmatch(line); args != nil && r.program == nil {
		r.program = Start(r.t, strings.Fields(args[1])...)
		return nil
	}
	if exit := exitStep.FindStringSubmatch(line); exit != nil && r.program != nil {
		status, _ := strconv.Atoi(exit[1])
		r.program.WantExit(status)
		return nil
	}
	if printed := textStep.FindStringSubmatch(line); printed != nil && r.program != nil {
		text, err := strconv.Unquote(printed[1])
		if err != nil {
			return fmt.Errorf("%s is no Go string: %w", printed[1], err)
		}
		r.program.WantStdout(text)
		return nil
	}
	if answer := httpStep.FindStringSubmatch(line); answer != nil && r.conns[answer[1]] != nil {
		status, _ := strconv.Atoi(answer[2])
		response := r.conns[answer[1]].WantResponse(status)
		if answer[3] == "" {
			return nil
		}
		text, err := strconv.Unquote(answer[3])
		if err != nil {
			return fmt.Errorf("%s is no Go string: %w", answer[3], err)
		}
		response.WantBody(text)
		return nil
	}
	step := wireStep.FindStringSubmatch(line)
	if step == nil {
		return fmt.Errorf("line %q is no step; see lab.Example for what there is", line)
	}
	name, what := step[1], step[2]
	conn := r.conns[name]
	if begins := what == "connected" || what == "accepted"; begins != (conn == nil) {
		return fmt.Errorf("line %q: a connection begins once, with connected or accepted", line)
	}
	switch {
	case what == "connected":
		if r.program == nil {
			r.program = Start(r.t)
		}
		r.conns[name] = r.program.Dial()
	case what == "accepted":
		if r.program == nil {
			r.program = Serve(r.t)
		}
		r.conns[name] = r.program.Accept()
	case what == "half-closed":
		conn.HalfClose()
	case what == "closed":
		conn.Close()
	case what == "end of stream":
		conn.WantEOF()
	default:
		data, err := strconv.Unquote(step[3] + step[4] + step[5])
		if err != nil {
			return fmt.Errorf("line %q: the text is no Go string: %w", line, err)
		}
		switch {
		case step[3] != "":
			conn.Send(data)
		case step[4] != "":
			conn.Want(data)
		default:
			return conn.wantLineLike(data)
		}
	}
	return nil
}
