package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/autograder/internal/class"
	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
)

// ClassOptions say which synthetic class is made and graded.
type ClassOptions struct {
	Size  int    // submissions
	Only  []int  // the numbers of the exercises; empty for all
	Seed  uint64 // of the class, and of the tests' random inputs; not 0
	Every int    // of so many submissions one is graded alone, too
}

// classBench is the measurement of one class.
type classBench struct {
	ClassOptions
	root, autograder string
	dir, class       string // a temporary folder, and that of the submissions in it
	exercises        []exercise.Exercise
	selected         []exercise.Exercise
}

// Class makes a class of the lab's own programs, none of which was built before, and measures what its grading costs beside one
// default `go build` of the programs in it that can be built. What building takes of the grader's time is what it saves when
// the class is graded again, with the programs that it has kept. It is an error where a submission does not get the verdicts
// that it gets alone, or when it is graded again. autograder is the path of this program.
func Class(ctx context.Context, w io.Writer, root, autograder string, options ClassOptions) error {
	dir, err := os.MkdirTemp("", "tcplab-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	b := classBench{ClassOptions: options, root: root, autograder: autograder, dir: dir, class: filepath.Join(dir, "class")}
	if b.exercises, err = exercise.All(filepath.Join(root, "exercises")); err != nil {
		return err
	}
	if b.selected, err = grade.Select(b.exercises, grade.Options{Only: options.Only}); err != nil {
		return err
	}
	counts, err := makeClass(b.class, root, b.selected, b.Size, b.Seed, fmt.Sprint("made at ", time.Now().UnixNano()))
	if err != nil {
		return err
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", counts[kind], kind))
	}
	fmt.Fprintf(w, "class: %d submissions of %d exercises by seed %d: %s\n", b.Size, len(b.selected), b.Seed, strings.Join(kinds, ", "))
	return b.measure(ctx, w)
}

func (b *classBench) measure(ctx context.Context, w io.Writer) error {
	bin := filepath.Join(b.dir, "bin") + string(filepath.Separator)
	// what both sides find in their caches: the standard library, and the tests
	if _, err := run(ctx, b.root, "go", "build", "-o", bin, "./solutions/..."); err != nil {
		return err
	}
	if _, err := run(ctx, b.root, b.autograder, append([]string{"grade", "-o", filepath.Join(b.dir, "warm")}, onlyThese(b.Only)...)...); err != nil {
		return err
	}
	fresh, records, err := b.grade(ctx, "fresh")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "grade: %s; %.1f submissions a minute\n", fresh, float64(b.Size)/fresh.wall.Minutes())
	programs, buildable, err := b.sources(records)
	if err != nil {
		return err
	}
	build, err := run(ctx, programs, "go", "build", "-o", bin, "./...")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "one go build of the %d different programs that can be built: %s\n", buildable, build)
	fmt.Fprintf(w, "grade / go build, CPU: %.2f\n", fresh.cpu.Seconds()/build.cpu.Seconds())
	again, repeated, err := b.grade(ctx, "again")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "grade again, programs kept: %s; so building is %.0f %% of the grader's CPU\n", again,
		100*(fresh.cpu-again.cpu).Seconds()/fresh.cpu.Seconds())
	differ := 0
	for i, record := range records {
		differ += tellDifference(w, record.Entry+", graded again", record.Result, repeated[i].Result)
	}
	sampled := 0
	for i := 0; i < len(records); i += b.Every {
		sampled++
		entry := records[i].Entry
		alone, err := grade.Submission(ctx, grade.Options{Root: b.root, Submission: filepath.Join(b.class, entry), Only: b.Only, Seed: b.Seed})
		if err != nil {
			return err
		}
		differ += tellDifference(w, entry+", graded alone", records[i].Result, alone)
	}
	fmt.Fprintf(w, "%d submissions graded again, %d of them graded alone, too: %d differ\n", len(records), sampled, differ)
	if differ > 0 {
		return errors.New("the same program does not always get the same verdicts, as told above")
	}
	return b.compareWithLoop(ctx, w, fresh, records)
}

// grade grades the class into a folder of results of its own.
func (b *classBench) grade(ctx context.Context, name string) (cost, []class.Record, error) {
	out := filepath.Join(b.dir, name)
	args := append([]string{"grade", "-class", b.class, "-out", out, "-seed", strconv.FormatUint(b.Seed, 10)}, onlyThese(b.Only)...)
	graded, err := run(ctx, b.root, b.autograder, args...)
	if err != nil {
		return cost{}, nil, err
	}
	records, err := class.Submissions(out)
	if err == nil && len(records) != b.Size {
		err = fmt.Errorf("bench: %d submissions have results, and there are %d", len(records), b.Size)
	}
	return graded, records, err
}

// sources writes the different programs of the class that were built to the packages of a module.
func (b *classBench) sources(records []class.Record) (dir string, count int, err error) {
	dir = filepath.Join(b.dir, "programs")
	seen := map[string]bool{}
	for _, record := range records {
		sources, err := grade.Read(filepath.Join(b.class, record.Entry), "", b.exercises, b.selected)
		if err != nil {
			return "", 0, err
		}
		for i, source := range sources {
			if record.Result.Exercises[i].Status != grade.Graded || seen[source.Fingerprint()] {
				continue
			}
			seen[source.Fingerprint()] = true
			if err := program(source.Files).write(filepath.Join(dir, fmt.Sprintf("program%05d", len(seen)))); err != nil {
				return "", 0, err
			}
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(b.root, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			return "", 0, fmt.Errorf("bench: %w", err)
		}
	}
	return dir, len(seen), nil
}

// tellDifference tells where two results of a submission differ, and returns 1 if they do.
func tellDifference(w io.Writer, what string, first, second grade.Result) int {
	a, b := class.Verdicts(first), class.Verdicts(second)
	if slices.Equal(a, b) {
		return 0
	}
	fmt.Fprintf(w, "%s: %d verdicts, then %d\n", what, len(a), len(b))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			fmt.Fprintf(w, "  %s, then %s\n", a[i], b[i])
		}
	}
	return 1
}
