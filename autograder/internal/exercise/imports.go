package exercise

import (
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// refused are packages that a program cannot have, though they are the toolchain's own, and why.
var refused = map[string]string{
	"C":           "cgo is not available: write the program in Go",
	"runtime/cgo": "cgo is not available: write the program in Go",
	"embed":       "embedding is not available: only the folder's Go files are graded",
	"plugin":      "plugins are not available: a submission is one program",
	"builtin":     "it only documents what is there without an import",
}

// Refuses says why a program of the exercise cannot import a package of this name, or "". Whether the standard library has
// such a package is another question.
func (e Exercise) Refuses(name string) string {
	if why := refused[name]; why != "" {
		return why
	}
	first, _, _ := strings.Cut(name, "/")
	switch {
	case first == "tcplab" || first == "submission" || build.IsLocalImport(name):
		return "keep all of the program in package main, in this one folder"
	case e.Module != "" && (name == e.Module || strings.HasPrefix(name, e.Module+"/")):
		return ""
	case strings.Contains(first, ".") && e.Module != "":
		return "only Go's standard library and " + e.Module + " are available"
	case strings.Contains(first, "."):
		return "only Go's standard library is available"
	case slices.Contains(strings.Split(name, "/"), "internal"):
		return "internal packages are Go's own"
	case first == "cmd" || first == "vendor" || path.Clean(name) != name || path.IsAbs(name) || strings.Contains(name, `\`):
		return "Go's standard library has no such package"
	}
	return ""
}

// RefusedImports lists, a line each as a compiler would, what the program in the exercise's folder imports and no graded program
// can. Files for another system do not count, and those that cannot be read as Go are left to the compiler.
func (e Exercise) RefusedImports() []string {
	var lines []string
	names, _ := filepath.Glob(filepath.Join(e.Dir, "*.go")) // the pattern is well formed
	for _, name := range names {
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
		built, matchErr := build.Default.MatchFile(e.Dir, filepath.Base(name))
		if err != nil || matchErr != nil || !built || strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, spec := range parsed.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser has seen to it
			if why := e.Refuses(imported); why != "" {
				at := files.PositionFor(spec.Path.Pos(), false)
				lines = append(lines, fmt.Sprintf("%s:%d:%d: import %q: %s", filepath.Base(name), at.Line, at.Column, imported, why))
			}
		}
	}
	return lines
}
