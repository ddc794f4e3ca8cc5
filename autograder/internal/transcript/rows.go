package transcript

// Row is a line of a story as it is told: a step, or how many steps were left out.
type Row struct {
	// Step is what happened; its zero value where steps were left out.
	Step Step
	// Text says it in words, in one or more lines, and can be printed as it is.
	Text string
	// Gap is true where steps were left out.
	Gap bool
}

// Rows tells the steps of a test. Of a long story it keeps the beginning, the end, what became of the program, and the
// connection that failed.
func Rows(steps []Step) []Row {
	keep := stepsToShow(steps)
	var rows []Row
	for i := 0; i < len(steps); i++ {
		if keep[i] {
			rows = append(rows, Row{Step: steps[i], Text: stepText(steps[i])})
			continue
		}
		from := i
		for i+1 < len(steps) && !keep[i+1] {
			i++
		}
		rows = append(rows, Row{Gap: true, Text: leftOut(steps[from : i+1])})
	}
	return rows
}

// Time is when a step happened, in milliseconds with one decimal: "31.0".
func (s Step) Time() string { return milliseconds(s) }

// Value is what was expected, or came instead, on one line: a long literal is shortened in its middle, and words stay as they are.
func Value(value string) string { return Line(shortValue(value), lineShown) }
