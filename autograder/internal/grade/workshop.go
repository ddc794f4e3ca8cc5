package grade

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/sandbox"
)

// What a call of the go command may use. Building a program of the course takes a second and 300 MiB at most on a slow
// machine; the constants, generics and globals with which a compiler can be kept busy have no upper limit.
const (
	buildWall       = 60 * time.Second
	buildWallEach   = 3 * time.Second // more for every program of the call
	buildMemory     = 1 << 30
	buildMemoryEach = 512 << 20 // more for every processor: the go command runs a tool on each
)

// said is what a call of the go command printed.
type said struct {
	stdout []byte
	stderr string
	limit  string // the limit of the whole call that ended it, in words; empty when none did
}

// callGo calls the go command for n programs, with out as the only folder that it can write to. It runs in a sandbox of its own
// where the machine has sandboxes: sources of strangers then meet a compiler that can read Go and its cache, and nothing else.
func (b *builder) callGo(ctx context.Context, out, temp string, modules map[string]string, n int, args []string) (said, error) {
	cache, err := b.tools.cacheDir()
	if err != nil {
		return said{}, err
	}
	env := append(submissionEnv(temp, b.race), "GOCACHE="+cache)
	b.warm(ctx, env, cache) // for as long as it takes: nothing of it is the student's
	limited, cancel := context.WithTimeout(ctx, buildWall+time.Duration(n)*buildWallEach)
	defer cancel()
	var result said
	if b.confined() {
		result, err = b.callConfined(limited, out, cache, env, modules, args)
	} else {
		result, err = b.callBare(limited, env, args)
	}
	if ctx.Err() != nil {
		return said{}, ctx.Err()
	}
	if limited.Err() != nil {
		return said{limit: "more time than it is given"}, nil
	}
	return result, err
}

func (b *builder) confined() bool { return b.init != "" }

func (b *builder) callBare(ctx context.Context, env, args []string) (said, error) {
	command := child(ctx, b.tools.command, args...)
	command.Dir, command.Env = b.home, env
	var stdout bytes.Buffer
	var stderr output
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
		return said{}, fmt.Errorf("build: %w", err)
	}
	return said{stdout: stdout.Bytes(), stderr: stderr.String()}, nil
}

func (b *builder) callConfined(ctx context.Context, out, cache string, env []string, modules map[string]string, args []string) (said, error) {
	readOnly := []string{b.tools.goroot, cache}
	for _, folder := range modules {
		readOnly = append(readOnly, folder)
	}
	if b.race {
		readOnly = append(readOnly, compilerFolders()...)
	}
	memory := int64(buildMemory + runtime.NumCPU()*buildMemoryEach)
	box, err := sandbox.New(b.init, sandbox.Workshop(readOnly, []string{out}, b.home, memory))
	if err != nil {
		return said{}, fmt.Errorf("build: %w", err)
	}
	defer box.Close()
	process, err := box.Start(sandbox.Command{Path: b.tools.command, Args: args, Dir: b.home,
		// The go command keeps an index of the standard library in its cache. Where it cannot write one, it takes some packages
		// to be missing (seen with Go 1.26).
		Env: append(env, "GOROOT="+b.tools.goroot, "GODEBUG=goindex=0")})
	if err != nil {
		return said{}, fmt.Errorf("build: %w", err)
	}
	for _, done := range []<-chan struct{}{process.Done(), process.Stdout.Closed(), process.Stderr.Closed()} {
		select {
		case <-done:
		case <-ctx.Done():
			return said{}, nil
		}
	}
	result := said{stdout: []byte(process.Stdout.String()), stderr: process.Stderr.String()}
	if exit, _ := process.Exit(); exit.TooBig {
		result.limit = fmt.Sprintf("more than %d MiB of memory", memory>>20)
	}
	return result, nil
}

// warmFor is how long the standard library is taken to stay in the go command's cache, which loses what was not used for five
// days. What is read in a sandbox does not count as used there, as the cache cannot be written to.
const warmFor = 24 * time.Hour

// warm sees to it that the standard library is compiled: what is compiled in the sandbox cannot be kept, and with the race
// detector it takes longer than a program may. It compiles what the reference solutions import, which is what submissions do.
func (b *builder) warm(ctx context.Context, env []string, cache string) {
	sum := sha256.Sum256([]byte(fmt.Sprint(runtime.Version(), b.tools.goroot, cache, buildFlags(b.race))))
	mark := filepath.Join(filepath.Dir(b.home), fmt.Sprintf("warm-%x", sum[:8]))
	if isWarm(mark) {
		return
	}
	command := child(ctx, b.tools.command, append(append([]string{"list", "-export", "-deps", "-f", "{{.Export}}"}, buildFlags(b.race)...), "./solutions/...")...)
	command.Dir, command.Env = b.tools.root, env
	if compiled, err := command.Output(); err == nil { // or it is tried again next time
		_ = os.WriteFile(mark, compiled, 0o600)
	}
}

// isWarm reports whether all files that warm has noted in mark are still there, as they are not after go clean -cache.
func isWarm(mark string) bool {
	info, err := os.Stat(mark)
	if err != nil || time.Since(info.ModTime()) > warmFor {
		return false
	}
	compiled, err := os.ReadFile(mark)
	if err != nil {
		return false
	}
	for file := range strings.Lines(string(compiled)) {
		if file = strings.TrimSpace(file); file == "" {
			continue // package unsafe has none
		}
		if _, err := os.Stat(file); err != nil {
			return false
		}
	}
	return true
}

// compilerFolders are where a C compiler and what it links with are, on systems that follow the file system hierarchy standard.
func compilerFolders() []string {
	var folders []string
	for _, folder := range []string{"/usr", "/bin", "/lib", "/lib64", "/etc/alternatives"} {
		if _, err := os.Lstat(folder); err == nil {
			folders = append(folders, folder)
		}
	}
	return folders
}

// cacheDir is the go command's build cache.
func (t toolchain) cacheDir() (string, error) {
	dir := os.Getenv("GOCACHE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("the go command's cache is not to be found: %w; set GOCACHE", err)
		}
		dir = filepath.Join(cache, "go-build")
	}
	return filepath.EvalSymlinks(dir)
}

// outgrown reports whether the go command's words are those of a tool that one of the sandbox's limits has ended: of memory or
// of processor time. Where Go's runtime is refused memory, the compiler does not always say so: mostly it gives up with a fatal
// error, and now and then it uses what it did not get (seen with Go 1.26, in the collector). An error in a program has neither
// form.
func outgrown(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.HasSuffix(line, "signal: killed") || strings.HasPrefix(line, "fatal error: ") ||
			strings.HasPrefix(line, "SIGSEGV: segmentation violation")
	})
}

// tooCostly is what a student is told whose program the compiler or the linker could not finish.
const tooCostly = "building this program takes more memory or time than it is given, a hundred times what programs of the course need: " +
	"look for huge constants, arrays or generic types"
