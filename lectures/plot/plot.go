// Package plot draws what the lectures measure, as SVG that is readable on a light and on a dark page, and without colours.
// What it draws depends on its arguments alone, so a plot can be kept and compared.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
)

// Point is a measured value. Low and High are the range of the repetitions; where both are zero there is none.
type Point struct{ X, Y, Low, High float64 }

// Series is a line of a plot. Its points are joined in the order in which they stand.
type Series struct {
	Name   string
	Points []Point
}

// Bar is a bar of a plot. Label is written above it, the value where it is empty. Low and High are the range of the
// repetitions; where both are zero there is none.
type Bar struct {
	Name, Label      string
	Value, Low, High float64
}

// The sizes of a plot, in pixels of SVG.
const (
	width      = 720
	height     = 420
	marginLeft = 80
	marginTop  = 44
	marginSide = 24 // at the right
	marginFoot = 56
	legendLine = 20
	letter     = 7.5 // what a letter of the legend takes, roughly
)

// style makes a plot follow the reader's choice of a light or dark page. The series' colours are those of Okabe and Ito that are
// told apart by colour-blind readers and have enough contrast to both backgrounds (https://jfly.uni-koeln.de/color/).
const style = `<style>
.back{fill:#fff}.ink{fill:#222}.grid{stroke:#ccc;stroke-width:1}.axis{stroke:#222;stroke-width:1}
text{font:13px system-ui,sans-serif}.title{font-size:15px;font-weight:600}
.line{fill:none;stroke-width:2.5}.range{stroke-width:1.5}
@media(prefers-color-scheme:dark){.back{fill:#16181d}.ink{fill:#e6e6e6}.grid{stroke:#3a3d44}.axis{stroke:#e6e6e6}}
</style>
`

var looks = []struct{ colour, dashes string }{
	{"#0072b2", ""}, {"#d55e00", "8 4"}, {"#009e73", "2 3"}, {"#cc79a7", "10 3 2 3"}, {"#e69f00", "5 5"}, {"#56b4e9", "1 4"},
}

// drawing is an SVG picture in the making.
type drawing struct{ bytes.Buffer }

