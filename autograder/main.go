// Command autograder grades submissions, runs a student's tests, and proves the lab itself. Its verbs are all that make does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) < 2 || os.Args[1] != "check" {
		fmt.Fprintln(os.Stderr, "usage: go run ./autograder check")
		os.Exit(2)
	}
	if err := check(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

// check passes the project's own tests.
func check(ctx context.Context) error {
	for _, args := range [][]string{
		{"vet", "./autograder/..."},
		{"tool", "gotestsum", "--format", "pkgname", "--", "./autograder/..."},
	} {
		command := exec.CommandContext(ctx, "go", args...)
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("go %v: %w", args, err)
		}
	}
	return nil
}
