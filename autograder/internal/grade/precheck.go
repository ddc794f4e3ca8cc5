package grade

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/sandbox"
	"tcplab/autograder/internal/transcript"
)

// precheck finds what would keep the go command from even starting on a package, since it then builds none of the others of
// the same call. It returns lines for the student. What is wrong inside functions is left to the compiler, whose words are
// better and which goes on with the other packages.
func precheck(source Source, goroot string) []string {
	if source.Problem != "" {
		return []string{source.Problem}
	}
	if len(source.Files) == 0 {
		return []string{source.Display + " holds no Go file: write the program in main.go"}
	}
	check := prechecker{display: source.Display, goroot: goroot, exercise: source.Exercise, files: token.NewFileSet()}
	check.names(slices.Sorted(maps.Keys(source.Files)))
	built, hasMain := 0, false
	var own []*ast.File
	for _, name := range slices.Sorted(maps.Keys(source.Files)) {
		content := source.Files[name]
		if !check.isBuilt(name, content) {
			continue
		}
		built++
		check.directives(name, content)
		top, err := parser.ParseFile(check.files, name, content, parser.ImportsOnly)
		if err != nil {
			check.syntax(err)
			continue
		}
		check.header(top)
		whole, err := parser.ParseFile(check.files, name, content, parser.SkipObjectResolution)
		hasMain = hasMain || err != nil || declaresMain(whole)
		if err == nil && slices.Contains(source.Exercise.Given, name) {
			check.noteNames(whole)
		} else if err == nil {
			own = append(own, whole)
		}
	}
	for _, file := range own {
		check.shadows(file)
	}
	switch {
	case len(check.lines) > 0:
	case built == 0:
		check.lines = append(check.lines, source.Display+": the build constraints of its files leave none of them for this system")
	case !hasMain:
		check.lines = append(check.lines, source.Display+": no file declares func main, where a program begins")
	}
	return check.lines
}

type prechecker struct {
	display, goroot string
	exercise        exercise.Exercise
	files           *token.FileSet
	lines           []string
	given           map[string]string // predeclared names that a given file uses, and which one does
}

func (c *prechecker) add(at token.Position, message string) {
	where := path.Join(c.display, at.Filename)
	if at.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", where, at.Line, at.Column)
	}
	c.lines = append(c.lines, transcript.Line(where+": "+message, maxLineLength))
}

// isBuilt reports whether a file belongs to the program on this system. Its build constraints must not tell the race
// detector's build from the other: both are to be the same program.
func (c *prechecker) isBuilt(name string, content []byte) bool {
	plain := build.Default
	plain.CgoEnabled = false
	plain.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	race := plain
	race.CgoEnabled = true
	race.ToolTags = append(slices.Clone(plain.ToolTags), "race")
	race.BuildTags = append(slices.Clone(plain.BuildTags), sandbox.RaceTags...)
	inPlain, err := plain.MatchFile(".", name)
	if err != nil {
		return true // the parser says what is wrong with it
	}
	if inRace, err := race.MatchFile(".", name); err == nil && inRace != inPlain {
		c.add(token.Position{Filename: name}, "a build constraint on race, cgo, netgo or osusergo is not available")
	}
	return inPlain
}

// names refuses two files that some systems would take for one, as the go command does.
func (c *prechecker) names(sorted []string) {
	for i, name := range sorted {
		for _, other := range sorted[:i] {
			if strings.EqualFold(name, other) {
				c.add(token.Position{Filename: name}, "its name differs from "+other+" in upper and lower case only: rename one of them")
			}
		}
	}
}

// lineDirective is a comment that gives what follows it another place. The compiler says itself what is wrong with one that
// does not end in a number.
var lineDirective = regexp.MustCompile(`(?s)^(//|/\*)line .*:\d+(\*/)?$`)

// directives refuses comments by which messages, the compiler's and those of the hidden tests, would name files that are not
// there, and those that hide a function from the race detector.
func (c *prechecker) directives(name string, content []byte) {
	var all scanner.Scanner
	file := c.files.AddFile(name, -1, len(content))
	all.Init(file, content, nil, scanner.ScanComments)
	for {
		at, kind, text := all.Scan()
		if kind == token.EOF {
			return
		}
		if kind == token.COMMENT && lineDirective.MatchString(text) {
			c.add(file.PositionFor(at, false), "a line directive is not available: messages have to name the file that they are about")
			return
		}
		if kind == token.COMMENT && strings.HasPrefix(text, "//go:norace") {
			c.add(file.PositionFor(at, false), "go:norace is not available: the race detector has to see the whole program")
			return
		}
	}
}

func (c *prechecker) syntax(err error) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		c.add(token.Position{}, err.Error())
		return
	}
	for _, e := range list {
		c.add(e.Pos, e.Msg)
	}
}

// header checks the package clause and the imports.
func (c *prechecker) header(file *ast.File) {
	if file.Name.Name != "main" {
		c.add(c.files.Position(file.Name.Pos()),
			fmt.Sprintf("package %s: every file of the exercise says package main", file.Name.Name))
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused it
		}
		if why := c.refuses(name); why != "" {
			c.add(c.files.Position(spec.Path.Pos()), fmt.Sprintf("import %q: %s", name, why))
		}
	}
}

// refuses says why a package cannot be imported, or "".
func (c *prechecker) refuses(name string) string {
	if why := c.exercise.Refuses(name); why != "" {
		return why
	}
	if first, _, _ := strings.Cut(name, "/"); name == "unsafe" || strings.Contains(first, ".") {
		return ""
	}
	return whyNoPackage(filepath.Join(c.goroot, "src", filepath.FromSlash(name)))
}

// whyNoPackage says why a folder of the standard library is no package for this system, or "". Some are for other systems, others
// for those who build Go with an experiment.
func whyNoPackage(dir string) string {
	plain := build.Default
	plain.CgoEnabled = false
	why := "Go's standard library has no such package"
	entries, _ := os.ReadDir(dir) // a folder that is not there holds nothing
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		if matches, err := plain.MatchFile(dir, entry.Name()); err != nil || matches {
			return ""
		}
		why = "this package is there on other systems only, or as an experiment of Go's"
	}
	return why
}

// noteNames remembers which of the language's own names a given file uses.
func (c *prechecker) noteNames(given *ast.File) {
	name := c.files.Position(given.Pos()).Filename
	ast.Inspect(given, func(node ast.Node) bool {
		if used, ok := node.(*ast.Ident); ok && doc.IsPredeclared(used.Name) {
			if c.given == nil {
				c.given = map[string]string{}
			}
			c.given[used.Name] = name
		}
		return true
	})
}

// shadows refuses a declaration that changes what a given file means: a name of the language's own, such as panic, that is declared
// in one file of a package is another thing in all of them.
func (c *prechecker) shadows(file *ast.File) {
	check := func(name *ast.Ident) {
		if where, used := c.given[name.Name]; used {
			c.add(c.files.Position(name.Pos()), fmt.Sprintf("%s is a name of the language that %s uses, which is given: choose another one", name.Name, where))
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				check(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					check(s.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						check(name)
					}
				case *ast.ImportSpec: // the compiler sees to it that the name holds in this file alone
				}
			}
		}
	}
}

func declaresMain(file *ast.File) bool {
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if ok && f.Name.Name == "main" && f.Recv == nil {
			return true
		}
	}
	return false
}
