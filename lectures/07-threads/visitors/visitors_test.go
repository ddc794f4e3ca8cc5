package visitors

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Without the lock two goroutines can read the same number and return it both, which the race detector reports.
func TestNoTwoVisitorsGetTheSameNumber(t *testing.T) {
	const visitors, visits = 8, 1000
	var c Counter
	var everybody sync.WaitGroup
	numbers := make([][]int, visitors)
	for i := range visitors {
		everybody.Go(func() {
			for range visits {
				numbers[i] = append(numbers[i], c.Come())
				if c.Here() < 1 {
					t.Error("a visitor is here, and the counter does not know")
				}
				c.Leave()
			}
		})
	}
	everybody.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(numbers...)))
	for i, number := range all {
		if !assert.Equal(t, i+1, number) {
			break
		}
	}
	assert.Zero(t, c.Here())
}
