package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tcplab/autograder/internal/transcript"
)

// The measures of a diagram, in CSS pixels. Letters are those of a monospaced font of 12 pixels, which are 7.2 wide or less.
const (
	programX    = 122 // the program's lane; the times stand left of it
	labelX      = programX + 14
	letterWidth = 7.3
	lineHeight  = 16
	firstRowY   = 52
	labelWidth  = 62 // characters of a line of a label
	labelLines  = 6
	bytesShown  = 32
)

// diagram shows a test on the wire: the program's lane at the left, a lane for each connection, and time runs down.
type diagram struct {
	ID            string // unique in the page
	Desc          string
	Width, Height int
	Bottom        int // where the lanes end
	ProgramX      int
	Lanes         []lane
	Rows          []diagramRow
	Story         []storyRow
}

type lane struct {
	Name    string
	X       int
	From    int // where the connection was first used
	To      int // and last
	Failing bool
}

// diagramRow is a step: its label, and below that an arrow, a line or a mark.
type diagramRow struct {
	Class  string
	Time   string
	Y      int // of the arrow, or of the mark
	Label  []labelLine
	LaneX  int    // 0 for a step of the program alone
	Head   string // the path of the arrow's head
	Symbol string // at the end of the lane: "open", "eof", "fin", "cross", "ring"
}

type labelLine struct {
	X, Y int
	Text string
}

// storyRow is the same step as text, for those who do not see the diagram.
type storyRow struct{ Class, Time, Who, Text string }

// direction says how a kind of step is drawn: which end of the arrow has the head, and what stands on the lane.
type direction struct {
	class     string
	toProgram bool
	toClient  bool
	symbol    string
}

var directions = map[transcript.Kind]direction{
	transcript.Connected:  {"control", true, false, "open"},
	transcript.Accepted:   {"control", false, true, "open"},
	transcript.Sent:       {"sent", true, false, ""},
	transcript.Received:   {"received", false, true, ""},
	transcript.HalfClosed: {"control", true, false, "fin"},
	transcript.Closed:     {"control", true, false, "eof"},
	transcript.Reset:      {"reset", true, false, "cross"},
	transcript.GotEOF:     {"control", false, true, "eof"},
	transcript.GotReset:   {"reset", false, true, "cross"},
	transcript.Wanted:     {"wanted", false, false, "ring"},
}

func diagramOf(id string, steps []transcript.Step) *diagram {
	rows := transcript.Rows(steps)
	d := &diagram{ID: id, ProgramX: programX}
	lanes := map[string]int{}
	for _, row := range rows {
		if _, known := lanes[row.Step.Who]; row.Step.Who != "" && !known {
			lanes[row.Step.Who] = len(d.Lanes)
			d.Lanes = append(d.Lanes, lane{Name: transcript.Line(row.Step.Who, 8)})
		}
	}
	apart := spacing(len(d.Lanes))
	for i := range d.Lanes {
		d.Lanes[i].X = programX + apart*(i+1)
	}
	y := firstRowY
	for _, row := range rows {
		var on *lane
		if i, found := lanes[row.Step.Who]; found {
			on = &d.Lanes[i]
		}
		var drawn diagramRow
		drawn, y = drawRow(row, on, y)
		d.Rows = append(d.Rows, drawn)
		for _, line := range drawn.Label {
			d.Width = max(d.Width, line.X+int(letterWidth*float64(utf8.RuneCountInString(line.Text)))+8)
		}
		story := storyRow{Class: drawn.Class, Text: strings.Join(transcript.Lines(row.Text, compilerRows, messageShown), "\n")}
		if !row.Gap {
			story.Time, story.Who = row.Step.Time(), transcript.Line(row.Step.Who, 12)
		}
		d.Story = append(d.Story, story)
	}
	d.Width = max(d.Width, programX+apart*len(d.Lanes)+44, 360)
	d.Bottom, d.Height = y, y+10
	d.Desc = describe(d, rows)
	return d
}

