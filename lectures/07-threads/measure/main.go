//go:build linux

// Command measure shows what a goroutine, a thread and a process for each client cost a server: processor time, and memory.
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
	conversations = 50
	silent        = 80
)

var kinds = []model.Kind{model.Goroutine, model.Thread, model.Process}

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
	return plot.Bars("Memory for a silent client", "kB", model.MemoryBars(kinds, costs)), nil
}
