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
	"slices"
	"strings"
	"syscall"
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

// audiences are those who ask for a verb, in the order in which help shows them.
var audiences = []string{students, instructors, authors}

const (
	students    = "Students"
	instructors = "Instructors"
	authors     = "Authors"
)

// verbs are all that this command was compiled with. The files of this package add their own, each for one kind of reader, and
// none is named here: the students' edition of the lab is compiled without the files that are not for them.
var verbs []verb

func main() {
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
	for _, v := range verbs {
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

// parse is for verbs that take flags only.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is one argument too many: %s takes flags only; -h lists them", flags.Arg(0), flags.Name())
	}
	return nil
}

// everydayFirst puts verbs that have a target of the Makefile before those that are needed now and then. The order of the files of
// this package, in which verbs are added, says nothing to a reader.
func everydayFirst(verbs []verb) []verb {
	sorted := slices.Clone(verbs)
	slices.SortStableFunc(sorted, func(a, b verb) int {
		switch {
		case (a.make == "") == (b.make == ""):
			return 0
		case a.make != "":
			return -1
		default:
			return 1
		}
	})
	return sorted
}

func printVerbs(w io.Writer) {
	fmt.Fprintln(w, "A teaching lab for TCP programming. make TARGET, or go run ./autograder VERB where there is no make:")
	for _, audience := range audiences {
		heading := fmt.Sprintf("\n%s\n", audience)
		for _, v := range everydayFirst(verbs) {
			if v.audience != audience {
				continue
			}
			command := "go run ./autograder " + v.name
			if v.make != "" {
				command = "make " + v.make
			}
			fmt.Fprintf(w, "%s  %-28s %s\n", heading, command, v.purpose)
			heading = ""
		}
	}
	fmt.Fprintln(w, "\n`go run ./autograder VERB -h` says more of each.")
}

func printVerb(w io.Writer, v verb, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\nusage: go run ./autograder %s\n", v.purpose, strings.TrimSpace(v.name+" "+v.usage))
	flags.VisitAll(func(f *flag.Flag) {
		name, usage := flag.UnquoteUsage(f)
		usage = strings.TrimPrefix(usage, name+": ") // it stands before the text already
		fmt.Fprintf(w, "  -%-18s %s", strings.TrimSpace(f.Name+" "+name), usage)
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" {
			fmt.Fprintf(w, " (default %s)", f.DefValue)
		}
		fmt.Fprintln(w)
	})
	fmt.Fprintf(w, "\nexample: %s\n", v.example)
}
