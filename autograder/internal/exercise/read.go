package exercise

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// PointsEach is what every exercise of the course is worth.
const PointsEach = 10

// modules are what an exercise can let a program import besides the standard library: those that the lab itself requires,
// so that they are on every machine that runs it.
var modules = []string{"golang.org/x/sys"}

var (
	folderName = regexp.MustCompile(`^([0-9]{2})-[a-z0-9]+(?:-[a-z0-9]+)*$`)
	firstTitle = regexp.MustCompile(`(?m)^# (?:[0-9]+\. *)?(.+)$`)
)

// NumberOf is the number that the name of an exercise's folder begins with, such as 3 of 03-threaded-server. It is false where
// no exercise can be called so.
func NumberOf(id string) (int, bool) {
	name := folderName.FindStringSubmatch(id)
	if name == nil {
		return 0, false
	}
	number, err := strconv.Atoi(name[1])
	return number, err == nil
}

// All reads every exercise below a folder, in the order of their numbers. Folders and files that are not named like an
// exercise are passed over.
func All(dir string) ([]Exercise, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the exercises: %w", err)
	}
	var all []Exercise
	for _, entry := range entries {
		if !entry.IsDir() || !folderName.MatchString(entry.Name()) {
			continue
		}
		ex, err := Load(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		if last := len(all) - 1; last >= 0 && all[last].Number == ex.Number {
			return nil, fmt.Errorf("%s and %s have the same number: rename one of them", all[last].Dir, ex.Dir)
		}
		all = append(all, ex)
	}
	return all, nil
}

// Load reads the exercise in a folder. Without a folder for hidden tests it is an exercise of the students' edition: its tests
// are the visible ones, and a file beside them says what else the hidden tests' package would. Every error names the file, the
// line where there is one, and what to write there.
func Load(dir string) (Exercise, error) {
	number, ok := NumberOf(filepath.Base(dir))
	if !ok {
		return Exercise{}, fmt.Errorf("%s is not named like an exercise, such as 03-threaded-server", dir)
	}
	ex := Exercise{Number: number, ID: filepath.Base(dir), Dir: dir, Tested: filepath.Join(dir, "hidden"), Kind: Server}
	readme := filepath.Join(dir, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		return Exercise{}, fmt.Errorf("read exercise %s: %w", ex.ID, err)
	}
	title := firstTitle.FindStringSubmatch(string(text))
	if title == nil || strings.TrimSpace(title[1]) == "" {
		return Exercise{}, fmt.Errorf("%s has no title: begin it with a line such as `# %d. Echo server`", readme, ex.Number)
	}
	ex.Title = strings.TrimSpace(title[1])
	r := reader{files: token.NewFileSet(), ex: &ex}
	if _, err := os.Stat(ex.Tested); errors.Is(err, fs.ErrNotExist) {
		err := r.edition()
		return ex, err
	}
	if err := r.tests(ex.Tested); err != nil {
		return Exercise{}, err
	}
	if err := r.checkWhole(ex.Tested); err != nil {
		return Exercise{}, err
	}
	return ex, nil
}

// edition reads the visible tests as those of the exercise.
func (r *reader) edition() error {
	hidden := r.ex.Tested
	r.ex.Tested, r.visible = r.ex.Dir, true
	if err := r.tests(r.ex.Dir); err != nil {
		return err
	}
	if r.ex.Port == 0 {
		return fmt.Errorf("%s is missing, or holds no tests: write them as the other exercises have them", hidden)
	}
	return nil
}

// Sample reads a folder that holds a program and tests of it, and is no exercise: a lecture shows it. Its port stands in the
// comment of the tests' package, as an exercise's does.
func Sample(dir string) (Exercise, error) {
	ex := Exercise{ID: filepath.Base(dir), Dir: dir, Tested: dir, Kind: Server}
	r := reader{files: token.NewFileSet(), ex: &ex, visible: true}
	if err := r.tests(dir); err != nil {
		return Exercise{}, err
	}
	return ex, r.checkPort(dir)
}

// Visible is the exercise with the tests that the student can see in place of the hidden ones. They earn no points. One that is
// named as a hidden one is an error: nobody could say which of the two is to be run.
func (e Exercise) Visible() (Exercise, error) {
	if e.Tested == e.Dir { // in the students' edition, these are all that there are
		return e, nil
	}
	hidden := e.Tests
	e.Tests, e.Tested = nil, e.Dir
	r := reader{files: token.NewFileSet(), ex: &e, visible: true}
	if err := r.tests(e.Dir); err != nil {
		return e, err
	}
	for _, test := range e.Tests {
		if slices.ContainsFunc(hidden, func(h Test) bool { return h.Name == test.Name }) {
			return e, fmt.Errorf("%s:%d: a hidden test of exercise %s is called %s, too: rename the visible one", test.File, test.Line, e.ID, test.Name)
		}
	}
	return e, nil
}

