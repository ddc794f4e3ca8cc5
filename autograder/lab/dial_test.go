package lab

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

// blind has a test go on as on a system that does not tell who listens.
func blind(p *Program, test func()) {
	defer func(diag *kernel.Diagnostics) { p.diag = diag }(p.diag)
	p.diag = nil
	test()
}

func TestWhereNobodyTellsWhoListensAProgramIsDialledUntilItDoes(t *testing.T) {
	dial := func(mode string) transcript.Record {
		return verdictOf(t, func(t testing.TB) {
			p := newProgram(t, []string{mode})
			p.start()
			blind(p, func() { p.Dial().Want("HELLO\n") })
		})
	}
	right := dial("right")
	assert.Equal(t, transcript.Pass, right.Status, right.Message)

	gone := dial("exits")
	assert.Equal(t, transcript.Fail, gone.Status)
	assert.Contains(t, gone.Meaning, "The server is gone: exit status")
	assert.True(t, gone.Setup)

	elsewhere := dial("elsewhere")
	assert.Equal(t, transcript.Fail, elsewhere.Status)
	assert.Contains(t, elsewhere.Message, "the program does not listen on port 3232: nothing happened for")
	assert.True(t, elsewhere.Setup)
}
