package grade

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/transcript"
)

// What of the compiler's words reaches the student.
const (
	maxBuildLines = 20
	maxLineLength = 300 // characters
)

// submissionModule is the go.mod of the workspace. Nothing in a submission's folder can change how it is built. modules maps
// what the programs may import besides the standard library to the folders where it is.
func submissionModule(modules map[string]string) string {
	text := "module submission\n\ngo 1.26.5\n\ngodebug multipathtcp=0\n"
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		text += fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %[1]s => %[2]s\n", name, strconv.Quote(modules[name]))
	}
	return text
}

// program is what became of a source.
type program struct {
	path   string // the executable; empty when there is none
	source string // the folder that its files were built from
	// lines are the compiler's, with the folder's workspace name in place of the student's path.
	lines []string
	// fault is set when it was not the student's program that kept it from being built.
	fault string
}

// builder builds sources with as few calls of the go command as possible.
//
// The files lie in a scratch folder, but the go command is made to believe (with an overlay) that they lie in a folder
// whose path never changes and that is empty in truth. So the same source always makes the same program, to the last byte.
type builder struct {
	tools   toolchain
	scratch string // the run's scratch folder
	home    string // the folder that never changes
	race    bool
	init    string        // the first process of a sandbox; empty where there are none
	kept    *programCache // nil where programs are not kept

	building sync.Mutex // held by whoever calls the go command
	outputs  int
	keeps    int // how many programs it has put into the cache

	mu    sync.Mutex         // of what follows
	built map[string]program // by the hash of the source
	uses  map[string]int     // of a program, by the batches that are not done with it
}

func (b *builder) of(hash string) program {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.built[hash]
}

func (b *builder) put(hash string, p program) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.built[hash] = p
}

// use says that a batch needs the programs of sources until it calls forget.
func (b *builder) use(sources []Source) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, source := range sources {
		b.uses[source.hash()]++
	}
}

// forget removes the programs that no batch needs any more. Those in the cache stay there.
func (b *builder) forget(sources []Source) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, source := range sources {
		hash := source.hash()
		if b.uses[hash]--; b.uses[hash] > 0 {
			continue
		}
		if p := b.built[hash]; strings.HasPrefix(p.path, b.scratch) {
			_ = os.Remove(p.path) // what cannot be removed goes with the scratch folder
		}
		delete(b.uses, hash)
		delete(b.built, hash)
	}
}

// buildAll builds the sources that have not been built before. Sources must have passed precheck.
func (b *builder) buildAll(ctx context.Context, sources []Source) error {
	b.building.Lock()
	defer b.building.Unlock()
	return b.buildMissing(ctx, sources)
}

func (b *builder) buildMissing(ctx context.Context, sources []Source) error {
	pending := map[string]Source{}
	for _, source := range sources {
		if p := b.of(source.hash()); p.path == "" && p.lines == nil && p.fault == "" {
			pending[source.hash()] = source
		}
	}
	if err := b.takeKept(ctx, pending); err != nil {
		return err
	}
	for len(pending) > 0 {
		before := len(pending)
		said, err := b.build(ctx, pending)
		if err != nil {
			return err
		}
		if len(pending) < before {
			continue // what stopped the call has been found, and is out of it
		}
		if len(pending) == 1 {
			for hash := range pending {
				failed, err := b.blame(ctx, hash, []string{said}, "the go command did not build it: "+said)
				if err != nil {
					return err
				}
				b.put(hash, failed)
				delete(pending, hash)
			}
			continue
		}
		// The go command gave up on all of them without saying because of which.
		for hash, source := range pending {
			if err := b.buildMissing(ctx, []Source{source}); err != nil {
				return err
			}
			delete(pending, hash)
		}
	}
	return nil
}

// takeKept moves the sources whose programs are kept from pending to built.
func (b *builder) takeKept(ctx context.Context, pending map[string]Source) error {
	if b.kept == nil {
		return nil
	}
	modules, err := b.tools.modulesOf(ctx, pending)
	if err != nil {
		return err
	}
	for hash, source := range pending {
		path := b.kept.find(b.kept.place(hash, b.race, modules))
		if path == "" {
			continue
		}
		folder := filepath.Join(b.scratch, "kept", folderOf(hash))
		if err := writeFiles(folder, source.Files); err != nil {
			return fmt.Errorf("build: %w", err)
		}
		b.put(hash, program{path: path, source: folder})
		delete(pending, hash)
	}
	return nil
}

func writeFiles(folder string, files map[string][]byte) error {
	err := os.MkdirAll(folder, 0o700)
	for name, content := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	return err
}

// build calls the go command once. It moves the sources that have met their fate from pending to built, and returns what
// the go command said of no source in particular.
func (b *builder) build(ctx context.Context, pending map[string]Source) (said string, err error) {
	b.outputs++
	name := "build"
	if b.race {
		name = "race-build"
	}
	out := filepath.Join(b.scratch, fmt.Sprintf("%s-%d", name, b.outputs)) // fresh: a stale program must not survive
	temp := filepath.Join(out, "temp")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(temp)
	modules, err := b.tools.modulesOf(ctx, pending)
	if err != nil {
		return "", err
	}
	overlay, err := b.writeOverlay(out, pending, modules)
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	args := append([]string{"build", "-json", "-overlay", overlay}, buildFlags(b.race)...)
	args = append(args, "-o", filepath.Join(out, "bin")+string(filepath.Separator))
	for hash := range pending {
		args = append(args, "./"+folderOf(hash))
	}
	printed, err := b.callGo(ctx, out, temp, modules, len(pending), args)
	if err != nil {
		return "", err
	}
	if printed.limit != "" && len(pending) == 1 {
		for hash := range pending {
			b.put(hash, program{lines: []string{folderOf(hash) + "/: " + tooCostly + " (" + printed.limit + ")"}})
			delete(pending, hash)
		}
	}
	said, unclear := b.sort(pending, out, modules, b.readEvents(printed.stdout, out), printed.stderr)
	for hash, lines := range unclear {
		failed, err := b.blame(ctx, hash, lines, "the go command failed: "+strings.Join(lines, "; "))
		if err != nil {
			return "", err
		}
		b.put(hash, failed)
	}
	return said, nil
}

