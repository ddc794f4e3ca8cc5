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
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
)

// cost is what one command took, with all the processes that it started and waited for.
type cost struct {
	wall, cpu time.Duration
	longest   time.Duration // of the tests that it ran
	tests     int           // how many they were
}

// Grading measures, rounds times in turn, a default `go build` of the reference solutions, the grading of the same programs as
// if nobody had seen them before, and the grading of programs that were graded before. only are the numbers of the exercises,
// all of them if there are none. autograder is the path of this program. A first round fills the caches and is not counted.
func Grading(ctx context.Context, w io.Writer, root, autograder string, rounds int, only []int) error {
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	if err != nil {
		return err
	}
	if exercises, err = grade.Select(exercises, grade.Options{Only: only}); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tcplab-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	compile := []string{"build", "-o", filepath.Join(dir, "bin") + string(filepath.Separator)}
	for _, ex := range exercises {
		compile = append(compile, "./solutions/"+ex.ID)
	}
	var all [3][]cost
	for round := range rounds + 1 {
		build, err := run(ctx, root, "go", compile...)
		if err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(dir, "bin")); err != nil { // the go command would find its work done the next time
			return fmt.Errorf("bench: %w", err)
		}
		unseen := filepath.Join(dir, fmt.Sprintf("unseen-%d", round))
		if err := copyUnseen(unseen, filepath.Join(root, "solutions")); err != nil {
			return err
		}
		command := append([]string{"grade", "-submission", unseen, "-format", "json"}, onlyThese(only)...)
		fresh, err := grading(ctx, root, autograder, command, filepath.Join(dir, "result.json"))
		if err != nil {
			return err
		}
		again, err := grading(ctx, root, autograder, command, filepath.Join(dir, "result.json"))
		if err != nil {
			return err
		}
		if round > 0 {
			for i, side := range []cost{build, fresh, again} {
				all[i] = append(all[i], side)
			}
			fmt.Fprintf(w, "round %d of %d: go build %s; grade %s; grade again %s\n", round, rounds, build, fresh, again)
		}
	}
	return write(w, all[0], all[1], all[2])
}

// copyUnseen copies the solutions to a folder and makes each of them a program that was never built before.
func copyUnseen(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	programs, _ := filepath.Glob(filepath.Join(to, "*", "main.go")) // the pattern is well formed
	for _, program := range programs {
		content, err := os.ReadFile(program)
		if err == nil {
			content = append(content, "\nvar unseen = \""+to+"\"\n\nfunc init() { unseen += unseen }\n"...)
			err = os.WriteFile(program, content, 0o600)
		}
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return nil
}

// onlyThese are the arguments that choose exercises.
func onlyThese(numbers []int) []string {
	if len(numbers) == 0 {
		return nil
	}
	var list []string
	for _, number := range numbers {
		list = append(list, strconv.Itoa(number))
	}
	return []string{"-ex", strings.Join(list, ",")}
}

func grading(ctx context.Context, root, autograder string, command []string, report string) (cost, error) {
	graded, err := run(ctx, root, autograder, append(command, "-o", report)...)
	if err == nil {
		graded.longest, graded.tests, err = testsOf(report)
	}
	return graded, err
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

// testsOf reads the duration of the longest test in a JSON report, and how many tests it has.
func testsOf(report string) (longest time.Duration, n int, err error) {
	content, err := os.ReadFile(report)
	if err != nil {
		return 0, 0, fmt.Errorf("bench: %w", err)
	}
	var result grade.Result
	if err := json.Unmarshal(content, &result); err != nil {
		return 0, 0, fmt.Errorf("bench: %s: %w", report, err)
	}
	for _, ex := range result.Exercises {
		n += len(ex.Tests)
		for _, test := range ex.Tests {
			longest = max(longest, time.Duration(test.DurationMS)*time.Millisecond)
		}
	}
	return longest, n, nil
}

func write(w io.Writer, builds, fresh, again []cost) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\t\tmedian\tleast\tmost\t")
	row := func(what, unit string, of func(round int) float64) {
		var values []float64
		for round := range builds {
			values = append(values, of(round))
		}
		slices.Sort(values)
		fmt.Fprintf(table, "%s\t%s\t%.2f\t%.2f\t%.2f\t\n", what, unit, median(values), values[0], values[len(values)-1])
	}
	row("go build, CPU", "s", func(i int) float64 { return builds[i].cpu.Seconds() })
	row("go build, CPU a test of grade", "ms", func(i int) float64 { return 1000 * builds[i].cpu.Seconds() / float64(fresh[i].tests) })
	row("go build, wall", "s", func(i int) float64 { return builds[i].wall.Seconds() })
	for _, side := range []struct {
		name  string
		costs []cost
	}{{"grade", fresh}, {"grade again", again}} {
		row(side.name+", CPU", "s", func(i int) float64 { return side.costs[i].cpu.Seconds() })
		row(side.name+" / go build, CPU", "", func(i int) float64 { return side.costs[i].cpu.Seconds() / builds[i].cpu.Seconds() })
		row(side.name+", CPU a test", "ms", func(i int) float64 { return 1000 * side.costs[i].cpu.Seconds() / float64(side.costs[i].tests) })
		row(side.name+", wall", "s", func(i int) float64 { return side.costs[i].wall.Seconds() })
		row(side.name+" - go build - longest test, wall", "s", func(i int) float64 {
			return (side.costs[i].wall - builds[i].wall - side.costs[i].longest).Seconds()
		})
	}
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
