package lab

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcplab/autograder/internal/transcript"
)

// Source is the text of the program under test, for rules about how a program has to be written. Where such a rule fails,
// the message names the file and the line.
//
// The rules look at names as the compiler does: an import under another name, a dot import, a function that is stored in a
// variable and a second file of the package make no difference. A go:linkname directive, with which a program could reach
// any function of the runtime without importing it, fails every rule.
type Source struct {
	s     *session
	files *token.FileSet
	parts []*ast.File
}

// SourceOf reads the Go files that the program was built from, without its tests and without what the exercise gives.
func SourceOf(t testing.TB) *Source {
	t.Helper()
	s := &Source{s: sessionOf(t), files: token.NewFileSet()}
	ex, err := exerciseHere()
	if err != nil {
		s.s.broken(err)
	}
	dir := os.Getenv(sourceVariable)
	if dir == "" {
		dir = ex.Dir
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.go")) // the pattern is well formed
	for _, name := range names {
		base := filepath.Base(name)
		built, err := build.Default.MatchFile(dir, base)
		if err != nil || !built || strings.HasSuffix(base, "_test.go") || slices.Contains(ex.Given, base) {
			continue // it is no part of the program here, or not the student's
		}
		content, err := os.ReadFile(name)
		if err != nil {
			s.s.broken(err)
		}
		// Without SkipObjectResolution, so that a local variable is told from the package that has the same name.
		parsed, err := parser.ParseFile(s.files, base, content, parser.ParseComments)
		if err != nil {
			s.s.fail(failure{message: err.Error(), meaning: "The program cannot be read as Go.", setup: true})
		}
		s.parts = append(s.parts, parsed)
	}
	if len(s.parts) == 0 {
		s.s.broken(fmt.Errorf("%s holds no Go file", dir))
	}
	s.s.step("", transcript.Observed, "", fmt.Sprintf("the test reads the source: %d files", len(s.parts)))
	for _, part := range s.parts {
		for _, group := range part.Comments {
			for _, comment := range group.List {
				if strings.HasPrefix(comment.Text, "//go:linkname") {
					s.refuse(comment.Pos(), "go:linkname is not available here", "It reaches functions that are not the program's own.")
				}
			}
		}
	}
	return s
}

// refuse fails the test because of what stands at a place of the source.
func (s *Source) refuse(at token.Pos, message, meaning string) {
	s.s.t.Helper()
	position := s.files.Position(at)
	where := fmt.Sprintf("%s:%d:%d", position.Filename, position.Line, position.Column)
	s.s.fail(failure{message: where + ": " + message, meaning: meaning, expected: "a program without it", actual: where})
}

// ForbidStatements wants the program to have none of these statements and expressions: "go" (a go statement), "chan" (a
// channel's type, a send, a receive, or a select statement).
func (s *Source) ForbidStatements(why string, kinds ...string) {
	s.s.t.Helper()
	for _, part := range s.parts {
		ast.Inspect(part, func(node ast.Node) bool {
			kind, words := "", ""
			switch n := node.(type) {
			case *ast.GoStmt:
				kind, words = "go", "a go statement"
			case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
				kind, words = "chan", "a channel"
			case *ast.UnaryExpr:
				if n.Op == token.ARROW {
					kind, words = "chan", "a channel"
				}
			}
			if kind != "" && slices.Contains(kinds, kind) {
				s.refuse(node.Pos(), words+" is not available here", why)
			}
			return true
		})
	}
}

// ForbidUses wants the program not to name any of these things, each written as package path and name: "time.Sleep",
// "golang.org/x/sys/unix.Poll".
func (s *Source) ForbidUses(why string, names ...string) {
	s.s.t.Helper()
	for _, part := range s.parts {
		local := map[string]string{} // name in this file -> package path
		for _, spec := range part.Imports {
			imported := importedPath(spec)
			switch {
			case spec.Name == nil:
				local[path.Base(imported)] = imported
			case spec.Name.Name != ".":
				local[spec.Name.Name] = imported
			case slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, imported+".") }):
				s.refuse(spec.Pos(), fmt.Sprintf("a dot import of %q is not available here", imported), why)
			}
		}
		ast.Inspect(part, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			base, ok := selector.X.(*ast.Ident)
			if ok && base.Obj == nil && slices.Contains(names, local[base.Name]+"."+selector.Sel.Name) {
				s.refuse(node.Pos(), local[base.Name]+"."+selector.Sel.Name+" is not available here", why)
			}
			return true
		})
	}
}

// ForbidImports wants the program neither to import any of these packages nor one that is built on them.
func (s *Source) ForbidImports(why string, packages ...string) {
	s.s.t.Helper()
	seen := map[string][]string{}
	for _, part := range s.parts {
		for _, spec := range part.Imports {
			way, err := wayTo(importedPath(spec), packages, seen)
			if err != nil {
				s.s.broken(err)
			}
			switch {
			case len(way) == 1:
				s.refuse(spec.Pos(), fmt.Sprintf("package %q is not available here", way[0]), why)
			case len(way) > 1:
				s.refuse(spec.Pos(), fmt.Sprintf("package %q is not available here: it is built on %q", way[0], way[len(way)-1]), why)
			}
		}
	}
}

func importedPath(spec *ast.ImportSpec) string {
	name, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
	return name
}

// wayTo follows the imports of a package of the standard library to one of those that are looked for, and returns the
// packages on the way; nil when there is none. Another module's packages count by themselves only.
func wayTo(name string, wanted []string, seen map[string][]string) ([]string, error) {
	if slices.Contains(wanted, name) {
		return []string{name}, nil
	}
	if way, ok := seen[name]; ok {
		return way, nil
	}
	seen[name] = nil
	first, _, _ := strings.Cut(name, "/")
	if name == "C" || name == "unsafe" || strings.Contains(first, ".") {
		return nil, nil
	}
	found, err := build.Default.Import(name, filepath.Join(build.Default.GOROOT, "src"), 0)
	if noGo := (*build.NoGoError)(nil); errors.As(err, &noGo) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the imports of %s: %w", name, err)
	}
	for _, next := range found.Imports {
		way, err := wayTo(next, wanted, seen)
		if err != nil {
			return nil, err
		}
		if way != nil {
			seen[name] = append([]string{name}, way...)
			return seen[name], nil
		}
	}
	return nil, nil
}
