package grade

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func goroot(t *testing.T) string {
	tools, err := findToolchain(t.Context(), ".")
	require.NoError(t, err)
	return tools.goroot
}

func TestPrecheckSaysWhatKeepsAPackageFromBeingLoaded(t *testing.T) {
	other := map[string]string{"linux": "windows"}[runtime.GOOS]
	if other == "" {
		other = "linux"
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"a whole program":            {map[string]string{"main.go": mainFile, "more.go": "package main\n"}, nil},
		"no file":                    {nil, []string{"exercises/01-echo holds no Go file: write the program in main.go"}},
		"a module":                   {imports("github.com/foo/bar"), []string{`exercises/01-echo/main.go:3:8: import "github.com/foo/bar": only Go's standard library is available`}},
		"a module of two words":      {imports("golang.org/x/sys/unix"), []string{`exercises/01-echo/main.go:3:8: import "golang.org/x/sys/unix": only Go's standard library is available`}},
		"a misspelt package":         {imports("bufoi"), []string{`exercises/01-echo/main.go:3:8: import "bufoi": Go's standard library has no such package`}},
		"a folder without Go files":  {imports("encoding/.."), []string{`exercises/01-echo/main.go:3:8: import "encoding/..": Go's standard library has no such package`}},
		"cgo":                        {imports("C"), []string{`exercises/01-echo/main.go:3:8: import "C": cgo is not available: write the program in Go`}},
		"a plugin":                   {imports("plugin"), []string{`exercises/01-echo/main.go:3:8: import "plugin": plugins are not available: a submission is one program`}},
		"embedding":                  {imports("embed"), []string{`exercises/01-echo/main.go:3:8: import "embed": embedding is not available: only the folder's Go files are graded`}},
		"the lab itself":             {imports("tcplab/autograder/lab"), []string{`exercises/01-echo/main.go:3:8: import "tcplab/autograder/lab": keep all of the program in package main, in this one folder`}},
		"a subfolder":                {imports("./chat"), []string{`exercises/01-echo/main.go:3:8: import "./chat": keep all of the program in package main, in this one folder`}},
		"an internal package":        {imports("internal/abi"), []string{`exercises/01-echo/main.go:3:8: import "internal/abi": internal packages are Go's own`}},
		"a vendored package":         {imports("vendor/golang.org/x/net/dns/dnsmessage"), []string{`exercises/01-echo/main.go:3:8: import "vendor/golang.org/x/net/dns/dnsmessage": Go's standard library has no such package`}},
		"unsafe":                     {imports("unsafe"), nil},
		"a package of two words":     {imports("encoding/json"), nil},
		"no func main":               {map[string]string{"main.go": "package main\n"}, []string{"exercises/01-echo: no file declares func main, where a program begins"}},
		"main is a method":           {map[string]string{"main.go": "package main\n\ntype t int\n\nfunc (t) main() {}\n"}, []string{"exercises/01-echo: no file declares func main, where a program begins"}},
		"two packages":               {map[string]string{"main.go": mainFile, "line.go": "package line\n"}, []string{"exercises/01-echo/line.go:1:9: package line: every file of the exercise says package main"}},
		"no package clause":          {map[string]string{"main.go": "func main() {}\n"}, []string{"exercises/01-echo/main.go:1:1: expected 'package', found 'func'"}},
		"an empty file":              {map[string]string{"main.go": ""}, []string{"exercises/01-echo/main.go:1:1: expected 'package', found 'EOF'"}},
		"an unterminated import":     {map[string]string{"main.go": "package main\n\nimport \"fmt\n\nfunc main() {}\n"}, nil},
		"the compiler's own affairs": {map[string]string{"main.go": "package main\n\nfunc main() { undefined( }\n"}, nil},
		"excluded by a constraint":   {map[string]string{"main.go": "//go:build " + other + "\n\n" + mainFile}, []string{"exercises/01-echo: the build constraints of its files leave none of them for this system"}},
		"excluded by its name":       {map[string]string{"main_" + other + ".go": mainFile}, []string{"exercises/01-echo: the build constraints of its files leave none of them for this system"}},
		"told from the race build":   {map[string]string{"main.go": mainFile, "r.go": "//go:build race\n\npackage main\n"}, []string{"exercises/01-echo/r.go: a build constraint on race, cgo, netgo or osusergo is not available"}},
		"told by its resolver":       {map[string]string{"main.go": mainFile, "r.go": "//go:build netgo\n\npackage main\n"}, []string{"exercises/01-echo/r.go: a build constraint on race, cgo, netgo or osusergo is not available"}},
		"hidden from the detector":   {map[string]string{"main.go": mainFile, "r.go": "package main\n\n//go:norace\nfunc f() {}\n"}, []string{"exercises/01-echo/r.go:3:1: go:norace is not available: the race detector has to see the whole program"}},
		"another meaning of panic":   {map[string]string{"main.go": mainFile, "p.go": "package main\n\nfunc panic(any) {}\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			lines := precheck(source(c.files), goroot(t))
			if name == "an unterminated import" {
				require.NotEmpty(t, lines)
				assert.Contains(t, lines[0], "exercises/01-echo/main.go:3:8: string literal not terminated")
				return
			}
			assert.Equal(t, c.want, lines)
		})
	}
}

func TestPrecheckQuotesWhatCouldDriveATerminal(t *testing.T) {
	lines := precheck(source(imports(`\x1b[31m`)), goroot(t))
	require.Len(t, lines, 1)
	assert.NotContains(t, lines[0], "\x1b")
}

// imports is a program that imports a package and calls nothing of it.
func imports(name string) map[string]string {
	return map[string]string{"main.go": "package main\n\nimport \"" + name + "\"\n\nfunc main() {}\n"}
}

func source(files map[string]string) Source {
	s := Source{Exercise: echo, Display: "exercises/01-echo", Files: map[string][]byte{}}
	for name, content := range files {
		s.Files[name] = []byte(content)
	}
	return s
}

func TestWhatAGivenFileMeansCannotBeChangedByAnother(t *testing.T) {
	for declaration, want := range map[string]string{
		"func panic(any) {}":         "exercises/01-echo/main.go:3:6: panic is a name of the language that given.go uses, which is given: choose another one",
		"var a, len = 1, 2":          "exercises/01-echo/main.go:3:8: len is a name",
		"type string []byte":         "exercises/01-echo/main.go:3:6: string is a name",
		"const nil = 0":              "exercises/01-echo/main.go:3:7: nil is a name",
		"func max(a, b int) int":     "", // the given file does not use it
		"type t int; func (t) len()": "",
	} {
		source := source(map[string]string{
			"main.go":  "package main\n\n" + declaration + "\n\nfunc main() {}\n",
			"given.go": "package main\n\nfunc given(s []string) {\n\tif s != nil {\n\t\tpanic(len(s))\n\t}\n}\n",
		})
		source.Exercise.Given = []string{"given.go"}
		lines := precheck(source, goroot(t))
		if want == "" {
			assert.Empty(t, lines, declaration)
			continue
		}
		require.Len(t, lines, 1, declaration)
		assert.Contains(t, lines[0], want)
	}
}
