// Package bench measures what grading costs, as a ratio to what the compiler costs: both sides are measured in turn in one
// run, so that a slow or busy machine slows both.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tcplab/autograder/internal/grade"
)

// cost is what one command took, with all the processes that it started and waited for.
type cost struct {
	wall, cpu time.Duration
	longest   time.Duration // of the tests that it ran
}

// Grading measures, rounds times in turn, a default `go build` of the reference solutions and the grading of the same
// programs by autograder, the path of this program. A first round fills the caches and is not counted.
func Grading(ctx context.Context, w io.Writer, root, autograder string, rounds int) error {
	dir, err := os.MkdirTemp("", "tcplab-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	var builds, grades []cost
	for round := range rounds + 1 {
		build, err := run(ctx, root, "go", "build", "-o", filepath.Join(dir, "bin")+string(filepath.Separator), "./solutions/...")
		if err != nil {
			return err
		}
		report := filepath.Join(dir, "result.json")
		graded, err := run(ctx, root, autograder, "grade", "-format", "json", "-o", report)
		if err != nil {
			return err
		}
		if graded.longest, err = longestTest(report); err != nil {
			return err
		}
		if round > 0 {
			builds, grades = append(builds, build), append(grades, graded)
			fmt.Fprintf(w, "round %d of %d: go build %s, grade %s\n", round, rounds, build, graded)
		}
	}
	return write(w, builds, grades)
}

func (c cost) String() string {
	return fmt.Sprintf("%d ms CPU, %d ms wall", c.cpu.Milliseconds(), c.wall.Milliseconds())
}

func run(ctx context.Context, dir, name string, args ...string) (cost, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = dir
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", command, err, said.String())
	}
	wall := time.Since(began)
	return cost{wall: wall, cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}, nil
}

// longestTest is the duration of the longest test in a JSON report.
func longestTest(report string) (time.Duration, error) {
	content, err := os.ReadFile(report)
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	var result grade.Result
	if err := json.Unmarshal(content, &result); err != nil {
		return 0, fmt.Errorf("bench: %s: %w", report, err)
	}
	longest := int64(0)
	for _, ex := range result.Exercises {
		for _, test := range ex.Tests {
			longest = max(longest, test.DurationMS)
		}
	}
	return time.Duration(longest) * time.Millisecond, nil
}

func write(w io.Writer, builds, grades []cost) error {
	var ratios, extra, longest []float64
	for i, build := range builds {
		ratios = append(ratios, grades[i].cpu.Seconds()/build.cpu.Seconds())
		extra = append(extra, (grades[i].wall - build.wall - grades[i].longest).Seconds())
		longest = append(longest, grades[i].longest.Seconds())
	}
	seconds := func(costs []cost, of func(cost) time.Duration) []float64 {
		var s []float64
		for _, c := range costs {
			s = append(s, of(c).Seconds())
		}
		return s
	}
	cpu, wall := func(c cost) time.Duration { return c.cpu }, func(c cost) time.Duration { return c.wall }
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\t\tmedian\tleast\tmost\t")
	row := func(what, unit string, values []float64) {
		slices.Sort(values)
		fmt.Fprintf(table, "%s\t%s\t%.2f\t%.2f\t%.2f\t\n", what, unit, median(values), values[0], values[len(values)-1])
	}
	row("go build, CPU", "s", seconds(builds, cpu))
	row("grade, CPU", "s", seconds(grades, cpu))
	row("grade / go build, CPU", "", ratios)
	row("go build, wall", "s", seconds(builds, wall))
	row("grade, wall", "s", seconds(grades, wall))
	row("longest test", "s", longest)
	row("grade - go build - longest test, wall", "s", extra)
	return table.Flush()
}

// median of sorted values.
func median(values []float64) float64 {
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2
	}
	return values[middle]
}
