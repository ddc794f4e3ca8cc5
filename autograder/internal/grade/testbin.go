package grade

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/scratch"
	"tcplab/autograder/internal/transcript"
)

const (
	labModule = "tcplab"
	// An executable of the lab's own is kept while it is one of the newest of its name, or was used lately: other clones of
	// the lab share the cache.
	keptVersions = 3
	keptUnused   = 24 * time.Hour
)

// labPackage is a package of the lab that takes part in grading as a program of its own.
type labPackage struct {
	name string // of the executable
	dir  string // slash-separated, below the lab's root
	test bool   // the executable is the package's test binary
}

// testsOf is the package that holds an exercise's tests.
func testsOf(root string, ex exercise.Exercise) (labPackage, error) {
	dir, err := filepath.Rel(root, ex.Tested)
	if err != nil {
		return labPackage{}, err
	}
	dir = filepath.ToSlash(dir)
	return labPackage{name: strings.TrimPrefix(strings.ReplaceAll(dir, "/", "-"), "exercises-") + ".test", dir: dir, test: true}, nil
}

// initProcess is the first process of a sandbox.
var initProcess = labPackage{name: "initproc", dir: "autograder/internal/sandbox/initproc"}

// labBuilder builds what of the lab itself takes part in grading, once for every state of its sources. When all is in the
// cache, no go command is called.
type labBuilder struct {
	root  string
	cache string // the folder of the built executables
	temp  string
	tools toolchain
	slow  func(what string)
	files fingerprinter
}

// slowAfter is how long a build may take before somebody is told what is going on.
const slowAfter = 2 * time.Second

// labExecutable is a built labPackage, or what kept it from being built.
type labExecutable struct {
	path  string
	fault error
}

func newLabBuilder(options Options, cache, temp string, tools toolchain) *labBuilder {
	files := fingerprinter{root: options.Root, folders: map[string]folderPrint{}}
	slow := options.Slow
	if slow == nil {
		slow = func(string) {}
	}
	return &labBuilder{root: options.Root, cache: cache, temp: temp, tools: tools, slow: slow, files: files}
}

// ensure finds or builds packages. Their faults are the lab's own.
func (l *labBuilder) ensure(ctx context.Context, packages []labPackage) ([]labExecutable, error) {
	executables := make([]labExecutable, len(packages))
	missing := l.find(packages, executables)
	if len(missing) == 0 {
		return executables, nil
	}
	told := time.AfterFunc(slowAfter, func() { l.slow("building the tests, as after every change to them; the next time they are there") })
	defer told.Stop()
	if err := os.MkdirAll(l.cache, 0o700); err != nil {
		return nil, fmt.Errorf("build the hidden tests: %w", err)
	}
	release, err := scratch.Lock(ctx, filepath.Join(l.cache, "lock"))
	if err != nil {
		return nil, fmt.Errorf("build the hidden tests: %w", err)
	}
	defer release()
	missing = l.find(packages, executables) // somebody else may have built them meanwhile
	leftovers, _ := filepath.Glob(filepath.Join(l.cache, "*", halfBuilt+"*"))
	for _, leftover := range leftovers {
		_ = os.RemoveAll(leftover) // by whoever was killed while holding the lock
	}
	// The first one alone fills the go command's cache with all that the others have in common.
	var builds sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, at := range missing {
		build := func() {
			executables[at].fault = l.build(ctx, packages[at], executables[at].path)
			<-slots
		}
		slots <- struct{}{}
		if i == 0 {
			build()
			continue
		}
		builds.Go(build)
	}
	builds.Wait()
	return executables, ctx.Err()
}

// find fills in where the executables are or have to be, and returns the indices of those that have to be built.
func (l *labBuilder) find(packages []labPackage, executables []labExecutable) (missing []int) {
	for i, p := range packages {
		sum, err := l.files.of(p.dir)
		if err != nil {
			executables[i] = labExecutable{fault: err}
			continue
		}
		folder := filepath.Join(l.cache, p.name+"-"+sum)
		executables[i].path = filepath.Join(folder, p.name+executableSuffix)
		if _, err := os.Stat(executables[i].path); err != nil {
			missing = append(missing, i)
			continue
		}
		now := time.Now()
		_ = os.Chtimes(folder, now, now) // for prune; at worst the executable is built again one day
	}
	return missing
}

// halfBuilt begins the name of a folder in which an executable is made: a run that is killed must not leave half of one
// under its final name.
const halfBuilt = "new-"

