package grade

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"tcplab/autograder/internal/sandbox"
)

// Finding is one thing that grading needs of a machine.
type Finding struct {
	Need string
	// Lack says what is missing and what follows from it; empty when all is well.
	Lack string
	// Remedy is what to do about the lack.
	Remedy string
	// Detail says what was found, when all is well.
	Detail string
}

// Examine finds what this machine can grade. The error is that of a machine that can grade nothing.
func Examine(ctx context.Context, options Options) ([]Finding, error) {
	g, err := New(ctx, options)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	findings := []Finding{{Need: "a Go toolchain", Detail: fmt.Sprintf("%s (%s)", g.tools.command, runtime.Version())}}

	race := Finding{Need: "the race detector", Detail: "a C compiler is there"}
	if g.tools.noRace != "" {
		race.Lack = g.tools.noRace + "; tests that need it are skipped"
		race.Remedy = "on Debian and Ubuntu: apt-get install gcc libc6-dev"
	}
	findings = append(findings, race)

	kernel := Finding{Need: "a kernel that shows what programs do", Detail: "threads, descriptors and queues can be seen"}
	if _, err := os.Stat("/proc/self/task"); err != nil {
		kernel.Lack = "leaks, idle waiting and true silence cannot be seen on " + runtime.GOOS + "; tests that need them are skipped, and the others wait longer"
		kernel.Remedy = "grade on Linux, in a container such as that of .devcontainer, or in a virtual machine"
	}
	findings = append(findings, kernel)

	confinement := Finding{Need: "sandboxes", Detail: "level L3: every program is built and run in namespaces of its own; tests run side by side"}
	if err := g.prepare(ctx); err != nil {
		return nil, err
	}
	if level := g.runner.level; level < sandbox.L3 {
		confinement.Lack = fmt.Sprintf("level %v: %s (%s). Tests run one after the other, on the machine's own ports", level, promises[level], g.why)
		confinement.Remedy = networkRemedy
	}
	return append(findings, confinement), nil
}

// promises says what a level below L3 is good for. SECURITY.md says more.
var promises = map[sandbox.Level]string{
	sandbox.L2: "programs run as a user of their own, with Landlock and limits, but share the machine's network",
	sandbox.L1: "programs run as you do, with Landlock and limits: grade only what you trust",
	sandbox.L0: "programs run as you do, and are not confined: grade only what you trust",
}

// networkRemedy is for the systems that are known to keep namespaces from users.
const networkRemedy = "on Ubuntu, sysctl kernel.apparmor_restrict_unprivileged_userns=0; in Docker, run the container with " +
	"--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined; " +
	"elsewhere on Linux, sysctl user.max_user_namespaces has to be above 0; other systems: a Linux machine, container or WSL; " +
	"an editor that knows dev containers starts the right one from .devcontainer, on Windows and macOS, too"