// Requirement reads the doc comment of one test in a file: what it asks and its hint. Both are empty where there are none.
func Requirement(file, test string) (requirement, hint string) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", ""
	}
	for _, declaration := range parsed.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Name.Name != test || f.Doc == nil {
			continue
		}
		for _, line := range f.Doc.List {
			if d, ok := ast.ParseDirective(line.Slash, line.Text); ok && d.Tool == "lab" && d.Name == "hint" {
				hint = d.Args
			}
		}
		return prose(f.Doc), hint
	}
	return "", ""
}

// prose is a doc comment without its directives, on one line.
func prose(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// reader reads the tests of one exercise.
type reader struct {
	files   *token.FileSet
	ex      *Exercise
	kind    bool // //lab:kind was seen
	visible bool // visible tests are read
}

func (r *reader) tests(dir string) error {
	pattern := "*.go"
	if r.visible {
		pattern = "*_test.go" // the other files are the student's
	}
	names, _ := filepath.Glob(filepath.Join(dir, pattern)) // it is well formed
	slices.Sort(names)
	for _, name := range names {
		parsed, err := parser.ParseFile(r.files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("read exercise %s: %w", r.ex.ID, err)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", name, err) // a //line comment would let err name another file
		}
		if err := r.packageComment(parsed.Doc); err != nil {
			return err
		}
		for _, declaration := range parsed.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || !isTest(f) {
				continue
			}
			test, err := r.test(f)
			if err != nil {
				return err
			}
			r.ex.Tests = append(r.ex.Tests, test)
		}
	}
	if len(r.ex.Tests) == 0 {
		return fmt.Errorf("%s holds no tests: write them as the other exercises have them", dir)
	}
	return nil
}

// isTest reports whether the testing package would run the function as a test.
func isTest(f *ast.FuncDecl) bool {
	rest, ok := strings.CutPrefix(f.Name.Name, "Test")
	if !ok || f.Recv != nil || f.Type.Params.NumFields() != 1 || rest != "" && rest[0] >= 'a' && rest[0] <= 'z' {
		return false
	}
	pointer, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	selector, ok := pointer.X.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "T"
}

// directives calls read for each directive of the lab in a comment; a name that comes twice, or that read does not know
// (it returns false then), is an error, and so is what read returns.
func (r *reader) directives(doc *ast.CommentGroup, repeatable string, read func(d ast.Directive) (known bool, err error)) error {
	if doc == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, line := range doc.List {
		d, ok := ast.ParseDirective(line.Slash, line.Text)
		if !ok || d.Tool != "lab" {
			if strings.HasPrefix(strings.ReplaceAll(line.Text, " ", ""), "//lab:") {
				return r.errorAt(line.Slash, "%s is not a directive: write //lab:name with no space before the name", line.Text)
			}
			continue
		}
		known, err := read(d)
		switch {
		case err != nil:
			return r.errorAt(d.Slash, "%s: %w", line.Text, err)
		case !known:
			return r.errorAt(d.Slash, "there is no directive //lab:%s here; a test has points, hint, needs, race; the package has port, kind, module, given", d.Name)
		case seen[d.Name] && d.Name != repeatable:
			return r.errorAt(d.Slash, "//lab:%s comes twice: keep one", d.Name)
		}
		seen[d.Name] = true
	}
	return nil
}

func (r *reader) errorAt(at token.Pos, format string, args ...any) error {
	position := r.files.PositionFor(at, false) // whatever //line comments say
	return fmt.Errorf("%s:%d: "+format, append([]any{position.Filename, position.Line}, args...)...)
}

func (r *reader) packageComment(doc *ast.CommentGroup) error {
	return r.directives(doc, "given", func(d ast.Directive) (bool, error) {
		switch d.Name {
		case "module":
			if !slices.Contains(modules, d.Args) {
				return true, fmt.Errorf("write one of %s", strings.Join(modules, ", "))
			}
			r.ex.Module = d.Args
		case "given":
			if _, err := os.Stat(filepath.Join(r.ex.Dir, d.Args)); err != nil || filepath.Base(d.Args) != d.Args || !strings.HasSuffix(d.Args, ".go") {
				return true, errors.New("write the name of a Go file in the exercise's folder")
			}
			r.ex.Given = append(r.ex.Given, d.Args)
		case "port":
			port, err := strconv.Atoi(d.Args)
			if err != nil || port < 1 || port > 65535 {
				return true, errors.New("write a TCP port from 1 to 65535")
			}
			if r.ex.Port != 0 {
				return true, errors.New("the port stands in another file too: keep one")
			}
			r.ex.Port = port
		case "kind":
			kind := Kind(d.Args)
			if kind != Server && kind != Client {
				return true, fmt.Errorf("write %s or %s", Server, Client)
			}
			if r.kind {
				return true, errors.New("the kind stands in another file too: keep one")
			}
			r.ex.Kind, r.kind = kind, true
		default:
			return false, nil
		}
		return true, nil
	})
}

