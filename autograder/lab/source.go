package lab

import (
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

// SourceOf reads the Go files that the program was built from, without its tests, without what the exercise gives, and without
// what a build constraint keeps from this system: a client of one's own with "//go:build ignore" is in no program.
func SourceOf(t testing.TB) *Source {
	t.Helper()
	s := &Source{s: sessionOf(t), files: token.NewFileSet()}
	dir, given := os.Getenv(sourceVariable), strings.Split(os.Getenv(givenVariable), ",")
	if dir == "" {
		ex, err := exerciseHere()
		if err != nil {
			s.s.broken(err)
		}
		dir, given = ex.Dir, ex.Given
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.go")) // the pattern is well formed
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasSuffix(base, "_test.go") || slices.Contains(given, base) {
			continue // it is no part of the program, or not the student's
		}
		if built, err := build.Default.MatchFile(dir, base); err == nil && !built {
			continue
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

// ForbidUses wants the program not to name any of these things, each written as package path and name: "time.Tick",
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

// FilesOfSockets are the ways to an os.File of a socket that was made without one: to name it, or to put the socket in the place
// of a file that is there, for ForbidUses.
var FilesOfSockets = []string{
	"os.NewFile", "os.Stdin",
	"golang.org/x/sys/unix.Dup2", "golang.org/x/sys/unix.Dup3", "syscall.Dup2", "syscall.Dup3",
}

// ForbidImports wants the program to import none of these packages, nor, where "net" is one of them, any package of the
// standard library that is built on it.
func (s *Source) ForbidImports(why string, packages ...string) {
	s.s.t.Helper()
	for _, part := range s.parts {
		for _, spec := range part.Imports {
			name := importedPath(spec)
			switch {
			case slices.Contains(packages, name):
				s.refuse(spec.Pos(), fmt.Sprintf("package %q is not available here", name), why)
			case slices.Contains(packages, "net") && slices.Contains(builtOnNet, name):
				s.refuse(spec.Pos(), fmt.Sprintf("package %q is not available here: it is built on \"net\"", name), why)
			}
		}
	}
}

// builtOnNet are the packages of the standard library that import net, directly or through others. A test compares the list
// with what the go command says.
var builtOnNet = []string{
	"crypto/tls", "crypto/x509", "expvar", "log/syslog", "net/http", "net/http/cgi", "net/http/cookiejar", "net/http/fcgi",
	"net/http/httptest", "net/http/httptrace", "net/http/httputil", "net/http/pprof", "net/mail", "net/rpc", "net/rpc/jsonrpc",
	"net/smtp", "net/textproto", "mime/multipart",
}

func importedPath(spec *ast.ImportSpec) string {
	name, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
	return name
}
