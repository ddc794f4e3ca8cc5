package edition

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

// lab is the lab's own folder.
const lab = "../../.."

// longEnough is how many bytes a line has at least that says something: shorter ones, such as those that end a block or handle
// an error, are in every program.
const longEnough = 41

// linesOf collects what the long lines of files are, with the name of a file that holds each.
func linesOf(t *testing.T, root string, patterns ...string) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for _, pattern := range patterns {
		matches, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, match := range matches {
			require.NoError(t, filepath.WalkDir(match, func(file string, entry fs.DirEntry, err error) error {
				if err != nil || !entry.Type().IsRegular() {
					return err
				}
				text, err := os.ReadFile(file)
				for line := range strings.Lines(string(text)) {
					if line = strings.TrimSpace(line); len(line) >= longEnough {
						lines[line] = file
					}
				}
				return err
			}))
		}
	}
	return lines
}

func TestTheEditionHoldsNothingThatGradesAndWorksOnItsOwn(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	out := filepath.Join(t.TempDir(), "students")
	files, err := Write(t.Context(), lab, out)
	require.NoError(t, err)

	t.Run("no line of a secret is in it", func(t *testing.T) {
		secrets := linesOf(t, lab, "exercises/*/hidden", "exercises/*/wrong", "exercises/*/right", "solutions",
			"autograder/testdata", "autograder/internal/exercise/skeleton/*.tmpl", "autograder/internal/exercise/skeleton/*.txt",
			"autograder/policy.json")
		require.Greater(t, len(secrets), 3000, "the secrets are not where this test looks for them")
		// Students have these anyway; the last two have a line each by chance that a right and a hostile program have, too.
		for line := range linesOf(t, lab, "exercises/*/*.md", "exercises/*/*.go", "autograder/lab/*.go", "lectures",
			"autograder/main.go", "autograder/internal/sandbox/initproc/memory_linux.go") {
			delete(secrets, line)
		}
		counted := 0
		require.NoError(t, fs.WalkDir(os.DirFS(out), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			counted++
			assert.NotRegexp(t, `(^|/)(hidden|wrong|right|solutions|testdata/hostile|kills\.md|policy\.json)(/|$)`, name)
			text, err := os.ReadFile(filepath.Join(out, name))
			for line := range strings.Lines(string(text)) {
				if from, secret := secrets[strings.TrimSpace(line)]; secret {
					assert.Fail(t, "a secret", "%s holds a line of %s: %s", name, from, line)
				}
			}
			return err
		}))
		assert.Equal(t, files, counted)
	})

	t.Run("it asks for no module that only grading needs", func(t *testing.T) {
		mod, err := os.ReadFile(filepath.Join(out, "go.mod"))
		require.NoError(t, err)
		assert.Contains(t, string(mod), "golang.org/x/sys v")
		assert.NotContains(t, string(mod), "chromedp")
		assert.NotContains(t, string(mod), "insecurepath")
	})

	t.Run("its exercises say of themselves what the lab's say", func(t *testing.T) {
		ours, err := exercise.All(filepath.Join(lab, "exercises"))
		require.NoError(t, err)
		theirs, err := exercise.All(filepath.Join(out, "exercises"))
		require.NoError(t, err)
		require.Len(t, theirs, len(ours))
		for i, ex := range ours {
			assert.Equal(t, []any{ex.ID, ex.Port, ex.Kind, ex.Module, ex.Given},
				[]any{theirs[i].ID, theirs[i].Port, theirs[i].Kind, theirs[i].Module, theirs[i].Given})
		}
	})

	t.Run("its links lead somewhere", func(t *testing.T) {
		link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
		checked := 0
		require.NoError(t, fs.WalkDir(os.DirFS(out), ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".md" {
				return err
			}
			text, err := os.ReadFile(filepath.Join(out, name))
			for _, match := range link.FindAllStringSubmatch(string(text), -1) {
				checked++
				_, err := os.Stat(filepath.Join(out, path.Dir(name), match[1]))
				assert.NoError(t, err, "%s links to it", name)
			}
			return err
		}))
		assert.Greater(t, checked, 10)
	})

	t.Run("its tests tell a stub from a solution", func(t *testing.T) {
		goIn := func(args ...string) (string, error) {
			command := exec.CommandContext(t.Context(), "go", args...)
			command.Dir = out
			output, err := command.CombinedOutput()
			return string(output), err
		}
		output, err := goIn("build", "./...")
		require.NoError(t, err, output)
		output, err = goIn("run", "./autograder", "test", "1")
		require.Error(t, err, output)
		assert.Contains(t, output, "TODO: write the server in exercises/01-echo-server/main.go")
		solution, err := os.ReadFile(filepath.Join(lab, "solutions", "01-echo-server", "main.go"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(out, "exercises", "01-echo-server", "main.go"), solution, 0o600))
		output, err = goIn("run", "./autograder", "test", "1")
		require.NoError(t, err, output)
		assert.Contains(t, output, "Any line is answered in upper case")
		output, err = goIn("run", "./autograder", "help")
		require.NoError(t, err, output)
		assert.Contains(t, output, "make run EX=3")
		assert.NotContains(t, output, "Instructors")
		makefile, err := os.ReadFile(filepath.Join(out, "Makefile"))
		require.NoError(t, err)
		assert.Contains(t, string(makefile), "\ntest:\n")
		assert.NotContains(t, string(makefile), "grade:")
	})
}

