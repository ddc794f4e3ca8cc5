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
