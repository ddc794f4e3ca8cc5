//go:build linux

// Command measure shows what a goroutine, a thread and a process for each client cost a server: processor time, and memory.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"tcplab/lectures/06-processes/model"
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
	svg := flag.String("svg", "", "draw a plot into this `file`")
	flag.Parse()
	if err := measure(*svg); err != nil {
		log.Fatal(err)
	}
}

func measure(svg string) error {
	costs, err := model.Compare(kinds, rounds, conversations, silent)
	if err != nil {
		return err
	}
	fmt.Print(model.Table(kinds, costs))
	if svg == "" {
		return nil
	}
	return os.WriteFile(svg, plot.Bars("Memory for a silent client", "kB", model.MemoryBars(kinds, costs)), 0o644)
}
