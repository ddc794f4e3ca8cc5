package grade

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ErrNoGo says that there is no Go toolchain on this machine.
var ErrNoGo = errors.New("no Go toolchain: there is no go command in PATH; install Go from https://go.dev/dl/ and try again")

// toolchain is the Go that builds submissions and tests.
type toolchain struct {
	root    string // the lab's
	command string // path of the go command
	goroot  string
	noRace  string // why the race detector cannot be had; empty when it can
}

// findToolchain takes the go command in PATH when it is the version that built this program, which `go run` sees to.
// Otherwise it asks that command which toolchain the lab's go.mod leads to.
func findToolchain(ctx context.Context, root string) (toolchain, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return toolchain{}, ErrNoGo
	}
	tools := toolchain{root: root, command: command, noRace: noRace()}
	if resolved, err := filepath.EvalSymlinks(command); err == nil {
		tools.goroot = filepath.Dir(filepath.Dir(resolved))
		version, _ := os.ReadFile(filepath.Join(tools.goroot, "VERSION"))
		if first, _, _ := strings.Cut(string(version), "\n"); first == runtime.Version() {
			return tools, nil
		}
	}
	ask := exec.CommandContext(ctx, command, "env", "GOROOT")
	ask.Dir = root
	answer, err := ask.Output()
	if err != nil {
		said := err.Error()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && len(exit.Stderr) > 0 {
			said = strings.TrimSpace(string(exit.Stderr))
		}
		return toolchain{}, fmt.Errorf("no Go toolchain for this lab: %s env GOROOT: %s", command, said)
	}
	tools.goroot = strings.TrimSpace(string(answer))
	own := filepath.Join(tools.goroot, "bin", "go"+executableSuffix)
	if _, err := os.Stat(own); err == nil {
		tools.command = own
	}
	return tools, nil
}

// modulesOf finds the folders of the modules that the sources may use. The lab requires them itself, but not everywhere for what the
// autograder is built of, so that the go command may have to fetch them now.
func (t toolchain) modulesOf(ctx context.Context, sources map[string]Source) (map[string]string, error) {
	folders := map[string]string{}
	for _, source := range sources {
		module := source.Exercise.Module
		if module == "" || folders[module] != "" {
			continue
		}
		ask := exec.CommandContext(ctx, t.command, "mod", "download", "-json", module)
		ask.Dir = t.root
		answer, askErr := ask.Output() // where it fails, it says why in the answer
		var found struct{ Dir, Error string }
		if err := json.Unmarshal(answer, &found); err != nil || found.Dir == "" {
			return nil, fmt.Errorf("module %s, which exercise %s uses, is not to be had (%s): run go mod download in %s",
				module, source.Exercise.ID, cmp.Or(found.Error, fmt.Sprint(askErr)), t.root)
		}
		folders[module] = found.Dir
	}
	return folders, nil
}

var executableSuffix = map[string]string{"windows": ".exe"}[runtime.GOOS]

// noRace says why the race detector cannot be used here, or "".
func noRace() string {
	systems := []string{"linux/amd64", "linux/arm64", "linux/ppc64le", "linux/s390x", "linux/loong64",
		"darwin/amd64", "darwin/arm64", "freebsd/amd64", "netbsd/amd64", "windows/amd64"}
	if here := runtime.GOOS + "/" + runtime.GOARCH; !slices.Contains(systems, here) {
		return "the race detector does not exist for " + here
	}
	if !raceNeedsCgo {
		return ""
	}
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "gcc"
	}
	if runtime.GOOS == "freebsd" && os.Getenv("CC") == "" {
		compiler = "clang"
	}
	// CC may hold options too; the go command splits it in the same way.
	if fields := strings.Fields(compiler); len(fields) > 0 {
		compiler = fields[0]
	}
	if _, err := exec.LookPath(compiler); err != nil {
		return fmt.Sprintf("the race detector needs a C compiler, and %q is not in PATH: install one, or name yours in CC", compiler)
	}
	return ""
}

// raceNeedsCgo is false where the race detector's own library is linked without a C compiler.
const raceNeedsCgo = runtime.GOOS != "darwin"

// submissionEnv is the environment in which a submission is built: the user's, without anything that steers the go command,
// so that every machine builds the same program, from nothing but the folder and the standard library.
func submissionEnv(temp string, race bool) []string {
	kept := []string{"GOCACHE", "GOROOT", "GOPATH"}
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "GO") && !slices.Contains(kept, name)
	})
	cgo := "0"
	if race && raceNeedsCgo {
		cgo = "1"
	}
	return append(env, "CGO_ENABLED="+cgo, "GOENV=off", "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local",
		"GOTMPDIR="+temp, // so that nothing is left in the system's when the build is killed
		// Collecting garbage is a tenth of the CPU time of a small build; the limit is for a cold cache on a small machine.
		"GOGC=off", "GOMEMLIMIT=1GiB")
}

// labEnv is the environment in which the lab's own packages are built. Where modules come from stays the user's affair.
func labEnv(temp string) []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH,
		"GOTMPDIR="+temp)
}