func (l *labBuilder) build(ctx context.Context, p labPackage, executable string) error {
	folder := filepath.Dir(executable)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("build %s: %w", p.dir, err)
	}
	half, err := os.MkdirTemp(folder, halfBuilt)
	if err != nil {
		return fmt.Errorf("build %s: %w", p.dir, err)
	}
	defer os.RemoveAll(half)
	built := filepath.Join(half, filepath.Base(executable))
	args := []string{"build"}
	if p.test {
		args = []string{"test", "-c"}
	}
	command := child(ctx, l.tools.command, append(args, "-buildvcs=false", "-ldflags=-s -w", "-o", built, "./"+p.dir)...)
	command.Dir, command.Env = l.root, labEnv(l.temp)
	var said output
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		words := transcript.Lines(said.String(), maxBuildLines, maxLineLength)
		return fmt.Errorf("build %s: %w: %s", p.dir, err, strings.Join(words, "; "))
	}
	if err := os.Rename(built, executable); err != nil {
		return fmt.Errorf("build %s: %w", p.dir, err)
	}
	l.prune(p.name)
	return nil
}

// prune removes old versions of an executable. What cannot be removed stays until the next time.
func (l *labBuilder) prune(name string) {
	type version struct {
		folder string
		used   time.Time
	}
	var versions []version
	folders, _ := filepath.Glob(filepath.Join(l.cache, name+"-*"))
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil {
			versions = append(versions, version{folder, info.ModTime()})
		}
	}
	slices.SortFunc(versions, func(a, b version) int { return b.used.Compare(a.used) })
	for i, v := range versions {
		if i >= keptVersions && time.Since(v.used) > keptUnused {
			_ = os.RemoveAll(v.folder)
		}
	}
}

// fingerprinter sums up all that a package is made of, without calling the go command: the files of its folder, and of the
// packages of the lab that it imports, and so on; go.mod and go.sum stand for the modules.
type fingerprinter struct {
	root    string
	folders map[string]folderPrint // by package folder
}

// TestsSum is the SHA-256, in hexadecimal digits, of all that judges the programs of exercises: their hidden tests with what
// of the lab these are made of, the files that they give to students, go.mod, and Go's version. Results can be compared where
// it is the same.
func TestsSum(root string, exercises []exercise.Exercise) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	files := fingerprinter{root: root, folders: map[string]folderPrint{}}
	sum := sha256.New()
	for _, ex := range exercises {
		tests, err := testsOf(root, ex)
		if err != nil {
			return "", err
		}
		of, err := files.of(tests.dir)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, ex.ID, of)
		for _, name := range ex.Given {
			content, err := os.ReadFile(filepath.Join(ex.Dir, name))
			if err != nil {
				return "", fmt.Errorf("read what exercise %s gives: %w", ex.ID, err)
			}
			fmt.Fprintf(sum, "%q %x\n", name, sha256.Sum256(content))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

type folderPrint struct {
	sum     string
	imports []string // folders of the lab's packages
}

func (f *fingerprinter) of(pkg string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(f.root, name))
		if err != nil {
			return "", fmt.Errorf("%s is no copy of the lab: %w", f.root, err)
		}
		fmt.Fprintf(sum, "%s %x\n", name, sha256.Sum256(content))
	}
	seen := map[string]bool{}
	pending := []string{pkg}
	for len(pending) > 0 {
		dir := pending[0]
		pending = pending[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		folder, err := f.folder(dir, dir == pkg)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, dir, folder.sum)
		pending = append(pending, folder.imports...)
	}
	return hex.EncodeToString(sum.Sum(nil))[:hashLength], nil
}

// folder reads the files of one package; those of its tests only where they are what is built.
func (f *fingerprinter) folder(dir string, withTests bool) (folderPrint, error) {
	if known, ok := f.folders[dir]; ok {
		return known, nil
	}
	entries, err := os.ReadDir(filepath.Join(f.root, filepath.FromSlash(dir)))
	if err != nil {
		return folderPrint{}, fmt.Errorf("read the lab's own sources: %w", err)
	}
	sum := sha256.New()
	var read folderPrint
	for _, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || !withTests && strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(f.root, filepath.FromSlash(dir), name))
		if err != nil {
			return folderPrint{}, fmt.Errorf("read the lab's own sources: %w", err)
		}
		fmt.Fprintf(sum, "%q %d\n", name, len(content))
		_, _ = io.WriteString(sum, string(content)) // a hash never fails to be written
		if strings.HasSuffix(name, ".go") {
			read.imports = append(read.imports, labImports(content)...)
		}
	}
	read.sum = hex.EncodeToString(sum.Sum(nil))
	if !withTests {
		f.folders[dir] = read
	}
	return read, nil
}

// labImports are the folders of the lab's packages that a file imports. A file that cannot be parsed imports nothing: the
// compiler will say so.
func labImports(content []byte) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "", content, parser.ImportsOnly)
	if err != nil {
		return nil
	}
	var folders []string
	for _, spec := range file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		if dir, ok := strings.CutPrefix(name, labModule+"/"); ok {
			folders = append(folders, dir)
		}
	}
	return folders
}
