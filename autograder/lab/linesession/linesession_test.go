package linesession_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/lab"
	"tcplab/autograder/lab/linesession"
)

// That each rule can be broken is shown by wrong programs, in the gate; that one server keeps them one after the other, here.
func TestOneServerKeepsTheRulesOfASessionOneAfterTheOther(t *testing.T) {
	t.Setenv("TCPLAB_PORT", "2323")
	t.Setenv("TCPLAB_PROGRAM", build(t, "../../../solutions/04-line-sessions"))
	helper := build(t, "../../internal/sandbox/initproc")
	level, _ := sandbox.Probe(helper)
	t.Setenv("TCPLAB_INIT", helper)
	t.Setenv("TCPLAB_LEVEL", level.String())
	linesession.Conformance(lab.Start(t))
}

// build builds a program that needs no C library: in a sandbox there is none.
func build(t *testing.T, pkg string) (executable string) {
	t.Helper()
	executable = filepath.Join(t.TempDir(), filepath.Base(pkg)+".exe")
	command := exec.Command("go", "build", "-o", executable, pkg)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return executable
}
