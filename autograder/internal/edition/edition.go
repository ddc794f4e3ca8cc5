// Package edition makes the students' edition of the lab: what they need to work, and nothing that grades them. What goes in is
// found out, and nothing is named that stays out: what is added to the lab one day is not handed out by mistake.
package edition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tcplab/autograder/internal/exercise"
)

// plainFiles go along as they are, where the lab has them.
var plainFiles = []string{"LICENSE", "LICENSE-PROSE", ".editorconfig", ".gitattributes", ".gitignore", "go.sum"}

// Write makes the edition of the lab at root in the folder dir, which must be empty or not exist. Nothing is left where it
// fails: the edition is written beside dir and gets its name when it has been compiled. It returns how many files it holds.
func Write(ctx context.Context, root, dir string) (files int, err error) {
	root, dir, err = places(root, dir)
	if err != nil {
		return 0, err
	}
	exercises, err := exercise.All(filepath.Join(root, "exercises"))
	if err != nil {
		return 0, err
	}
	unfinished := filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".tcplab-unfinished")
	if err := os.RemoveAll(unfinished); err != nil { // what was left by one that was killed
		return 0, err
	}
	if err := os.Mkdir(unfinished, 0o777); err != nil {
		return 0, fmt.Errorf("%w; name a folder in one that can be written", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(unfinished)) }() // finds nothing once it has its name
	w := &writer{ctx: ctx, root: root, out: unfinished, exercises: exercises}
	for _, step := range []func() error{
		w.plain, w.eachExercise, w.lectures, w.command, w.packages, w.readme, w.makefile, w.links, w.module, w.compile,
	} {
		if err := step(); err != nil {
			return 0, fmt.Errorf("make the students' edition: %w", err)
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is empty
		return 0, err
	}
	return w.files, os.Rename(unfinished, dir)
}

// places makes both paths absolute and refuses a folder that cannot hold an edition.
func places(root, dir string) (string, string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", err
	}
	above, err := filepath.EvalSymlinks(filepath.Dir(dir))
	if err != nil {
		return "", "", fmt.Errorf("%s does not exist; make it first, or name another place for the students' edition", filepath.Dir(dir))
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", "", err
	}
	if relative, err := filepath.Rel(real, above); err == nil && filepath.IsLocal(relative) {
		return "", "", fmt.Errorf("%s is inside the lab; name a folder outside of it, such as ../tcplab-students", dir)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return root, dir, nil
	case err != nil:
		return "", "", fmt.Errorf("the students' edition has to be a folder of its own: %w", err)
	case len(entries) > 0:
		return "", "", fmt.Errorf("%s is not empty; name a folder that does not exist, or remove what is in it", dir)
	}
	return root, dir, nil
}

// writer makes one edition. Names of files are relative to root and to out, with slashes.
type writer struct {
	ctx       context.Context
	root, out string
	exercises []exercise.Exercise
	imports   []string        // by the students' part of the command
	verbs     map[string]bool // that the students' part of the command has
	files     int
}

func (w *writer) write(name string, content []byte) error {
	path := filepath.Join(w.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	w.files++
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

func (w *writer) copy(name string) error {
	content, err := os.ReadFile(filepath.Join(w.root, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	return w.write(name, content)
}

// copyTree copies the plain files below a folder; no links, which could lead anywhere, and no hidden files.
func (w *writer) copyTree(folder string) error {
	return fs.WalkDir(os.DirFS(w.root), folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == folder:
			return nil
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir():
			return fs.SkipDir
		case strings.HasPrefix(entry.Name(), ".") || !entry.Type().IsRegular():
			return nil
		}
		return w.copy(name)
	})
}

func (w *writer) plain() error {
	for _, name := range plainFiles {
		if err := w.copy(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// eachExercise copies of every exercise its README, its Go files (the stub, the visible tests, what is given) and the data of the
// tests, and writes down what else the hidden tests' package says.
func (w *writer) eachExercise() error {
	for _, ex := range w.exercises {
		folder := "exercises/" + ex.ID
		names, err := fs.Glob(os.DirFS(w.root), folder+"/*.go")
		if err != nil {
			return err
		}
		for _, name := range append(names, folder+"/README.md") {
			if err := w.copy(name); err != nil {
				return err
			}
		}
		if err := errors.Join(w.copyTree(folder+"/testdata"), w.write(folder+"/exercise_test.go", facts(ex))); err != nil {
			return err
		}
	}
	return nil
}

// facts is a file of the visible tests' package with the directives that stand in the hidden tests' package.
func facts(ex exercise.Exercise) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "// What the tests have to know of exercise %d.\n//\n//lab:port %d\n//lab:kind %s\n", ex.Number, ex.Port, ex.Kind)
	if ex.Module != "" {
		fmt.Fprintf(&b, "//lab:module %s\n", ex.Module)
	}
	for _, given := range ex.Given {
		fmt.Fprintf(&b, "//lab:given %s\n", given)
	}
	return []byte(b.String() + "package main\n")
}

func (w *writer) lectures() error { return w.copyTree("lectures") }

// module keeps of go.mod what the edition needs. Settings for reading archives are the grader's, and so are the folders that it
// ignores. go mod tidy would look up modules that nothing here uses, for which it needs a network.
func (w *writer) module() error {
	if err := w.copy("go.mod"); err != nil {
		return err
	}
	edit := []string{"mod", "edit", "-dropgodebug=tarinsecurepath", "-dropgodebug=zipinsecurepath",
		"-dropignore=./results", "-dropignore=./submissions"}
	needed := map[string]bool{}
	for _, goos := range systems {
		output, err := w.goCommand(w.out, goos, "list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...", "tool")
		if err != nil {
			return err
		}
		for path := range strings.FieldsSeq(output) {
			needed[path] = true
		}
	}
	output, err := w.goCommand(w.out, "", "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var mod struct{ Require []struct{ Path string } }
	if err := json.Unmarshal([]byte(output), &mod); err != nil {
		return err
	}
	for _, required := range mod.Require {
		if !needed[required.Path] {
			edit = append(edit, "-droprequire="+required.Path)
		}
	}
	_, err = w.goCommand(w.out, "", edit...)
	return err
}

// compile proves that the edition can do without what it was not given.
func (w *writer) compile() error {
	_, err := w.goCommand(w.out, "", "vet", "./...")
	return err
}

// goCommand runs the go command in a folder for a system (this one, where goos is empty), and returns its output.
func (w *writer) goCommand(folder, goos string, args ...string) (string, error) {
	command := exec.CommandContext(w.ctx, "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off")
	if goos != "" {
		command.Env = append(command.Env, "GOOS="+goos)
	}
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if w.ctx.Err() != nil {
		return "", w.ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(output), nil
}
