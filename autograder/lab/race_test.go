package lab

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/kernel"
	"tcplab/autograder/internal/transcript"
)

func TestAProgramThatIsGoneBeforeTheNewsOfItIsNoErrorOfTheGrader(t *testing.T) {
	for range 10 {
		verdict := verdictOf(t, func(t testing.TB) {
			server := Start(t, "silent")
			server.signal(func(pid int) error {
				err := kernel.Terminate(pid)
				for err == nil {
					err = kernel.Continue(pid) // until there is no such process
				}
				return err
			}, "continued")
			server.WantRunning()
		})
		assert.Equal(t, transcript.Fail, verdict.Status, verdict.Message)
	}
}

func TestWhoLeavesWhileTheProgramIsStoppedHasLeftWhenItGoesOn(t *testing.T) {
	server := Start(t, "silent")
	var left []*Conn
	server.AllAtOnce(func() {
		left = server.DialMany(3)
		left[0].Reset()
		left[1].Send("some words")
		left[1].Close()
		left[2].Send("and more")
	})
	for _, c := range left[:2] {
		assert.Equal(t, arrived, c.goodbye, c.name)
	}
	assert.EqualValues(t, len("and more"), left[2].arrived)
}
