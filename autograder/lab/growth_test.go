package lab

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/transcript"
)

func TestWhatIsOnlyCountedIsNotTold(t *testing.T) {
	s := &session{t: t, began: time.Now()}
	s.step("A", transcript.Received, "be", "")
	steps := s.onlyCounted(func() {
		s.step("B", transcript.Sent, "nobody is told", "")
		s.step("B", transcript.Received, "of this", "")
	})
	s.step("A", transcript.Received, "fore", "")
	require.Equal(t, 2, steps)
	story := s.story()
	require.Len(t, story, 1)
	require.Equal(t, transcript.Bytes("before"), story[0].Data)
}
