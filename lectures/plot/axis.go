package plot

import (
	"math"
	"strconv"
)

// axis maps values to pixels.
type axis struct {
	low, high   float64 // the values at its ends
	from, to    float64 // the pixels at its ends
	logarithmic bool
	ticks       []float64
}

// spanOfLogarithmic is the factor between the greatest and the smallest value from which on equal steps would hide the small ones.
const spanOfLogarithmic = 100

// newAxis makes an axis that has room for all values. It begins at zero, or below the least value where that is negative,
// unless it is logarithmic, which only some plots may be: the length of a bar means nothing there.
func newAxis(values []float64, from, to float64, mayBeLogarithmic bool) axis {
	a := axis{from: from, to: to}
	smallest := math.Inf(1)
	for _, v := range values {
		a.low, a.high, smallest = min(a.low, v), max(a.high, v), min(smallest, v)
	}
	if mayBeLogarithmic && len(values) > 0 && smallest > 0 && a.high/smallest >= spanOfLogarithmic {
		a.logarithmic = true
		a.low, a.high = math.Pow(10, math.Floor(math.Log10(smallest))), math.Pow(10, math.Ceil(math.Log10(a.high)))
		for tick := a.low; tick <= a.high*1.01; tick *= 10 {
			a.ticks = append(a.ticks, tick)
		}
		return a
	}
	if a.low == a.high {
		a.high = 1
	}
	step := stepFor(a.high - a.low)
	a.low, a.high = math.Floor(a.low/step)*step, math.Ceil(a.high/step)*step
	for i := range int(math.Round((a.high-a.low)/step)) + 1 {
		a.ticks = append(a.ticks, a.low+float64(i)*step)
	}
	return a
}

// stepFor is the distance of ticks that gives four to ten of them: 1, 2 or 5 times a power of ten.
func stepFor(span float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, factor := range []float64{5, 2} {
		if span/(factor*power) >= 4 {
			return factor * power
		}
	}
	return power
}

func (a axis) at(value float64) float64 {
	low, high := a.low, a.high
	if a.logarithmic {
		low, high, value = math.Log10(low), math.Log10(high), math.Log10(max(value, low))
	}
	return a.from + (value-low)/(high-low)*(a.to-a.from)
}

func (a axis) label(words string) string {
	if a.logarithmic {
		return words + " (logarithmic)"
	}
	return words
}

// number is short and has no exponent: three digits, or all digits before the point.
func number(v float64) string {
	digits := 0
	if v != 0 {
		digits = max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', digits, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