func TestAnEditionNeedsAnEmptyFolderOutsideOfTheLab(t *testing.T) {
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "notes.txt"), []byte("mine"), 0o600))
	for dir, want := range map[string]string{
		full:                                  "is not empty; name a folder that does not exist",
		filepath.Join(full, "no", "students"): "does not exist; make it first",
		filepath.Join(full, "notes.txt"):      "has to be a folder of its own",
		filepath.Join(lab, "students"):        "is inside the lab; name a folder outside of it",
		filepath.Join(lab, "exercises", "x"):  "is inside the lab; name a folder outside of it",
	} {
		_, err := Write(t.Context(), lab, dir)
		require.ErrorContains(t, err, want)
	}
	entries, err := os.ReadDir(full)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestAnEditionThatIsNotFinishedLeavesNothing(t *testing.T) {
	above := t.TempDir()
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(above, "students")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(above, ".students.tcplab-unfinished", "of one that was killed"), 0o700))
	_, err := Write(stopped, lab, dir)
	require.ErrorIs(t, err, context.Canceled)
	entries, err := os.ReadDir(above)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	inside, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, inside)
}

// commandOf writes the files of a command and returns the names of those that students get.
func commandOf(t *testing.T, files map[string]string) ([]string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("package main\n\n"+text), 0o600))
	}
	chosen, err := studentFiles(dir)
	var names []string
	for _, file := range chosen {
		names = append(names, file.name)
	}
	return names, err
}

func TestStudentsGetTheFilesThatTheirVerbsUseAndNoOthers(t *testing.T) {
	files := map[string]string{
		"main.go":      "type verb struct{ name, audience string }\n\nconst students, teachers = \"s\", \"t\"\n\nfunc main() {}",
		"quiz.go":      "var quiz = verb{name: \"quiz\", audience: students}\n\nfunc ask() { said := cards{}; said.turn() }",
		"cards.go":     "type cards struct{}",
		"turn.go":      "func (*cards) turn() { shuffle() }",
		"shuffle.go":   "func shuffle() {}",
		"grade.go":     "var grade = verb{name: \"grade\", audience: teachers}\n\nfunc said() {}",
		"quiz_test.go": "func helper() {}",
	}
	names, err := commandOf(t, files)
	require.NoError(t, err)
	assert.Equal(t, []string{"cards.go", "main.go", "quiz.go", "shuffle.go", "turn.go"}, names)

	files["shuffle.go"] = "func shuffle() { said() }"
	_, err = commandOf(t, files)
	require.ErrorContains(t, err, "grade.go is needed for students' verbs, and declares grade, which is for teachers: move what students need")
}

func TestAReadmeWithoutItsPartForStudentsIsNoticed(t *testing.T) {
	w := &writer{root: t.TempDir(), out: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(w.root, "go.mod"), []byte("module tcplab\n\ngo 1.26.5\n"), 0o600))
	for text, want := range map[string]string{
		"# Lab\n\n| exercise | port |\n|---|---|\n| 1 | 2 |\n": "has no section ## For students",
		"# Lab\n\n## For students\n\nWork.\n":                  "has no table that begins with | exercise |",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(w.root, "README.md"), []byte(text), 0o600))
		require.ErrorContains(t, w.readme(), want)
	}
}
