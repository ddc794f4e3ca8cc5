package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/exercise/skeleton"
	"tcplab/autograder/internal/gate"
	"tcplab/autograder/internal/report"
)

func init() {
	gate.ComputeIfAsked()
	verbs = append(verbs,
		verb{
			name: "check", audience: authors, usage: "[FLAGS]", make: "check",
			purpose: "Pass the project's own tests and prove the lab.",
			example: "go run ./autograder check -ex 3", run: runCheck,
		},
		verb{
			name: "new", audience: authors, usage: "SLUG",
			purpose: "Begin an exercise: a folder that passes the check, to be changed bit by bit.",
			example: "go run ./autograder new 11-chat-room", run: runNew,
		},
	)
}

// ownPackages are those whose tests are the project's own. The visible tests of an exercise test a student's program, and
// fail on the stub, as they should.
var ownPackages = []string{"./autograder/...", "./lectures/..."}

// killsFile is where the kill matrix is kept, below the lab's folder.
const killsFile = "autograder/testdata/kills.md"

func runCheck(ctx context.Context, flags *flag.FlagSet, args []string) (int, error) {
	only := flags.String("ex", "", "`LIST`: prove only these exercises, such as 1,3, and leave out the project's own tests")
	update := flags.Bool("update", false, "make every wrong program face every hidden test, and rewrite "+killsFile)
	stress := flags.Int("stress", 0, "`N`: judge every program of known worth N times under load, and count the wrong verdicts")
	mutants := flags.Bool("mutants", false, "change the solutions mechanically, one change at a time, and list the changes that no hidden test notices")
	rounds := flags.Int("rounds", 0, "`N`: how often the solutions must score full marks in a row (default: 20 with -ex, 3 for the whole lab)")
	seed := flags.Uint64("seed", 0, "`N`: the seed of random inputs, to repeat a run (default: a new one)")
	if err := parse(flags, args); err != nil {
		return statusNotGraded, err
	}
	switch {
	case *rounds < 0:
		return statusNotGraded, errors.New("-rounds has to be 1 at least")
	case *rounds == 0 && *only == "":
		*rounds = gate.WholeRounds
	case *rounds == 0:
		*rounds = gate.SolutionRounds
	}
	root, exercises, err := selectExercises(*only)
	if err != nil {
		return statusNotGraded, err
	}
	options := gate.Options{Root: root, Exercises: exercises, Seed: orRandom(*seed), Whole: *update, Rounds: *rounds}
	switch {
	case *stress > 0:
		return stressLab(ctx, options, *stress)
	case *mutants:
		return surveyLab(ctx, options)
	}
	if *only == "" {
		for _, check := range []func(context.Context, string) (int, error){checkFormat, vetEverywhere, runOwnTests} {
			if status, err := check(ctx, root); status != statusFull {
				return status, err
			}
		}
	}
	return proveLab(ctx, options, *only == "", *update)
}

// selectExercises reads the exercises that a list such as "1,3" names, all of them when it is empty.
func selectExercises(list string) (root string, exercises []exercise.Exercise, err error) {
	numbers, err := parseNumbers(list)
	if err != nil {
		return "", nil, err
	}
	if root, err = labRoot(); err != nil {
		return "", nil, err
	}
	all, err := exercise.All(filepath.Join(root, "exercises"))
	if err != nil {
		return "", nil, err
	}
	for _, number := range numbers {
		if !slices.ContainsFunc(all, func(ex exercise.Exercise) bool { return ex.Number == number }) {
			return "", nil, noSuchExercise(fmt.Sprint(number), all)
		}
	}
	selected := slices.DeleteFunc(all, func(ex exercise.Exercise) bool {
		return len(numbers) > 0 && !slices.Contains(numbers, ex.Number)
	})
	return root, selected, nil
}

// proveLab runs the gate, tells what it found, and compares the kill matrix of the whole lab with the one that is kept.
func proveLab(ctx context.Context, options gate.Options, whole, update bool) (int, error) {
	progress, done := progressLine("verdicts of the gate")
	options.Progress, options.Slow = progress, tellSlow
	outcome, err := gate.Prove(ctx, options)
	done()
	if err != nil {
		return statusNotGraded, err
	}
	if !whole || update {
		fmt.Println(gate.Markdown(outcome.Kills))
	}
	switch {
	case update && len(outcome.Problems) > 0:
		outcome.Problems = append(outcome.Problems, killsFile+" stays as it is: what it would say is not proven")
	case whole || update:
		if err := keepKills(options, outcome.Kills, update); err != nil {
			outcome.Problems = append(outcome.Problems, err.Error())
		}
	}
	return tellOutcome(outcome, options.Seed)
}

// keepKills writes the kill matrices of the exercises that were proven to where they are kept, beside those of the others, or
// verifies that what is kept of them is still true.
func keepKills(options gate.Options, kills []gate.Matrix, update bool) error {
	all, err := exercise.All(filepath.Join(options.Root, "exercises"))
	if err != nil {
		return err
	}
	var ids []string
	for _, ex := range all {
		ids = append(ids, ex.ID)
	}
	file := filepath.Join(options.Root, killsFile)
	kept, err := os.ReadFile(file)
	if err != nil && !update {
		return fmt.Errorf("%w; go run ./autograder check -update writes it", err)
	}
	merged := gate.Merge(string(kept), kills, ids)
	if update {
		return report.ToFile(file, func(w io.Writer) error { _, err := io.WriteString(w, merged); return err })
	}
	if gate.KillersOf(string(kept)) != gate.KillersOf(merged) {
		return fmt.Errorf("%s is not what the programs say now; go run ./autograder check -update rewrites it, with -ex for one exercise, and git diff shows the difference", killsFile)
	}
	return nil
}

