package lab

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/transcript"
)

// family skips a test where the processes of a program cannot be seen.
func family(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the processes of a program cannot be seen on this system")
	}
}

// farewell ends a conversation with a greeted client.
func farewell(c *Conn) {
	c.Send("hi there\n")
	c.Want("HI THERE\n")
	c.WantEOF()
	c.Close()
}

func TestChildrenAreCountedFromTheirBirthToTheirEnd(t *testing.T) {
	family(t)
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "reaps")
		server.WantChildren(0)
		clients := server.DialMany(3)
		server.WantChildren(3)
		for _, c := range clients {
			c.WantHeldByOneChild()
			c.Want("HELLO\n")
		}
		farewell(clients[1])
		server.WantChildren(2)
		clients[0].StopChild()
		server.WantChildren(2)
		clients[0].KillChild()
		clients[0].WantEOF()
		server.WantChildren(1)
		farewell(clients[2])
		server.WantChildren(0)
		server.WantNoZombie()
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestWhatIsWrongWithAFamilyIsSaid(t *testing.T) {
	family(t)
	for _, c := range []struct {
		name, mode string
		want       func(*Program, *Conn)
		message    string
	}{
		{"too few", "right", func(p *Program, _ *Conn) { p.WantChildren(1) }, "has 0 children and should have 1"},
		{"too many", "reaps", func(p *Program, _ *Conn) { p.WantChildren(0) }, "has 1 child and should have 0"},
		{"zombie", "delegates", func(p *Program, c *Conn) { farewell(c); p.WantNoZombie() }, "has 1 zombie"},
		{"no child", "right", func(_ *Program, c *Conn) { c.KillChild() }, "no child of the program holds A"},
		{"not handed over", "right", func(_ *Program, c *Conn) { c.WantHeldByOneChild() }, "A is held by the program itself"},
		{"copy", "keeps", func(_ *Program, c *Conn) { c.WantHeldByOneChild() }, "and the program itself"},
		{"stopped", "reaps", func(_ *Program, c *Conn) { c.StopChild(); farewell(c) }, "A waits for \"HI THERE\\n\""},
		{"copy keeps it open", "keeps", func(_ *Program, c *Conn) { c.KillChild(); c.WantEOF() }, "A waits for end of stream"},
		{"ended", "reaps", func(p *Program, _ *Conn) { p.Kill(); p.WantChildren(0) }, "the program has ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			verdict := verdictOf(t, func(t testing.TB) {
				server := Start(t, c.mode)
				client := server.Dial()
				client.Want("HELLO\n")
				c.want(server, client)
			})
			assert.Equal(t, transcript.Fail, verdict.Status)
			assert.Contains(t, verdict.Message, c.message)
		})
	}
}

func TestChildrenOutliveAProgramThatIsKilledAlone(t *testing.T) {
	family(t)
	verdict := verdictOf(t, func(t testing.TB) {
		server := Start(t, "reaps")
		old := server.Dial()
		old.Want("HELLO\n")
		server.KillAlone()
		server.StartAgain()
		server.Dial().Want("HELLO\n")
		farewell(old)
	})
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestAProgramIsLeftAsManyDescriptorsAsTheTestSays(t *testing.T) {
	family(t)
	tight := func(n int) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			server := Start(t, "reaps") // it panics where a child cannot be started
			server.WithDescriptors(n, func() {
				server.Dial()
				server.WantAtRest()
			})
			server.Dial().Want("HELLO\n")
		})
	}
	enough := tight(32)
	assert.Equal(t, transcript.Pass, enough.Status, enough.Message)
	for n := range 3 { // the connection, its copy, and a pipe to the child
		tooFew := tight(n)
		assert.Equal(t, transcript.Fail, tooFew.Status, n)
		assert.Contains(t, tooFew.Message+tooFew.Meaning, "too many open files")
	}
}

func TestWhatAProgramDoesInAProcessWithoutParentIsSeen(t *testing.T) {
	after := func(mode string, look func(server *Program)) transcript.Record {
		return verdictOf(t, func(t testing.TB) { look(Start(t, append([]string{"behind"}, strings.Fields(mode)...)...)) })
	}
	visits := func(server *Program) {
		before := server.Footprint()
		for range 10 {
			c := server.Dial()
			c.Want("HELLO\n")
			c.Close()
		}
		server.WantNoLeak(before)
	}
	right := after("right", visits)
	assert.Equal(t, transcript.Pass, right.Status, right.Message)
	assert.Contains(t, after("leaks", visits).Message, "10 descriptors more than before")
	assert.Contains(t, after("grows", func(server *Program) {
		server.Dial().Want("HELLO\n")
		server.WantPeakMemoryBelow(24 << 20)
	}).Message, "MiB of memory")
	for _, mode := range []string{"spins", "spins late"} {
		assert.Contains(t, after(mode, func(server *Program) {
			server.Dial().Want("HELLO\n")
			server.WantIdle()
		}).Message, "processor time", mode)
	}
	assert.Equal(t, transcript.Fail, after("right", func(server *Program) {
		server.WithDescriptors(0, func() { server.Dial().Want("HELLO\n") })
	}).Status, "who has no descriptor left greets nobody")
}
