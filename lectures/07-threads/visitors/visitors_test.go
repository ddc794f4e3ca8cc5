package visitors

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Without the lock two goroutines can read the same number, and both return its successor.
func TestNoTwoVisitorsGetTheSameNumber(t *testing.T) {
	const servants, visits = 8, 10000
	var c Counter
	var everybody sync.WaitGroup
	numbers := make([][]int, servants)
	for i := range servants {
		everybody.Go(func() {
			for range visits {
				number := c.Add()
				if count := c.Count(); count < number {
					t.Errorf("there have been %d visitors, and the counter says %d", number, count)
				}
				numbers[i] = append(numbers[i], number)
			}
		})
	}
	everybody.Wait()
	require.Equal(t, servants*visits, c.Count())
	for i, number := range slices.Sorted(slices.Values(slices.Concat(numbers...))) {
		require.Equal(t, i+1, number)
	}
}