func (r *reader) test(f *ast.FuncDecl) (Test, error) {
	at := r.files.PositionFor(f.Pos(), false)
	test := Test{Name: f.Name.Name, File: at.Filename, Line: at.Line, Points: -1}
	if r.visible {
		test.Points = 0
	}
	err := r.directives(f.Doc, "needs", func(d ast.Directive) (bool, error) {
		if r.visible && d.Name != "hint" {
			return true, errors.New("a visible test has a hint only")
		}
		switch d.Name {
		case "points":
			points, err := strconv.Atoi(d.Args)
			if err != nil || points < 0 || points > PointsEach {
				return true, fmt.Errorf("write a whole number from 0 to %d", PointsEach)
			}
			test.Points = points
		case "hint":
			if d.Args == "" {
				return true, errors.New("write the hint behind it, on the same line")
			}
			test.Hint = d.Args
		case "needs":
			names := strings.Fields(d.Args)
			if len(names) == 0 {
				return true, errors.New("write the names of the tests behind it")
			}
			test.Needs = append(test.Needs, names...)
		case "race":
			if d.Args != "" {
				return true, errors.New("it stands alone")
			}
			test.Race = true
		default:
			return false, nil
		}
		return true, nil
	})
	switch {
	case err != nil:
		return Test{}, err
	case f.Doc == nil || prose(f.Doc) == "":
		return Test{}, r.errorAt(f.Pos(), "%s says nowhere what it requires: write a comment above it, in a sentence that a student can read", test.Name)
	case test.Points < 0:
		return Test{}, r.errorAt(f.Pos(), "%s has no points: write //lab:points N below its comment, 0 where it only serves other tests", test.Name)
	}
	test.Requirement = prose(f.Doc)
	return test, nil
}

func (r *reader) checkPort(dir string) error {
	if r.ex.Port == 0 {
		return fmt.Errorf("%s says nowhere which port the program uses: write //lab:port N in the package's comment", dir)
	}
	return nil
}

// checkWhole checks what only all the tests together show.
func (r *reader) checkWhole(dir string) error {
	if err := r.checkPort(dir); err != nil {
		return err
	}
	byName := map[string]Test{}
	for _, test := range r.ex.Tests {
		if first, ok := byName[test.Name]; ok {
			return fmt.Errorf("%s:%d: %s stands in %s:%d already: rename one of them", test.File, test.Line, test.Name, first.File, first.Line)
		}
		byName[test.Name] = test
	}
	for _, test := range r.ex.Tests {
		for _, need := range test.Needs {
			if _, ok := byName[need]; !ok {
				return fmt.Errorf("%s:%d: %s needs %s, which is no test of this exercise", test.File, test.Line, test.Name, need)
			}
		}
		if circle := circleFrom(byName, test.Name, nil); circle != nil {
			return fmt.Errorf("%s:%d: these tests need each other in a circle: %s", test.File, test.Line, strings.Join(circle, ", "))
		}
	}
	for _, test := range r.ex.Tests {
		if test.Points == 0 && !r.costsPoints(test.Name) {
			return fmt.Errorf("%s:%d: %s is worth nothing, and no test that is worth something needs it: whoever fails it would lose nothing", test.File, test.Line, test.Name)
		}
	}
	if points := r.ex.Points(); points != PointsEach {
		return fmt.Errorf("%s: the points of the tests add up to %d, and have to make %d", dir, points, PointsEach)
	}
	return nil
}

// costsPoints reports whether a test that is worth something needs this one, directly or through others.
func (r *reader) costsPoints(name string) bool {
	return slices.ContainsFunc(r.ex.Tests, func(t Test) bool {
		return slices.Contains(t.Needs, name) && (t.Points > 0 || r.costsPoints(t.Name))
	})
}

// circleFrom follows what a test needs and returns the way that leads back to it, or nil.
func circleFrom(tests map[string]Test, name string, way []string) []string {
	if len(way) > 0 && name == way[0] {
		return way
	}
	if slices.Contains(way, name) {
		return nil // a circle, but not one of way[0]; it is found from one of its own tests
	}
	for _, need := range tests[name].Needs {
		if circle := circleFrom(tests, need, append(slices.Clone(way), name)); circle != nil {
			return circle
		}
	}
	return nil
}
