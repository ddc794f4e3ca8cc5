package lab

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/scratch"
)

// target is the program under test and where it talks.
type target struct {
	program string
	helper  string // the sandbox's first process; empty where there are none
	level   sandbox.Level
	port    int
	race    bool // built with the race detector
}

// findTarget takes what the grader built, or builds what the exercise's folder holds, once a run.
func findTarget(testName string) (target, error) {
	given := target{program: os.Getenv(programVariable), helper: os.Getenv(helperVariable), race: os.Getenv(raceVariable) == "true"}
	if text := os.Getenv(portVariable); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return target{}, fmt.Errorf("%s=%q is not a port", portVariable, text)
		}
		given.port = port
	}
	if level := os.Getenv(levelVariable); level != "" {
		var err error
		if given.level, err = sandbox.ParseLevel(level); err != nil {
			return target{}, fmt.Errorf("%s: %w", levelVariable, err)
		}
		if given.program != "" && given.port != 0 {
			return given, nil
		}
	}
	ex, err := exerciseHere()
	if err != nil {
		return target{}, err
	}
	if given.port == 0 {
		given.port = ex.Port
	}
	for _, test := range ex.Tests {
		given.race = given.race || test.Name == testName && test.Race
	}
	// What a lecture shows is no exercise, has no number, and is never graded.
	if lines := ex.RefusedImports(); given.program == "" && ex.Number > 0 && len(lines) > 0 {
		return target{}, &buildError{"no graded program can import this:\n" + strings.Join(lines, "\n")}
	}
	built, err := builtFolder(ex.Dir, given.race)
	if err != nil {
		return target{}, err
	}
	if given.program == "" {
		given.program = built.program
	}
	given.helper, given.level = built.helper, built.level
	return given, nil
}

// exerciseHere is the exercise in whose folder, or in whose hidden folder, the test runs. What is neither below a folder of
// exercises nor has hidden tests is a lecture's program.
var exerciseHere = sync.OnceValues(func() (exercise.Exercise, error) {
	here, err := os.Getwd()
	if err != nil {
		return exercise.Exercise{}, err
	}
	if filepath.Base(here) == "hidden" {
		here = filepath.Dir(here)
	} else if _, err := os.Stat(filepath.Join(here, "hidden")); errors.Is(err, fs.ErrNotExist) && filepath.Base(filepath.Dir(here)) != "exercises" {
		return exercise.Sample(here)
	}
	return exercise.Load(here)
})

var builds = struct {
	sync.Mutex
	done map[string]target
}{done: map[string]target{}}

// builtFolder builds the program of a folder, and the sandbox's first process, into the user's cache. The place depends on
// the folder alone, so the go command finds there what it need not build again.
func builtFolder(dir string, race bool) (target, error) {
	builds.Lock()
	defer builds.Unlock()
	key := fmt.Sprintf("%s race=%t", dir, race)
	if built, ok := builds.done[key]; ok {
		return built, nil
	}
	cache, err := scratch.Cache()
	if err != nil {
		return target{}, err
	}
	out := filepath.Join(cache, "visible", fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:16])
	if err := os.MkdirAll(out, 0o700); err != nil {
		return target{}, fmt.Errorf("no folder for built programs: %w", err)
	}
	now := time.Now()
	if err := os.Chtimes(out, now, now); err == nil {
		forgetFolders(filepath.Dir(out))
	}
	built := target{program: filepath.Join(out, "program"+executableSuffix)}
	if err := goBuild(dir, built.program, ".", race); err != nil {
		return target{}, err
	}
	if runtime.GOOS == "linux" {
		built.helper = filepath.Join(out, "initproc")
		if err := goBuild(dir, built.helper, "tcplab/autograder/internal/sandbox/initproc", false); err != nil {
			return target{}, err
		}
		built.level, _ = sandbox.Probe(built.helper)
	}
	builds.done[key] = built
	return built, nil
}

// keptFolders is for how long the programs of a folder are kept in which no test has run since. They take 6 MiB.
const keptFolders = 7 * 24 * time.Hour

// forgetFolders removes what was built of folders that are used no more, such as those of a clone that was removed. What cannot
// be removed stays until the next time.
func forgetFolders(built string) {
	entries, _ := os.ReadDir(built)
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > keptFolders {
			_ = os.RemoveAll(filepath.Join(built, entry.Name()))
		}
	}
}

var executableSuffix = map[string]string{"windows": ".exe"}[runtime.GOOS]

func goBuild(dir, out, pkg string, race bool) error {
	env := append(os.Environ(), "CGO_ENABLED=0")
	if race {
		env = os.Environ()
	}
	args := append([]string{"build", "-o", out}, sandbox.BuildFlags(race)...)
	build := exec.Command("go", append(args, pkg)...)
	build.Dir, build.Env = dir, env
	output, err := build.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &buildError{strings.TrimSpace(string(output))}
	}
	return err
}

// buildError is the compiler's word on the student's program.
type buildError struct{ output string }

func (e *buildError) Error() string { return "the program does not build:\n" + e.output }
