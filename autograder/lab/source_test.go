package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/transcript"
)

// sourceIs makes files, by their names, the source of the program under test.
func sourceIs(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("package main\n\n"+content+"\n"), 0o600))
	}
	t.Setenv(sourceVariable, dir)
}

func rules(t testing.TB) {
	source := SourceOf(t)
	source.ForbidImports("Make the socket yourself.", "net", "sync")
	source.ForbidStatements("Wait for all of them at once.", "go", "chan")
	source.ForbidUses("Nobody is served meanwhile.", "time.Tick", "time.AfterFunc")
}

func TestARuleAboutTheSourceNamesTheLineHoweverItIsDodged(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"import":          {`import "net"`, `main.go:3:8: package "net" is not available`},
		"renamed import":  {`import "fmt"; import quiet "net"`, `main.go:3:22: package "net"`},
		"blank import":    {`import _ "sync"`, `package "sync"`},
		"built on net":    {`import "net/http"`, `package "net/http" is not available here: it is built on "net"`},
		"go":              {"func main() {\n\tgo main()\n}", "main.go:4:2: a go statement"},
		"go in a literal": {"var f = func() { go f() }", "a go statement"},
		"channel type":    {"type pipe chan int", "a channel"},
		"receive":         {"import \"time\"\n\nfunc main() { <-time.After(1) }", "a channel"},
		"select":          {"func main() { select {} }", "a channel"},
		"call":            {"import \"time\"\n\nfunc main() { time.Tick(1) }", "main.go:5:15: time.Tick is not"},
		"renamed call":    {"import t \"time\"\n\nfunc main() { t.Tick(1) }", "time.Tick is not"},
		"stored function": {"import \"time\"\n\nvar nap = time.Tick", "time.Tick is not"},
		"dot import":      {"import . \"time\"\n\nfunc main() { Sleep(1) }", `a dot import of "time"`},
		"linkname":        {"import _ \"unsafe\"\n\n//go:linkname nap time.Tick\nfunc nap(int64)", "go:linkname is not"},
	} {
		t.Run(name, func(t *testing.T) {
			sourceIs(t, map[string]string{"main.go": c.content})
			verdict := verdictOf(t, rules)
			require.Equal(t, transcript.Fail, verdict.Status)
			assert.Contains(t, verdict.Message, c.want)
			assert.Contains(t, verdict.Actual, "main.go:")
		})
	}
	t.Run("second file", func(t *testing.T) {
		sourceIs(t, map[string]string{"main.go": "func main() {}", "more.go": "func f() { go f() }"})
		assert.Contains(t, verdictOf(t, rules).Message, "more.go:3:12: a go statement")
	})
}

func TestASourceThatKeepsTheRulesPasses(t *testing.T) {
	sourceIs(t, map[string]string{
		"main.go": `
import (
	"net/netip"
	"strings"
	"time"
)

type bed struct{}

func (bed) Sleep(time.Duration) {}

func main() {
	time := bed{} // a variable that is called like the package
	time.Tick(1)
	_ = netip.Addr{}
	_ = strings.ToUpper("go chan") // go <-chan time.Tick
}`,
		"main_test.go": "func f() { go f() }",
		"a_plan9.go":   "func h() { go h() }",
		"given.go":     "func g() { go g() }",
	})
	t.Setenv(givenVariable, "given.go")
	verdict := verdictOf(t, rules)
	assert.Equal(t, transcript.Pass, verdict.Status, verdict.Message)
}

func TestTheListOfPackagesBuiltOnNetIsTheGoCommands(t *testing.T) {
	list, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Deps \" \"}}", "std").Output()
	require.NoError(t, err)
	var want []string
	for line := range strings.Lines(string(list)) {
		name, deps, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(" "+deps+" ", " net ") && !strings.Contains(name, "internal") && !strings.HasPrefix(name, "vendor/") {
			want = append(want, name)
		}
	}
	assert.ElementsMatch(t, want, builtOnNet)
}
