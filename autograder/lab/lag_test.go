package lab

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
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
		assert.False(t, l.starved(), "the next program has its own time")
	})
}

// miss makes it look as if the test had not run for as long as this, and what is always forgiven.
func (l *lag) miss(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = l.last.Add(-d - 2*stall)
}
