package visitors

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Without the lock two goroutines can read the same number, and both return its successor.
func TestNoTwoVisitorsGetTheSameNumber(t *testing.T) {
	const servants, visits = 8, 50000
	var c Counter
	var everybody sync.WaitGroup
	numbers := make([][]int, servants)
	for i := range servants {
		everybody.Go(func() {
			for range visits {
				numbers[i] = append(numbers[i], c.Add())
			}
		})
	}
	everybody.Wait()
	require.Equal(t, servants*visits, c.Count())
	all := slices.Sorted(slices.Values(slices.Concat(numbers...)))
	require.Len(t, slices.Compact(all), servants*visits)
}