func (d *drawing) line(class string, x1, y1, x2, y2 float64, attributes string) {
	fmt.Fprintf(d, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"%s/>`+"\n", class, x1, y1, x2, y2, attributes)
}

// text writes words; anchor is the place in them that stands at x: start, middle or end.
func (d *drawing) text(class, anchor string, x, y float64, words, attributes string) {
	fmt.Fprintf(d, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f"%s>%s</text>`+"\n", class, anchor, x, y, attributes, html.EscapeString(words))
}

// begin draws what every plot has: its title and its axes with their labels.
func begin(title, xLabel, yLabel string, x, y axis) *drawing {
	d := &drawing{}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">`+"\n<title>%s</title>\n%s", width, height, html.EscapeString(title), style)
	fmt.Fprintf(d, `<rect class="back" width="%d" height="%d"/>`+"\n", width, height)
	d.text("ink title", "start", 16, 24, title, "")
	for _, tick := range y.ticks {
		d.line("grid", x.from, y.at(tick), x.to, y.at(tick), "")
		d.text("ink", "end", x.from-8, y.at(tick)+4, number(tick), "")
	}
	for _, tick := range x.ticks {
		d.line("axis", x.at(tick), y.from, x.at(tick), y.from+5, "")
		d.text("ink", "middle", x.at(tick), y.from+20, number(tick), "")
	}
	d.line("axis", x.from, y.from, x.to, y.from, "")
	d.text("ink", "middle", (x.from+x.to)/2, height-12, x.label(xLabel), "")
	d.text("ink", "middle", 20, (y.from+y.to)/2, y.label(yLabel), fmt.Sprintf(` transform="rotate(-90 20 %.1f)"`, (y.from+y.to)/2))
	return d
}

func (d *drawing) end() []byte {
	d.WriteString("</svg>\n")
	return d.Bytes()
}

// Lines draws series of points. An axis whose values are all positive and span a factor of 100 or more is logarithmic, and says
// so. Points that are no finite numbers are left out.
func Lines(title, xLabel, yLabel string, series []Series) []byte {
	series = slices.Clone(series)
	var xs, ys []float64
	for i := range series {
		series[i].Points = finite(series[i].Points)
		for _, p := range series[i].Points {
			xs, ys = append(xs, p.X), append(ys, p.Y)
			if p.ranged() {
				ys = append(ys, p.Low, p.High)
			}
		}
	}
	top := marginTop + float64(legendLine*legendRows(series))
	x := newAxis(xs, marginLeft, width-marginSide, true)
	y := newAxis(ys, height-marginFoot, top, true)
	d := begin(title, xLabel, yLabel, x, y)
	d.legend(series)
	for i, s := range series {
		look := looks[i%len(looks)]
		var path bytes.Buffer
		for _, p := range s.Points {
			fmt.Fprintf(&path, "%.1f,%.1f ", x.at(p.X), y.at(p.Y))
			if p.ranged() {
				d.line("range", x.at(p.X), y.at(p.Low), x.at(p.X), y.at(p.High), fmt.Sprintf(` stroke="%s"`, look.colour))
			}
		}
		fmt.Fprintf(d, `<polyline class="line" stroke="%s" stroke-dasharray="%s" points="%s"/>`+"\n", look.colour, look.dashes, bytes.TrimSpace(path.Bytes()))
		for _, p := range s.Points {
			fmt.Fprintf(d, `<circle fill="%s" cx="%.1f" cy="%.1f" r="4"/>`+"\n", look.colour, x.at(p.X), y.at(p.Y))
		}
	}
	return d.end()
}

// legendPlaces are where the entries of the series stand: they fill rows from left to right.
func legendPlaces(series []Series) (places [][2]float64, rows int) {
	x, rows := 16.0, 1
	for _, s := range series {
		needs := 44 + letter*float64(len([]rune(s.Name)))
		if x > 16 && x+needs > width-marginSide {
			x, rows = 16, rows+1
		}
		places = append(places, [2]float64{x, marginTop + float64(legendLine*(rows-1))})
		x += needs
	}
	return places, rows
}

func legendRows(series []Series) int {
	_, rows := legendPlaces(series)
	return rows
}

func (d *drawing) legend(series []Series) {
	places, _ := legendPlaces(series)
	for i, s := range series {
		look, x, y := looks[i%len(looks)], places[i][0], places[i][1]
		d.line("line", x, y-4, x+26, y-4, fmt.Sprintf(` stroke="%s" stroke-dasharray="%s"`, look.colour, look.dashes))
		d.text("ink", "start", x+32, y, s.Name, "")
	}
}

// Bars draws values side by side, from zero, each with its number above it.
func Bars(title, yLabel string, bars []Bar) []byte {
	bars = slices.Clone(bars)
	var ys []float64
	for i, bar := range bars {
		if p := (Point{0, bar.Value, bar.Low, bar.High}); len(finite([]Point{p})) == 0 {
			bars[i].Value, bars[i].Low, bars[i].High = 0, 0, 0
		}
		ys = append(ys, bars[i].Value, bars[i].Low, bars[i].High)
	}
	x := axis{from: marginLeft, to: width - marginSide}
	y := newAxis(ys, height-marginFoot, marginTop+legendLine, false)
	d := begin(title, "", yLabel, x, y)
	each := (x.to - x.from) / float64(max(len(bars), 1))
	for i, bar := range bars {
		middle, wide := x.from+each*(float64(i)+0.5), min(each*0.6, 90)
		top, foot := min(y.at(bar.Value), y.at(0)), max(y.at(bar.Value), y.at(0))
		fmt.Fprintf(d, `<rect fill="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", looks[0].colour, middle-wide/2, top, wide, foot-top)
		if bar.Low != 0 || bar.High != 0 {
			d.line("axis", middle, y.at(bar.Low), middle, y.at(bar.High), "")
			top = min(top, y.at(bar.High))
		}
		label := bar.Label
		if label == "" {
			label = number(bar.Value)
		}
		d.text("ink", "middle", middle, top-6, label, "")
		d.text("ink", "middle", middle, y.from+20, bar.Name, "")
	}
	return d.end()
}

func (p Point) ranged() bool { return p.Low != 0 || p.High != 0 }

func finite(points []Point) []Point {
	var kept []Point
	for _, p := range points {
		if sum := p.X + p.Y + p.Low + p.High; !math.IsNaN(sum) && !math.IsInf(sum, 0) {
			kept = append(kept, p)
		}
	}
	return kept
}