// buildFlags are those that shape the program.
func buildFlags(race bool) []string {
	return append([]string{"-buildvcs=false", "-ldflags=-s -w"}, sandbox.BuildFlags(race)...)
}

// sort moves the sources that have met their fate from pending to built. What the go command said of those that are gone from
// pending and for which it may itself be to blame is unclear.
func (b *builder) sort(pending map[string]Source, out string, modules map[string]string, lines map[string][]string, stderr string) (said string, unclear map[string][]string) {
	unclear = map[string][]string{}
	for hash := range pending {
		executable := filepath.Join(out, "bin", folderOf(hash)+executableSuffix)
		_, err := os.Stat(executable)
		switch {
		case outgrown(lines[hash]) && b.confined():
			b.put(hash, program{lines: []string{folderOf(hash) + "/: " + tooCostly}})
		case len(lines[hash]) > 0 && isStudents(lines[hash], hash):
			b.put(hash, program{lines: lines[hash]})
		case len(lines[hash]) > 0:
			unclear[hash] = lines[hash]
		case err == nil:
			if b.kept != nil && b.keeps < maxKeptPrograms {
				b.keeps++
				executable = b.kept.keep(executable, b.kept.place(hash, b.race, modules))
			}
			b.put(hash, program{path: executable, source: filepath.Join(out, "source", folderOf(hash))})
		default:
			continue
		}
		delete(pending, hash)
	}
	return transcript.Line(strings.TrimSpace(strings.Join(append(lines[""], stderr), "\n")), 1000), unclear
}

// isStudents tells what the compiler or linker found in a program from a failure of theirs, such as a full disk: only the
// former names a file of the program or one of its functions.
func isStudents(lines []string, hash string) bool {
	for _, line := range lines {
		if strings.Contains(line, folderOf(hash)+"/") || strings.Contains(line, "main.") || strings.Contains(line, "link: main:") {
			return true
		}
	}
	return false
}

// folderOf is the name of a source's folder in the workspace, and of its executable.
func folderOf(hash string) string { return "s_" + hash }

func (b *builder) writeOverlay(out string, sources map[string]Source, modules map[string]string) (string, error) {
	replace := map[string]string{}
	write := func(name string, content []byte) error {
		real := filepath.Join(out, "source", name)
		replace[filepath.Join(b.home, name)] = real
		if err := os.MkdirAll(filepath.Dir(real), 0o700); err != nil {
			return err
		}
		return os.WriteFile(real, content, 0o600)
	}
	err := write("go.mod", []byte(submissionModule(modules)))
	for hash, source := range sources {
		for name, content := range source.Files {
			err = errors.Join(err, write(filepath.Join(folderOf(hash), name), content))
		}
	}
	overlay, marshalErr := json.Marshal(map[string]any{"Replace": replace})
	name := filepath.Join(out, "overlay.json")
	return name, errors.Join(err, marshalErr, os.WriteFile(name, overlay, 0o600))
}

var sourceFolder = regexp.MustCompile(fmt.Sprintf(`\bs_([0-9a-f]{%d})/`, hashLength))

// readEvents sorts the lines of go build -json by the hash of the source that they speak of; "" where they speak of none.
func (b *builder) readEvents(data []byte, out string) map[string][]string {
	lines := map[string][]string{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		var event struct{ ImportPath, Action, Output string }
		if err := decoder.Decode(&event); err != nil {
			return lines
		}
		line := b.shorten(strings.TrimRight(event.Output, "\n"), out)
		if event.Action != "build-output" || line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		hash := ""
		if name, ok := strings.CutPrefix(event.ImportPath, "submission/s_"); ok {
			hash = name
		} else if inFolder := sourceFolder.FindStringSubmatch(line); inFolder != nil {
			hash = inFolder[1] // what is said of a missing import names the file that imports it
		}
		lines[hash] = append(lines[hash], line)
	}
}

// shorten makes the path of a file in the workspace relative to it: the go command prints whichever form is the shortest.
func (b *builder) shorten(line, out string) string {
	source := filepath.Join(out, "source")
	if relative, err := filepath.Rel(b.home, source); err == nil {
		line = strings.ReplaceAll(line, relative+string(filepath.Separator), "")
	}
	for _, place := range []string{source, b.home} {
		line = strings.ReplaceAll(line, place+string(filepath.Separator), "")
	}
	if filepath.Separator != '/' {
		line = strings.ReplaceAll(line, string(filepath.Separator), "/")
	}
	return line
}

// studentLines are the compiler's lines as the student knows the files.
func studentLines(lines []string, hash, display string) []string {
	workspace := strings.NewReplacer("submission/"+folderOf(hash), display, folderOf(hash)+"/", display+"/", "\t", "    ")
	text := make([]string, len(lines))
	for i, line := range lines {
		text[i] = transcript.Line(strings.TrimRight(workspace.Replace(line), " \r"), maxLineLength)
	}
	return text
}

// shortList is at most maxBuildLines of lines, and the number of the others.
func shortList(lines []string) []string {
	if len(lines) <= maxBuildLines {
		return lines
	}
	return append(lines[:maxBuildLines:maxBuildLines], fmt.Sprintf("... and %d more lines", len(lines)-maxBuildLines))
}
