package gate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"tcplab/autograder/internal/exercise"
)

var (
	numberedTitle = regexp.MustCompile(`(?m)^# ([0-9]+)\. `)
	wireBlock     = regexp.MustCompile("(?m)^```wire$")
)

// checkFolder finds what in an exercise's folder contradicts the rest of it or of the lab, without running anything.
func checkFolder(root string, ex exercise.Exercise) []string {
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, ex.ID+": "+fmt.Sprintf(format, args...)) }
	readme, err := os.ReadFile(filepath.Join(ex.Dir, "README.md"))
	if err != nil {
		return []string{err.Error()}
	}
	if title := numberedTitle.FindSubmatch(readme); title == nil || string(title[1]) != strconv.Itoa(ex.Number) {
		problem("the title of README.md has to begin with `# %d. `, as the folder's name says", ex.Number)
	}
	if !wireBlock.Match(readme) {
		problem("README.md shows no example: it has to hold a block ```wire")
	}
	if !strings.Contains(string(readme), strconv.Itoa(ex.Port)) {
		problem("README.md does not name port %d, on which the hidden tests talk", ex.Port)
	}
	for _, test := range ex.Tests {
		if test.Hint == "" {
			problem("%s has no hint: write //lab:hint and a question that leads on", test.Name)
		}
	}
	for _, name := range ex.Given {
		given, err := os.ReadFile(filepath.Join(ex.Dir, name))
		if err != nil {
			return []string{err.Error()}
		}
		// The solution has to build on its own, so it holds a copy.
		if held, err := os.ReadFile(filepath.Join(root, "solutions", ex.ID, name)); err != nil || !bytes.Equal(held, given) {
			problem("solutions/%s/%s is not the same as the file that the exercise gives: copy that there", ex.ID, name)
		}
	}
	for _, dir := range []string{ex.Dir, ex.Tested} {
		problems = append(problems, forbiddenCalls(dir)...)
	}
	return problems
}

// forbiddenCalls finds, in the tests of a folder, what no test of an exercise may do: skip itself, since the lab alone
// knows what a machine cannot show, and sleep, since a nap is no evidence.
func forbiddenCalls(dir string) []string {
	var problems []string
	names, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // the pattern is well formed
	files := token.NewFileSet()
	for _, name := range names {
		parsed, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch selector.Sel.Name {
			case "Skip", "Skipf", "SkipNow", "Sleep":
				problems = append(problems, fmt.Sprintf("%v: no test calls %s", files.Position(selector.Pos()), selector.Sel.Name))
			}
			return true
		})
	}
	return problems
}
