package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tcplab/autograder/internal/class"
	"tcplab/autograder/internal/grade"
)

// compareWithLoop measures what a loop without this grader takes for the submissions that are graded alone, as far as all
// their programs can be built, and says by how much the class, the costly programs in it included, was graded faster.
func (b *classBench) compareWithLoop(ctx context.Context, w io.Writer, fresh cost, records []class.Record) error {
	looped, took := 0, time.Duration(0)
	for i := 0; i < len(records); i += b.Every {
		if !buildable(records[i]) {
			continue
		}
		alone, err := b.loop(ctx, records[i])
		if err != nil {
			return err
		}
		looped, took = looped+1, took+alone
	}
	if looped == 0 {
		return nil
	}
	loop, graded := took.Seconds()/float64(looped), fresh.wall.Seconds()/float64(len(records))
	_, err := fmt.Fprintf(w, "a loop of go build and go test: %.1f s a submission, of %d; grade: %.1f s; loop / grade, wall: %.2f\n",
		loop, looped, graded, loop/graded)
	return err
}

// loop grades a submission as a script would that somebody writes in an afternoon, one `go build` and one `go test` after the
// other, and returns how long that takes. The programs stand in the place of the stubs for the go command alone, by an overlay.
// That tests fail is no error: rules about the source, for one, see the stub.
func (b *classBench) loop(ctx context.Context, record class.Record) (time.Duration, error) {
	sources, err := grade.Read(filepath.Join(b.class, record.Entry), "", b.exercises, b.selected)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp(b.dir, "loop-")
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	replace := map[string]string{} // as `go help build` says of -overlay
	for _, source := range sources {
		stubs, _ := filepath.Glob(filepath.Join(b.root, "exercises", source.Exercise.ID, "*.go")) // the pattern is well formed
		for _, stub := range stubs {
			replace[stub] = "" // there is no such file
		}
		submitted := filepath.Join(dir, source.Exercise.ID)
		if err := program(source.Files).write(submitted); err != nil {
			return 0, err
		}
		for name := range source.Files {
			replace[filepath.Join(b.root, "exercises", source.Exercise.ID, name)] = filepath.Join(submitted, name)
		}
	}
	overlay := filepath.Join(dir, "overlay.json")
	content, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(overlay, content, 0o600)
	}
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	began := time.Now()
	for _, source := range sources {
		folder := "./exercises/" + source.Exercise.ID
		for _, args := range [][]string{
			{"build", "-o", filepath.Join(dir, "program"), folder},
			{"test", "-count=1", "-timeout=3m", folder + "/hidden"},
		} {
			command := exec.CommandContext(ctx, "go", args...)
			command.Dir, command.Env = b.root, append(os.Environ(), "GOFLAGS=-overlay="+overlay)
			err := command.Run()
			if exit := (*exec.ExitError)(nil); err != nil && (ctx.Err() != nil || args[0] == "build" || !errors.As(err, &exit)) {
				return 0, fmt.Errorf("bench: %s: %s: %w", record.Entry, command, err)
			}
		}
	}
	return time.Since(began), nil
}

// buildable reports whether every program of a submission was built.
func buildable(record class.Record) bool {
	for _, ex := range record.Result.Exercises {
		if ex.Status != grade.Graded {
			return false
		}
	}
	return true
}
