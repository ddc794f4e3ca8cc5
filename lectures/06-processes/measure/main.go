//go:build linux

// Command measure shows what a process for each client costs a server: processor time, and memory.
package main

import (
	"fmt"
	"io"

	"tcplab/lectures/06-processes/model"
	"tcplab/lectures/measured"
	"tcplab/lectures/plot"
)

const (
	rounds        = 3
	conversations = 100
	silent        = 50
)

var kinds = []model.Kind{model.OneAtATime, model.Process}

func main() {
	model.PlayPart()
	measured.Main(measure)
}

func measure(out io.Writer) (picture []byte, err error) {
	costs, err := model.Compare(kinds, rounds, conversations, silent)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(out, model.Table(kinds, costs))
	return plot.Bars("Processor time for a conversation", "µs", model.CPUBars(kinds, costs)), nil
}
