package plot

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// elements reads a picture, which has to be well-formed, and returns the attributes of its elements of one name.
func elements(t *testing.T, picture []byte, name string) []map[string]string {
	t.Helper()
	var found []map[string]string
	decoder := xml.NewDecoder(strings.NewReader(string(picture)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			attributes := map[string]string{}
			for _, a := range start.Attr {
				attributes[a.Name.Local] = a.Value
			}
			found = append(found, attributes)
		}
	}
}

func places(t *testing.T, points string) (xs, ys []float64) {
	t.Helper()
	for field := range strings.FieldsSeq(points) {
		var x, y float64
		_, err := fmt.Sscanf(field, "%f,%f", &x, &y)
		require.NoError(t, err)
		xs, ys = append(xs, x), append(ys, y)
	}
	return xs, ys
}

func TestLinesRiseWithTheirValuesAndStayInside(t *testing.T) {
	picture := Lines("Cost", "clients", "µs", []Series{
		{"poll", []Point{{X: 0, Y: 0}, {X: 50, Y: 10, Low: 8, High: 20}, {X: 100, Y: 40}}},
		{"epoll", []Point{{X: 0, Y: 5}, {X: 100, Y: 5}}},
	})
	lines := elements(t, picture, "polyline")
	require.Len(t, lines, 2)
	xs, ys := places(t, lines[0]["points"])
	assert.Equal(t, []float64{marginLeft, (marginLeft + width - marginSide) / 2, width - marginSide}, xs)
	assert.Equal(t, float64(height-marginFoot), ys[0])
	assert.InDelta(t, ys[0]-ys[2], 4*(ys[0]-ys[1]), 0.5, "four times the value stands four times as high")
	assert.Greater(t, ys[2], float64(marginTop))
	assert.NotEqual(t, lines[0]["stroke"], lines[1]["stroke"])
	assert.NotEqual(t, lines[0]["stroke-dasharray"], lines[1]["stroke-dasharray"], "a reader may not see colours")
	assert.NotContains(t, string(picture), "logarithmic")
}

func TestAWideSpanOfPositiveValuesIsLogarithmic(t *testing.T) {
	picture := Lines("Cost", "idle", "µs", []Series{{"poll", []Point{{X: 1, Y: 20}, {X: 2, Y: 200}, {X: 3, Y: 2000}}}})
	assert.Contains(t, string(picture), "µs (logarithmic)")
	assert.NotContains(t, string(picture), "idle (logarithmic)")
	_, ys := places(t, elements(t, picture, "polyline")[0]["points"])
	assert.InDelta(t, ys[0]-ys[1], ys[1]-ys[2], 0.2, "the same factor is the same step")
}

func TestBarsAreAsLongAsTheirValues(t *testing.T) {
	picture := Bars("Memory", "kB", []Bar{{Name: "thread", Value: 8, Low: 7, High: 9}, {Name: "process", Value: 2000, Label: "2 MB"}})
	bars := elements(t, picture, "rect")[1:] // after the background
	require.Len(t, bars, 2)
	var thread, process float64
	_, err := fmt.Sscan(bars[0]["height"], &thread)
	require.NoError(t, err)
	_, err = fmt.Sscan(bars[1]["height"], &process)
	require.NoError(t, err)
	assert.InDelta(t, 250, process/thread, 15, "bars are never logarithmic")
	assert.Contains(t, string(picture), ">2 MB<")
	assert.Contains(t, string(picture), ">8<")
}

func TestNamesAreEscapedAndNonsenseIsLeftOut(t *testing.T) {
	for _, picture := range [][]byte{
		Lines("a < b & c", "<x>", "y", []Series{{"<s>", []Point{{X: 1, Y: math.NaN()}, {X: math.Inf(1), Y: 1}, {X: 1, Y: 3}}}}),
		Lines("nothing", "x", "y", nil),
		Bars("<nothing>", "y", nil),
		Bars("b", "y", []Bar{{Name: "<b>", Value: math.NaN()}, {Name: "negative", Value: -5}}),
	} {
		require.Len(t, elements(t, picture, "svg"), 1)
		assert.NotContains(t, string(picture), "NaN")
		assert.NotContains(t, string(picture), "Inf")
	}
}

func TestNumbersAreShort(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 0.30000000000000004: "0.3", 12.3456: "12.3", 98765: "98765", 0.00123: "0.00123", -5: "-5", 1000000: "1000000"} {
		assert.Equal(t, want, number(value))
	}
}

func TestTicksAreRoundNumbers(t *testing.T) {
	assert.Equal(t, []float64{0, 5, 10, 15, 20, 25, 30, 35, 40}, newAxis([]float64{3, 37}, 0, 1, false).ticks)
	assert.InDeltaSlice(t, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}, newAxis(nil, 0, 1, true).ticks, 1e-9)
	assert.Equal(t, []float64{1, 10, 100, 1000}, newAxis([]float64{1, 900}, 0, 1, true).ticks)
}