// spacing leaves room for the bytes on an arrow where there are few lanes, and for all lanes where there are many.
func spacing(lanes int) int {
	switch {
	case lanes <= 1:
		return 380
	case lanes <= 3:
		return 210
	case lanes <= 8:
		return 110
	}
	return 62
}

// drawRow places a row below y, and returns where the next one begins.
func drawRow(row transcript.Row, on *lane, y int) (diagramRow, int) {
	how, known := directions[row.Step.Kind]
	drawn := diagramRow{Class: "program"}
	switch {
	case row.Gap:
		drawn.Class = "gap"
	case known:
		drawn.Class = how.class
	}
	if !row.Gap {
		drawn.Time = row.Step.Time() + " ms"
	}
	label := wrap(labelText(row), labelWidth)
	for i, line := range label {
		drawn.Label = append(drawn.Label, labelLine{labelX, y + 12 + i*lineHeight, line})
	}
	if on == nil || row.Gap || !known { // a mark on the program's lane, beside the label's first line
		drawn.Y = y + 8
		if on != nil {
			on.use(drawn.Y)
		}
		return drawn, y + len(label)*lineHeight + 10
	}
	drawn.Y, drawn.LaneX, drawn.Symbol = y+len(label)*lineHeight+6, on.X, how.symbol
	switch {
	case how.toProgram:
		drawn.Head = fmt.Sprintf("M%d %dl9 -5v10z", programX+1, drawn.Y)
	case how.toClient:
		drawn.Head = fmt.Sprintf("M%d %dl-9 -5v10z", on.X-1, drawn.Y)
	}
	on.use(drawn.Y)
	on.Failing = on.Failing || row.Step.Kind == transcript.Wanted
	return drawn, drawn.Y + 14
}

func (l *lane) use(y int) {
	if l.From == 0 {
		l.From = y
	}
	l.To = y
}

// labelText is what stands on an arrow. The arrow's direction says already what was sent and what received.
func labelText(row transcript.Row) string {
	step := row.Step
	if row.Gap || step.Kind != transcript.Sent && step.Kind != transcript.Received {
		return row.Text
	}
	label := shortQuote(string(step.Data))
	if step.Note != "" {
		label += "; " + transcript.Clean(step.Note)
	}
	return label
}

// shortQuote quotes data in about one line of a label, whatever of it has to be escaped.
func shortQuote(data string) string {
	for limit := bytesShown; ; limit /= 2 {
		quoted := transcript.Quote([]byte(data), limit)
		if len(data) > limit {
			quoted += fmt.Sprintf(" (%d bytes)", len(data))
		}
		if utf8.RuneCountInString(quoted) <= labelWidth || limit <= 4 {
			return quoted
		}
	}
}

// wrap breaks text at spaces into lines of at most width characters, and a word that is longer anywhere.
func wrap(text string, width int) []string {
	var lines []string
	for _, paragraph := range transcript.Lines(text, labelLines, labelLines*width) {
		line := []rune(strings.ReplaceAll(paragraph, "\t", "    "))
		for len(line) > width {
			at := width
			for at > width/2 && line[at] != ' ' {
				at--
			}
			if line[at] != ' ' {
				at = width
			}
			lines = append(lines, string(line[:at]))
			line = []rune(strings.TrimLeft(string(line[at:]), " "))
		}
		lines = append(lines, string(line))
	}
	if len(lines) > labelLines {
		lines = append(lines[:labelLines-1], "… the rest is below, as text")
	}
	return lines
}

// describe says in a sentence or two what the diagram shows.
func describe(d *diagram, rows []transcript.Row) string {
	connections := "no connection"
	switch len(d.Lanes) {
	case 0:
	case 1:
		connections = "one connection"
	default:
		connections = fmt.Sprintf("%d connections", len(d.Lanes))
	}
	desc := fmt.Sprintf("Between the program and the test, on %s, from top to bottom; the table below says the same.", connections)
	if last := rows[len(rows)-1]; !last.Gap {
		desc += fmt.Sprintf(" At %s ms it ends: %s", last.Step.Time(), transcript.Line(last.Text, messageShown))
	}
	return desc
}
