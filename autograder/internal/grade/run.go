package grade

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/transcript"
)

// When a test process is given up. Tests have limits of their own, which are far shorter: these are for a test that is
// itself broken, so reaching them is the grader's error.
const (
	testTimeout = 180 * time.Second // the test process ends itself, and tells where it hung
	wallLimit   = 200 * time.Second // the grader ends it
)

// runner runs hidden tests, each in a process of its own.
type runner struct {
	scratch string
	init    string // the sandbox's first process; empty before prepare
	level   sandbox.Level
	seed    uint64
}

// starvedTries is how often a test is run whose verdict may be the machine's. The last one stands, or a program could keep
// a machine busy so as not to be judged.
const starvedTries = 3

// run runs one test against a built program and returns its verdict, and what that took. Nothing that the program or the test
// prints is read for it.
func (r *runner) run(ctx context.Context, ex exercise.Exercise, test exercise.Test, binary string, built program) (transcript.Record, duration) {
	record, took, err := r.start(ctx, ex, test, binary, built)
	for try := 1; err == nil && record.Starved && try < starvedTries && ctx.Err() == nil; try++ {
		record, took, err = r.start(ctx, ex, test, binary, built)
	}
	if err != nil {
		record = transcript.Record{Test: test.Name, Status: transcript.Error, Message: "the hidden test could not be run: " + err.Error()}
	}
	return record, took
}

func (r *runner) start(ctx context.Context, ex exercise.Exercise, test exercise.Test, binary string, built program) (transcript.Record, duration, error) {
	began := time.Now()
	temp, err := os.MkdirTemp(r.scratch, "test-")
	if err != nil {
		return transcript.Record{}, duration{}, err
	}
	defer os.RemoveAll(temp)
	reading, writing, err := os.Pipe()
	if err != nil {
		return transcript.Record{}, duration{}, err
	}
	defer reading.Close()
	limited, cancel := context.WithTimeout(ctx, wallLimit)
	defer cancel()
	command := child(limited, binary, "-test.run=^"+test.Name+"$", "-test.count=1", "-test.timeout="+testTimeout.String())
	command.Dir = ex.Tested
	var said output
	command.Stdout, command.Stderr = &said, &said
	command.Env = append(bareEnv(temp),
		"TCPLAB_PROGRAM="+built.path,
		"TCPLAB_SOURCE="+built.source,
		"TCPLAB_GIVEN="+strings.Join(ex.Given, ","),
		"TCPLAB_INIT="+r.init,
		"TCPLAB_LEVEL="+r.level.String(),
		"TCPLAB_RECORD="+inherit(command, writing),
		"TCPLAB_SEED="+strconv.FormatUint(r.seed, 10),
		"TCPLAB_PORT="+strconv.Itoa(ex.Port),
		"TCPLAB_RACE="+strconv.FormatBool(test.Race),
	)
	err = command.Start()
	if closeErr := writing.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return transcript.Record{}, duration{}, err
	}
	type result struct {
		record transcript.Record
		err    error
	}
	read := make(chan result, 1)
	go func() {
		record, err := transcript.ReadRecord(reading)
		read <- result{record, err}
	}()
	waitErr := command.Wait()
	_ = killGroup(command) // what the test has left behind could hold the record's pipe open
	_ = reading.SetReadDeadline(time.Now().Add(stragglers))
	got := <-read
	wall := time.Since(began)
	took := duration{Wall: wall, Idle: max(0, wall-command.ProcessState.UserTime()-command.ProcessState.SystemTime())}
	end := ended{how: command.ProcessState.String(), success: command.ProcessState.Success(), output: said.quoted()}
	if exit := (*exec.ExitError)(nil); waitErr != nil && !errors.As(waitErr, &exit) && limited.Err() == nil {
		end.success, end.how = false, waitErr.Error() // its output was held open by something that it left behind
	}
	if limited.Err() != nil && ctx.Err() == nil {
		end.success, end.how = false, fmt.Sprintf("no end after %v", wallLimit)
	}
	return verdict(test.Name, end, got.record, got.err), took, nil
}

// bareEnv is all that a test process has of the user's environment.
func bareEnv(temp string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + temp, "TMPDIR=" + temp}
	if runtime.GOOS == "windows" { // no socket can be opened without the first
		env = append(env, "SystemRoot="+os.Getenv("SystemRoot"), "TEMP="+temp, "TMP="+temp)
	}
	return env
}

// ended is how a test process ended.
type ended struct {
	success bool   // exit status 0
	how     string // in words
	output  string // quoted
}

// verdict is the only place where a test is judged. It takes a record at its word when the test's process ended as the
// record says that it would; everything else is an error of the grader.
func verdict(test string, end ended, record transcript.Record, recordErr error) transcript.Record {
	var fault string
	switch {
	case recordErr != nil:
		fault = recordErr.Error()
	case record.Test != test:
		fault = fmt.Sprintf("the record is that of %s", transcript.Line(record.Test, 100))
	case record.Status == transcript.Error:
		return record
	case end.success == slices.Contains([]transcript.Status{transcript.Pass, transcript.Skipped}, record.Status):
		return record
	default:
		fault = fmt.Sprintf("its record says %s", record.Status)
	}
	message := fmt.Sprintf("the hidden test itself failed: %s, and %s", end.how, fault)
	if end.output != `""` {
		message += "; its output: " + end.output
	}
	return transcript.Record{Test: test, Status: transcript.Error, Message: message, Seed: record.Seed, Steps: record.Steps}
}
