package grade

import (
	"context"
	"slices"
	"strings"
	"syscall"
)

// flawless is a program with which nothing is wrong.
var flawless = Source{Files: map[string][]byte{"main.go": []byte("package main\n\nimport \"net\"\n\nfunc main() { _, _ = net.Dial(\"tcp\", \"\") }\n")}}

// machineTroubles are the words of a system that has run out of something. A build that failed with them says nothing of the
// program, even when the next one does not fail.
var machineTroubles = []string{
	syscall.ENOSPC.Error(), syscall.EDQUOT.Error(), syscall.EIO.Error(), syscall.EMFILE.Error(), syscall.ENFILE.Error(),
	syscall.ENOMEM.Error(), syscall.EROFS.Error(),
}

// blame decides whose fault it is that a program was not built, where the go command's words do not name one of its files: a
// linker names functions, and what keeps a package from being loaded has no place at all. There are too many such words to list
// them, and a student who found one that is not would make a grader of a class look for an error of its own. So a program is
// built in the same way that has no faults: what keeps the machine from building programs keeps it from building that one.
func (b *builder) blame(ctx context.Context, hash string, lines []string, fault string) (program, error) {
	failed := program{fault: fault}
	troubled := func(line string) bool {
		return slices.ContainsFunc(machineTroubles, func(trouble string) bool { return strings.Contains(line, trouble) })
	}
	control := flawless.hash()
	if hash == control || slices.ContainsFunc(lines, troubled) {
		return failed, nil
	}
	pending := map[string]Source{control: flawless}
	if _, err := b.build(ctx, pending); err != nil {
		return failed, err
	}
	if b.of(control).path != "" {
		failed = program{lines: lines}
	}
	b.mu.Lock()
	delete(b.built, control) // the machine may be another the next time
	b.mu.Unlock()
	return failed, nil
}
