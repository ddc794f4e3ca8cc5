// Package mutant changes a program in small, mechanical ways: a statement dropped, a condition negated, a constant off by one.
// Hidden tests that let such a program pass do not hold the line that was changed; see DeMillo, Lipton and Sayward, "Hints on
// Test Data Selection" (1978), for why small changes find large holes.
package mutant

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Mutant is a program with one change.
type Mutant struct {
	// ID names the change by its function and text, so that it stays the same when lines move:
	// "main.go: serve: drop `conn.Close()`". Where a function has the same text more than once, " (2)" and so on follow.
	ID    string
	Line  int // of the change in its file
	Files map[string][]byte
}

// Of makes every mutant of a program. Files named in keep are not the author's own and stay as they are.
func Of(files map[string][]byte, keep []string) ([]Mutant, error) {
	var all []Mutant
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if slices.Contains(keep, name) {
			continue
		}
		m := mutator{name: name, source: files[name], files: token.NewFileSet(), seen: map[string]int{}}
		parsed, err := parser.ParseFile(m.files, name, m.source, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", name, err)
		}
		for _, declaration := range parsed.Decls {
			m.declaration(declaration)
		}
		for _, e := range m.edits {
			changed := maps.Clone(files)
			changed[name] = slices.Concat(m.source[:e.from], []byte(e.text), m.source[e.to:])
			all = append(all, Mutant{ID: e.id, Line: e.line, Files: changed})
		}
	}
	return all, nil
}

// mutator collects the edits of one file.
type mutator struct {
	name     string
	source   []byte
	files    *token.FileSet
	function string
	seen     map[string]int
	edits    []edit
}

// edit puts text in the place of the bytes from, to of the source.
type edit struct {
	id       string
	line     int
	from, to int
	text     string
}

func (m *mutator) declaration(declaration ast.Decl) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		m.function = d.Name.Name
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return
		}
		m.function = d.Tok.String()
	}
	ast.Inspect(declaration, m.visit)
}

func (m *mutator) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.CallExpr:
		return !isMessage(n)
	case *ast.IfStmt:
		m.condition(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			m.condition(n.Cond)
		}
	case *ast.BlockStmt:
		m.statements(n.List)
	case *ast.CaseClause:
		m.statements(n.Body)
	case *ast.CommClause:
		m.statements(n.Body)
	case *ast.BinaryExpr:
		if other, ok := swapped[n.Op]; ok {
			m.add("swap", n, m.text(n.X)+" "+other.String()+" "+m.text(n.Y))
		}
	case *ast.BasicLit:
		m.constant(n)
	}
	return true
}

// isMessage reports whether a call makes a text for people: what it says is nobody's requirement.
func isMessage(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name, _ := selector.X.(*ast.Ident)
	if name == nil {
		return false
	}
	switch name.Name + "." + selector.Sel.Name {
	case "errors.New", "fmt.Errorf", "log.Print", "log.Printf", "log.Println", "log.Fatal", "log.Fatalf", "log.Fatalln":
		return true
	case "fmt.Fprint", "fmt.Fprintf", "fmt.Fprintln":
		target, ok := call.Args[0].(*ast.SelectorExpr)
		return ok && target.Sel.Name == "Stderr"
	}
	return false
}

// isFatal reports whether a call makes a text for people and ends the program, as log.Fatal does.
func isFatal(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	return ok && strings.HasPrefix(selector.Sel.Name, "Fatal")
}

// condition negates a condition, and, where it asks for an error, makes it never true.
func (m *mutator) condition(condition ast.Expr) {
	m.add("negate", condition, "!("+m.text(condition)+")")
	if asks, ok := condition.(*ast.BinaryExpr); ok && asks.Op == token.NEQ && m.text(asks.Y) == "nil" {
		m.add("ignore", condition, "false && "+m.text(condition))
	}
}

// swapped are operators with the one that is most easily written in their place. == and != are the negation's.
var swapped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.LAND: token.LOR, token.LOR: token.LAND, token.ADD: token.SUB, token.SUB: token.ADD,
}

// statements drops each statement that the compiler can do without.
func (m *mutator) statements(list []ast.Stmt) {
	for _, statement := range list {
		switch s := statement.(type) {
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); !ok || !isMessage(call) || isFatal(call) {
				m.add("drop", statement, "")
			}
		case *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt:
			m.add("drop", statement, "")
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				m.add("drop", statement, "")
			}
		case *ast.ReturnStmt:
			if len(s.Results) == 0 {
				m.add("drop", statement, "")
			}
		}
	}
}

func (m *mutator) constant(literal *ast.BasicLit) {
	switch literal.Kind {
	case token.INT:
		m.add("increase", literal, literal.Value+"+1")
	case token.STRING:
		text, err := strconv.Unquote(literal.Value)
		if err == nil {
			m.add("lengthen", literal, strconv.Quote(text+"x"))
		}
	}
}

func (m *mutator) text(node ast.Node) string {
	return string(m.source[m.offset(node.Pos()):m.offset(node.End())])
}

func (m *mutator) offset(at token.Pos) int { return m.files.PositionFor(at, false).Offset }

func (m *mutator) add(what string, node ast.Node, text string) {
	old := strings.Join(strings.Fields(m.text(node)), " ")
	id := fmt.Sprintf("%s: %s: %s `%s`", m.name, m.function, what, old)
	m.seen[id]++
	if n := m.seen[id]; n > 1 {
		id += fmt.Sprintf(" (%d)", n)
	}
	m.edits = append(m.edits, edit{
		id: id, line: m.files.PositionFor(node.Pos(), false).Line,
		from: m.offset(node.Pos()), to: m.offset(node.End()), text: text,
	})
}
