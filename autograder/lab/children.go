package lab

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// want waits until look finds nothing wrong any more, or until nothing more is to be expected of the program; then the test
// fails with what look found.
func (p *Program) want(look func() (wrong *failure)) {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("the processes of a program cannot be seen on this system: Linux is needed")
	}
	w := p.watch(patience)
	for {
		wrong := look()
		if wrong == nil {
			p.WantRunning() // what has ended has no children, and no zombies either
			return
		}
		if why := w.over(); why != "" {
			p.WantRunning()
			wrong.message += " (" + why + ")"
			p.s.fail(*wrong)
		}
		p.pause(w.next())
	}
}

// WantChildren wants the program to come to have n live children, their own children included.
func (p *Program) WantChildren(n int) {
	p.s.t.Helper()
	p.want(func() *failure {
		alive := len(kernel.Descendants(p.process.PID))
		if alive == n {
			p.s.step("", transcript.Observed, "", count(n, "child", "children"))
			return nil
		}
		wrong := &failure{
			message:  fmt.Sprintf("the program has %s and should have %d", count(alive, "child", "children"), n),
			meaning:  "There is a client to whom no process of its own talks.",
			expected: count(n, "child", "children"),
			actual:   count(alive, "child", "children"),
		}
		if alive > n {
			wrong.meaning = "A child lives on although its client is gone: it does not end, or another process holds the connection, too."
		}
		return wrong
	})
}

// WantNoZombie wants the program to have waited for each child that has ended by the time that all of them are at rest.
func (p *Program) WantNoZombie() {
	p.s.t.Helper()
	p.WantAtRest() // a child that is about to end is no zombie yet
	p.want(func() *failure {
		dead := len(kernel.Zombies(p.process.PID))
		if dead == 0 {
			p.s.step("", transcript.Observed, "", "no zombies")
			return nil
		}
		return &failure{
			message:  fmt.Sprintf("the program has %s", count(dead, "zombie", "zombies")),
			meaning:  "A child has ended and its parent has not waited for it: the kernel keeps its exit status until then.",
			expected: "no zombies",
			actual:   count(dead, "zombie", "zombies"),
		}
	})
}

// count is a number of things in words.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// holders are the processes of the program that hold its end of a connection.
func (c *Conn) holders() []int {
	state, found, err := c.remote()
	if err != nil {
		c.p.s.broken(err)
	}
	if !found || state.Inode == 0 {
		return nil
	}
	family := append(kernel.Descendants(c.p.process.PID), c.p.process.PID)
	return slices.DeleteFunc(family, func(pid int) bool { return !kernel.Holds(pid, state.Inode) })
}

// holdersInWords names processes as a student thinks of them.
func (p *Program) holdersInWords(pids []int) string {
	if len(pids) == 0 {
		return "no process of the program"
	}
	var names []string
	for _, pid := range pids {
		name := fmt.Sprintf("its child %d", pid)
		if pid == p.process.PID {
			name = "the program itself"
		}
		names = append(names, name)
	}
	return strings.Join(names, " and ")
}

// WantHeldByOneChild wants exactly one process to hold the program's end of the connection, and that to be a child.
func (c *Conn) WantHeldByOneChild() {
	c.p.s.t.Helper()
	c.p.want(func() *failure {
		holders := c.holders()
		parent := slices.Contains(holders, c.p.process.PID)
		actual := c.p.holdersInWords(holders)
		if len(holders) == 1 && !parent {
			c.p.s.step(c.name, transcript.Observed, "", "held by "+actual+" alone")
			return nil
		}
		wrong := &failure{
			who:      c.name,
			message:  fmt.Sprintf("%s is held by %s", c.name, actual),
			meaning:  "A connection is open as long as any process holds a descriptor of it.",
			expected: "one child that holds it",
			actual:   actual,
		}
		switch {
		case parent && len(holders) == 1:
			wrong.meaning = "No child has it: the one that talks to this client is the program itself."
		case parent:
			wrong.meaning = "The program keeps a descriptor of a connection that is its child's business. " + wrong.meaning
		case len(holders) > 1:
			wrong.meaning = "A child has inherited more than the connection of its own client. " + wrong.meaning
		}
		return wrong
	})
}

// child is the child that talks to this client: of those that hold the connection, the one started first.
func (c *Conn) child() (pid int) {
	c.p.s.t.Helper()
	c.p.want(func() *failure {
		children := slices.DeleteFunc(c.holders(), func(pid int) bool { return pid == c.p.process.PID })
		if len(children) > 0 {
			pid = children[0]
			return nil
		}
		return &failure{
			who:      c.name,
			message:  fmt.Sprintf("no child of the program holds %s", c.name),
			meaning:  "The connection has to be handed over to a process that the program starts for it.",
			expected: "a child that holds the connection",
			actual:   c.p.holdersInWords(c.holders()),
		}
	})
	return pid
}

// KillChild ends the child that talks to this client with SIGKILL, though it may be stopped.
func (c *Conn) KillChild() {
	c.p.s.t.Helper()
	child := c.child()
	c.p.s.step(c.name, transcript.Observed, "", fmt.Sprintf("the test kills the child that talks to %s", c.name))
	c.p.s.kill(child)
}

// StopChild stops the child that talks to this client, which its parent can learn of, and has come to rest when it has.
func (c *Conn) StopChild() {
	c.p.s.t.Helper()
	child := c.child()
	c.p.s.step(c.name, transcript.Observed, "", fmt.Sprintf("the test stops the child that talks to %s", c.name))
	_ = kernel.Stop(child) // it fails where there is nothing to stop any more
	c.p.until(func() bool { return kernel.Stopped(child) })
	c.p.WantAtRest()
}

// KillAlone ends the program with SIGKILL, and lets its children live. StartAgain has to follow before anything is wanted of
// them.
func (p *Program) KillAlone() {
	p.s.t.Helper()
	if p.diag == nil {
		p.s.skip("the processes of a program cannot be seen on this system: Linux is needed")
	}
	p.orphans = append(p.orphans, kernel.Descendants(p.process.PID)...)
	if p.running() {
		p.s.kill(p.process.PID)
	}
	<-p.process.Done()
	p.s.step("", transcript.Killed, "", "")
}

// kill ends one process, which may have ended by itself.
func (s *session) kill(pid int) {
	s.t.Helper()
	process, err := os.FindProcess(pid)
	if err != nil {
		s.broken(err)
	}
	_ = process.Kill() // it fails where there is nothing to kill any more
	_ = process.Release()
}

// WithDescriptors runs during while the program, which has come to rest, can open only n descriptors more. The limit is one on their
// numbers (RLIMIT_NOFILE, getrlimit(2)): what it closes meanwhile makes room for another only if no n+1 lower numbers are free.
func (p *Program) WithDescriptors(n int, during func()) {
	p.s.t.Helper()
	p.WantAtRest()
	if p.diag == nil {
		p.s.skip("a program's limits cannot be changed on this system: Linux is needed")
	}
	for _, orphan := range p.orphans { // those that were found when it had come to rest
		if restore, err := kernel.LeaveDescriptors(orphan, n); err == nil { // it may have ended, and may end now
			defer func() { _ = restore() }()
		}
	}
	restore, err := kernel.LeaveDescriptors(p.process.PID, n)
	if err == nil {
		p.s.step("", transcript.Observed, "", "the program can open "+count(n, "descriptor", "descriptors")+" more")
		during()
		err = restore()
	}
	p.WantRunning()
	if err != nil {
		p.s.broken(err)
	}
	p.s.step("", transcript.Observed, "", "the program can open as many descriptors as before")
}
