package measured

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheMedianIsNotMovedByOneBadRepetition(t *testing.T) {
	assert.Equal(t, Spread{Median: 2, Low: 1, High: 900}, SpreadOf([]float64{2, 900, 1}))
	assert.Equal(t, Spread{Median: 2.5, Low: 1, High: 4}, SpreadOf([]float64{4, 1, 2, 3}))
	assert.Equal(t, "2.5 ms (1.0 ms to 4.0 ms)", SpreadOf([]float64{4, 1, 2, 3}).Format("%.1f ms"))
}

func TestTheMachineIsDescribedInOneLine(t *testing.T) {
	assert.Contains(t, Machine(), runtime.GOOS+"/"+runtime.GOARCH)
	assert.NotContains(t, Machine(), "\n")
}
