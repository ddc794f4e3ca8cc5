package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// ownPackages are those whose tests are the project's own. The visible tests of an exercise test a student's program, and
// fail on the stub, as they should.
var ownPackages = []string{"./autograder/..."}

func runCheck(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	for _, check := range []func(context.Context, string) (int, error){checkFormat, vetEverywhere, runOwnTests} {
		if status, err := check(ctx, root); status != statusFull {
			return status, err
		}
	}
	return statusFull, nil
}

func checkFormat(ctx context.Context, root string) (int, error) {
	command := exec.CommandContext(ctx, "gofmt", "-l", "autograder", "exercises", "solutions", "lectures")
	command.Dir = root
	output, err := command.CombinedOutput()
	if err != nil {
		return statusNotGraded, fmt.Errorf("gofmt: %w\n%s", err, output)
	}
	if len(output) > 0 {
		return statusLost, fmt.Errorf("not formatted; run gofmt -w on:\n%s", output)
	}
	return statusFull, nil
}

// vetEverywhere holds the promise that the lab compiles on every system, though only Linux shows all.
func vetEverywhere(ctx context.Context, root string) (int, error) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		command := exec.CommandContext(ctx, "go", "vet", "./...")
		command.Dir, command.Env = root, append(os.Environ(), "GOOS="+system)
		if output, err := command.CombinedOutput(); err != nil {
			return statusLost, fmt.Errorf("GOOS=%s go vet ./...: %w\n%s", system, err, strings.TrimSpace(string(output)))
		}
	}
	return statusFull, nil
}

func runOwnTests(ctx context.Context, root string) (int, error) {
	return inherit(ctx, root, append([]string{"tool", "gotestsum", "--format", "pkgname", "--"}, ownPackages...)...)
}
