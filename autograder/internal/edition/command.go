package edition

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// How the autograder's files declare a verb: a literal with these keys, and who it is for as a constant's name.
const (
	nameKey          = "name"
	audienceKey      = "audience"
	studentsAudience = "students"
)

// command copies the part of the autograder's command that is for students: main.go, the files that declare verbs for them, and
// the files that declare what these use. A verb for somebody else in one of them is an error: it would bring the grader along.
func (w *writer) command() error {
	chosen, err := studentFiles(filepath.Join(w.root, "autograder"))
	if err != nil {
		return err
	}
	w.verbs = map[string]bool{}
	for _, file := range chosen {
		for verb := range file.verbs {
			w.verbs[verb] = true
		}
		if err := w.copy("autograder/" + file.name); err != nil {
			return err
		}
		for _, spec := range file.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			w.imports = append(w.imports, imported)
		}
	}
	return nil
}

// sourceFile is a file of the command.
type sourceFile struct {
	name     string
	syntax   *ast.File
	verbs    map[string]string // that it declares, by their names, and who they are for
	declares []string          // names of the package, and types that it declares methods of
}

func studentFiles(dir string) ([]sourceFile, error) {
	files, err := parseFolder(dir)
	if err != nil {
		return nil, err
	}
	chosen := map[string]sourceFile{}
	var choose func(file sourceFile) error
	choose = func(file sourceFile) error {
		if _, done := chosen[file.name]; done {
			return nil
		}
		chosen[file.name] = file
		for verb, audience := range file.verbs {
			if audience != studentsAudience {
				return fmt.Errorf("%s is needed for students' verbs, and declares %s, which is for %s: move what students need into another file",
					filepath.Join(dir, file.name), verb, audience)
			}
		}
		for _, other := range files {
			if other.declaresAnyOf(file) {
				if err := choose(other); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, file := range files {
		if file.name == "main.go" || slices.Contains(slices.Collect(maps.Values(file.verbs)), studentsAudience) {
			if err := choose(file); err != nil {
				return nil, err
			}
		}
	}
	var sorted []sourceFile
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		sorted = append(sorted, chosen[name])
	}
	return sorted, nil
}

func parseFolder(dir string) ([]sourceFile, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []sourceFile
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		// Objects are resolved, so that a local variable is no use of a name of the package.
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, sourceFile{
			name: filepath.Base(name), syntax: syntax, verbs: verbsOf(syntax), declares: declaredBy(syntax),
		})
	}
	return files, nil
}

// verbsOf finds the verbs that a file declares.
func verbsOf(file *ast.File) map[string]string {
	verbs := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		name, audience := "", ""
		for _, element := range literal.Elts {
			pair, _ := element.(*ast.KeyValueExpr)
			if pair == nil {
				continue
			}
			key, _ := pair.Key.(*ast.Ident)
			switch value := pair.Value.(type) {
			case *ast.BasicLit:
				if key != nil && key.Name == nameKey {
					name, _ = strconv.Unquote(value.Value)
				}
			case *ast.Ident:
				if key != nil && key.Name == audienceKey {
					audience = value.Name
				}
			}
		}
		if audience != "" {
			verbs[name] = audience
		}
		return true
	})
	return verbs
}

func declaredBy(file *ast.File) []string {
	names := slices.Collect(maps.Keys(file.Scope.Objects))
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Recv == nil {
			continue
		}
		receiver := f.Recv.List[0].Type
		if pointer, ok := receiver.(*ast.StarExpr); ok {
			receiver = pointer.X
		}
		if name, ok := receiver.(*ast.Ident); ok {
			names = append(names, name.Name)
		}
	}
	return names
}

// declaresAnyOf reports whether f declares what the other uses, or methods of its types.
func (f sourceFile) declaresAnyOf(other sourceFile) bool {
	for _, name := range f.declares {
		if name == "main" || name == "init" || name == "_" {
			continue
		}
		if other.syntax.Scope.Lookup(name) != nil ||
			slices.ContainsFunc(other.syntax.Unresolved, func(use *ast.Ident) bool { return use.Name == name }) {
			return true
		}
	}
	return false
}

// systems are those whose files are looked at: each has packages that the others lack.
var systems = []string{"linux", "darwin", "windows"}

const module = "tcplab"

// packages copies the packages of the lab that the exercises, the lectures and the command import, without their tests. A package
// that is named in a string is needed, too: the lab builds the sandbox's first process by its name.
func (w *writer) packages() error {
	tested := []string{}
	for _, ex := range w.exercises {
		tested = append(tested, "./exercises/"+ex.ID)
	}
	if found, _ := filepath.Glob(filepath.Join(w.root, "lectures", "*")); len(found) > 0 {
		tested = append(tested, "./lectures/...")
	}
	var imported []string
	for _, name := range w.imports {
		if strings.HasPrefix(name, module+"/") {
			imported = append(imported, name)
		}
	}
	needed := map[string]bool{} // folders and embedded files, relative to root
	add := func(args ...string) error {
		for _, goos := range systems {
			output, err := w.goCommand(w.root, goos, append([]string{"list", "-e", "-deps", "-f",
				`{{if and (not .Standard) .Module .Module.Main}}{{.Dir}}{{$dir := .Dir}}{{range .EmbedFiles}}{{"\n"}}{{$dir}}/{{.}}{{end}}{{end}}`}, args...)...)
			if err != nil {
				return err
			}
			for line := range strings.Lines(output) {
				name, err := filepath.Rel(w.root, strings.TrimSpace(line))
				if err == nil && filepath.IsLocal(name) && strings.HasPrefix(filepath.ToSlash(name), "autograder/") {
					needed[filepath.ToSlash(name)] = true
				}
			}
		}
		return nil
	}
	if err := add(append([]string{"-test"}, tested...)...); err != nil {
		return err
	}
	for len(imported) > 0 {
		if err := add(imported...); err != nil {
			return err
		}
		var err error
		if imported, err = w.namedPackages(needed); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		if err := w.copyPackage(name); err != nil {
			return err
		}
	}
	return nil
}

// copyPackage copies a package's Go files for all systems, or one file that a package embeds.
func (w *writer) copyPackage(name string) error {
	files, err := filepath.Glob(filepath.Join(w.root, filepath.FromSlash(name), "*.go"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return w.copy(name)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			if err := w.copy(path.Join(name, filepath.Base(file))); err != nil {
				return err
			}
		}
	}
	return nil
}

// namedPackages are packages that the Go files of needed folders name in strings, and that are not needed yet.
func (w *writer) namedPackages(needed map[string]bool) ([]string, error) {
	var named []string
	for folder := range needed {
		files, err := filepath.Glob(filepath.Join(w.root, filepath.FromSlash(folder), "*.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			ast.Inspect(syntax, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, _ := strconv.Unquote(literal.Value)
				name, ours := strings.CutPrefix(text, module+"/")
				sources, _ := filepath.Glob(filepath.Join(w.root, filepath.FromSlash(name), "*.go"))
				if ours && len(sources) > 0 && !needed[name] && !slices.Contains(named, text) {
					named = append(named, text)
				}
				return true
			})
		}
	}
	return named, nil
}
