// Command autograder grades submissions, runs a student's tests, and proves the lab itself. Every target of the Makefile is
// one of its verbs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"tcplab/autograder/internal/gate"
)

// Exit statuses, the same for every verb.
const (
	statusFull      = 0 // full marks, or all went well
	statusLost      = 1 // marks were lost, a test failed, or the lab is not proven
	statusNotGraded = 2 // bad input, or the grader's own fault: no verdict
)

// verb is one thing that the autograder does.
type verb struct {
	name     string
	audience string // who asks for it: the heading it is listed under
	usage    string // what follows the name
	make     string // the target of the Makefile, with its variables
	purpose  string
	example  string
	// run does it. Flags are declared on the set, which is parsed by run itself after that.
	run func(ctx context.Context, flags *flag.FlagSet, args []string) (status int, err error)
}

// verbs lists all, in the order in which help shows them. It is a function because help needs the list, too.
func verbs() []verb {
	return []verb{
		{
			name: "test", audience: "Students", usage: "EX [RUN]", make: "test EX=3 [RUN=name]",
			purpose: "Run the visible tests of an exercise against your program; RUN picks tests by name.",
			example: "go run ./autograder test 3", run: runTest,
		},
		{
			name: "run", audience: "Students", usage: "EX [ARGUMENT ...]", make: "run EX=3",
			purpose: "Run your program of an exercise, so that a second terminal can talk to it.",
			example: "go run ./autograder run 3", run: runProgram,
		},
		{
			name: "grade", audience: "Instructors", usage: "[FLAGS]", make: "grade",
			purpose: "Grade a submission with the hidden tests; without -submission, the reference solutions.",
			example: "go run ./autograder grade -submission ../alice -format json -o alice.json", run: runGrade,
		},
		{
			name: "merge", audience: "Instructors", usage: "-o RESULTS SHARD ...",
			purpose: "Join the results of a class that was graded in shards.",
			example: "go run ./autograder merge -o results shard-1 shard-2", run: runMerge,
		},
		{
			name: "report", audience: "Instructors", usage: "RESULTS [FLAGS]",
			purpose: "Write reports from the results of a class.",
			example: "go run ./autograder report results -format json -o feedback", run: runReport,
		},
		{
			name: "doctor", audience: "Instructors", make: "doctor",
			purpose: "Say what this machine can and cannot grade, and what to do about it.",
			example: "go run ./autograder doctor", run: runDoctor,
		},
		{
			name: "version", audience: "Instructors",
			purpose: "Print what this autograder is and what it was built with.",
			example: "go run ./autograder version", run: runVersion,
		},
		{
			name: "check", audience: "Authors", usage: "[FLAGS]", make: "check",
			purpose: "Pass the project's own tests and prove the lab.",
			example: "go run ./autograder check -ex 3", run: runCheck,
		},
		{
			name: "new", audience: "Authors", usage: "SLUG",
			purpose: "Begin an exercise: a folder that passes the check, to be changed bit by bit.",
			example: "go run ./autograder new 11-chat-room", run: runNew,
		},
		{
			name: "bench", audience: "Authors", usage: "[FLAGS]", make: "bench",
			purpose: "Measure what grading costs beside a go build of the same programs.",
			example: "go run ./autograder bench -rounds 20", run: runBench,
		},
	}
}

func main() {
	gate.ComputeIfAsked()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// dispatch finds the verb and runs it.
func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		printVerbs(stdout)
		return statusFull
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		flags := flag.NewFlagSet(v.name, flag.ContinueOnError)
		flags.SetOutput(io.Discard) // the error of Parse says it all
		flags.Usage = func() {}
		status, err := v.run(ctx, flags, args[1:])
		switch {
		case errors.Is(err, flag.ErrHelp):
			printVerb(stdout, v, flags)
			return statusFull
		case errors.Is(err, context.Canceled):
			fmt.Fprintf(stderr, "autograder %s: interrupted; nothing is left behind\n", v.name)
		case err != nil:
			fmt.Fprintf(stderr, "autograder %s: %v\n", v.name, err)
		}
		return status
	}
	fmt.Fprintf(stderr, "autograder: there is no verb %q; `go run ./autograder help` lists them\n", args[0])
	return statusNotGraded
}

func printVerbs(w io.Writer) {
	fmt.Fprintln(w, "A teaching lab for TCP programming. make TARGET, or go run ./autograder VERB where there is no make:")
	audience := ""
	for _, v := range verbs() {
		if v.audience != audience {
			audience = v.audience
			fmt.Fprintf(w, "\n%s\n", audience)
		}
		command := "go run ./autograder " + v.name
		if v.make != "" {
			command = "make " + v.make
		}
		fmt.Fprintf(w, "  %-28s %s\n", command, v.purpose)
	}
	fmt.Fprintln(w, "\n`go run ./autograder VERB -h` says more of each.")
}

func printVerb(w io.Writer, v verb, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\nusage: go run ./autograder %s\n", v.purpose, strings.TrimSpace(v.name+" "+v.usage))
	flags.VisitAll(func(f *flag.Flag) {
		name, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(w, "  -%-18s %s", strings.TrimSpace(f.Name+" "+name), usage)
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" {
			fmt.Fprintf(w, " (default %s)", f.DefValue)
		}
		fmt.Fprintln(w)
	})
	fmt.Fprintf(w, "\nexample: %s\n", v.example)
}
