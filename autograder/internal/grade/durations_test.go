package grade

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTheShortestTimesOfATestAreKnown(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "hidden.test")
	for _, took := range []duration{{Wall: 9 * time.Second, Idle: time.Second}, {Wall: 3 * time.Second, Idle: 2 * time.Second}, {Wall: time.Minute, Idle: time.Minute}} {
		durations{"TestA": took}.save(binary)
	}
	assert.Equal(t, durations{"TestA": {Wall: 3 * time.Second, Idle: time.Second}}, loadDurations(binary))
}
