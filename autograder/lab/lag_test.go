package lab

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"tcplab/autograder/internal/kernel"
)

func TestATestThatDoesNotGetToRunIsStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		var l lag
		assert.False(t, l.starved(), "no program was started")
		l.begin(done)
		<-time.After(time.Hour) // by the clock of synctest, which is never late
		assert.False(t, l.starved(), "it has run every few milliseconds")
		l.miss(hopelesslyLate / 2)
		assert.False(t, l.starved(), "half of what is forgiven")
		l.miss(hopelesslyLate)
		assert.True(t, l.starved())
		l.begin(done)
		assert.True(t, l.starved(), "what was seen of the program before may be wrong")
	})
}

func TestEveryProgramHasItsOwnTimeToBeLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		var l lag
		for range 5 {
			l.begin(done)
			l.miss(hopelesslyLate / 2)
			assert.False(t, l.starved())
		}
	})
}

func TestAProgramThatDoesNotGetToRunIsStarved(t *testing.T) {
	for name, looks := range map[string]struct {
		rests   []kernel.Rest // half of what is forgiven apart, and a bit
		starved bool
	}{
		"has waited":         {[]kernel.Rest{{Blocked: true, Delay: 2 * hopelesslyLate}, {Blocked: true}}, true},
		"wants to run":       {[]kernel.Rest{{}, {}, {}}, true},
		"rests in between":   {[]kernel.Rest{{}, {}, {Blocked: true}, {}}, false},
		"runs in between":    {[]kernel.Rest{{CPU: 1}, {CPU: 1}, {CPU: 2}}, false},
		"is on its way once": {[]kernel.Rest{{}, {}}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			done := make(chan struct{})
			defer close(done)
			var l lag
			l.look(kernel.Rest{Delay: time.Minute})
			assert.False(t, l.starved(), "no client has begun")
			l.begin(done)
			for _, rest := range looks.rests {
				l.look(rest)
				<-time.After(hopelesslyLate/2 + 1)
			}
			assert.Equal(t, looks.starved, l.starved(), name)
		})
	}
}

// miss makes it look as if the test had not run for as long as this, and what is always forgiven.
func (l *lag) miss(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = l.last.Add(-d - 2*stall)
}