func stressLab(ctx context.Context, options gate.Options, rounds int) (int, error) {
	toldOf := 0
	told := func(round int, sum gate.Outcome) { // hours may follow, so whoever looks, or ends it, has what was found
		for _, problem := range sum.Problems[toldOf:] {
			fmt.Println("* " + problem)
		}
		toldOf = len(sum.Problems)
		fmt.Printf("round %d of %d under load: %d verdicts so far, %d of them wrong\n",
			round, rounds, sum.Verdicts+len(sum.Problems), len(sum.Problems))
	}
	outcome, err := gate.Stress(ctx, options, rounds, told)
	if err != nil {
		return statusNotGraded, err
	}
	return closingLine(outcome, options.Seed)
}

// surveyLab tells which mechanical changes of the solutions no hidden test notices.
func surveyLab(ctx context.Context, options gate.Options) (int, error) {
	options.Slow = tellSlow
	var surveys []gate.Survey
	left := 0
	for _, ex := range options.Exercises {
		survey, err := gate.SurveyMutants(ctx, options, ex, func(done, all int) {
			fmt.Fprintf(os.Stderr, "%s: %d of %d mutants\n", ex.ID, done, all)
		})
		if err != nil {
			return statusNotGraded, err
		}
		for _, m := range survey.Survivors {
			fmt.Printf("%s: line %d survives: %s\n", ex.ID, m.Line, m.ID)
		}
		for _, problem := range survey.Problems {
			fmt.Println("* " + problem)
		}
		left += len(survey.Survivors) + len(survey.Problems)
		surveys = append(surveys, survey)
	}
	fmt.Print(gate.SurveyTable(surveys))
	if left > 0 {
		return statusLost, fmt.Errorf("%d changes are to be looked at: write a hidden test that kills each, or list it in wrong/equivalent.txt with the reason", left)
	}
	return statusFull, nil
}

func tellOutcome(outcome gate.Outcome, seed uint64) (int, error) {
	for _, escape := range outcome.Escapes {
		fmt.Println("- " + escape)
	}
	for _, problem := range outcome.Problems {
		fmt.Println("* " + problem)
	}
	return closingLine(outcome, seed)
}

// closingLine counts what was found, and makes it the command's status.
func closingLine(outcome gate.Outcome, seed uint64) (int, error) {
	if len(outcome.Problems) > 0 {
		fmt.Printf("Seed: %d\n", seed)
	}
	fmt.Printf("gate: %d passed, %d failed\n", outcome.Verdicts, len(outcome.Problems))
	if len(outcome.Problems) > 0 {
		return statusLost, errors.New("the lab is not proven")
	}
	return statusFull, nil
}

func checkFormat(ctx context.Context, root string) (int, error) {
	command := exec.CommandContext(ctx, "gofmt", "-l", "autograder", "exercises", "solutions", "lectures")
	command.Dir = root
	output, err := command.CombinedOutput()
	if err != nil {
		return statusNotGraded, fmt.Errorf("gofmt: %w\n%s", err, output)
	}
	if len(output) > 0 {
		return statusLost, fmt.Errorf("not formatted; run gofmt -w on:\n%s", output)
	}
	return statusFull, nil
}

// vetEverywhere holds the promise that the lab compiles on every system, though only Linux shows all.
func vetEverywhere(ctx context.Context, root string) (int, error) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		command := exec.CommandContext(ctx, "go", "vet", "./...")
		command.Dir, command.Env = root, append(os.Environ(), "GOOS="+system)
		if output, err := command.CombinedOutput(); err != nil {
			return statusLost, fmt.Errorf("GOOS=%s go vet ./...: %w\n%s", system, err, strings.TrimSpace(string(output)))
		}
	}
	return statusFull, nil
}

func runOwnTests(ctx context.Context, root string) (int, error) {
	return inherit(ctx, root, append([]string{"tool", "gotestsum", "--format", "pkgname", "--"}, ownPackages...)...)
}

func runNew(_ context.Context, flags *flag.FlagSet, args []string) (int, error) {
	if err := flags.Parse(args); err != nil {
		return statusNotGraded, err
	}
	if flags.NArg() != 1 {
		return statusNotGraded, errors.New("what shall it be called? Say for example: go run ./autograder new 11-chat-room")
	}
	root, err := labRoot()
	if err != nil {
		return statusNotGraded, err
	}
	id, files, err := skeleton.Create(root, flags.Arg(0))
	if err != nil {
		return statusNotGraded, err
	}
	slices.Sort(files)
	number, _, _ := strings.Cut(id, "-")
	fmt.Printf("%s\n\nA small exercise that passes the check; make it yours, and prove it now and then:\n  go run ./autograder check -ex %s\n",
		strings.Join(files, "\n"), strings.TrimLeft(number, "0"))
	return statusFull, nil
}
