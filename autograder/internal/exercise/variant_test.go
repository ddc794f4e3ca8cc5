package exercise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var solution = map[string][]byte{
	"main.go": []byte("package main\n\nfunc main() {\n\tserve()\n\tserve()\n\tclose()\n}\n"),
	"more.go": []byte("package main\n\nfunc serve() {\n}\n"),
}

func TestAWrongProgramIsAnEditOfTheSolution(t *testing.T) {
	v, err := parseVariant([]byte("It does not\nclose.\nkilled by TestCloses\n-- old --\n\tclose()\n-- new --\n-- old --\nfunc serve() {\n-- new --\nfunc serve() {\n\tpanic(1)\n"), solution)
	require.NoError(t, err)
	assert.Equal(t, "It does not close.", v.About)
	assert.Equal(t, "TestCloses", v.KilledBy)
	assert.Equal(t, "package main\n\nfunc main() {\n\tserve()\n\tserve()\n}\n", string(v.Files["main.go"]))
	assert.Equal(t, "package main\n\nfunc serve() {\n\tpanic(1)\n}\n", string(v.Files["more.go"]))
	assert.Contains(t, string(solution["main.go"]), "close()", "the solution itself is as before")
}

func TestAProgramCanStandForItself(t *testing.T) {
	v, err := parseVariant([]byte("Another way.\n-- main.go --\npackage main\n-- b.go --\npackage main\n"), solution)
	require.NoError(t, err)
	assert.Empty(t, v.KilledBy)
	assert.Len(t, v.Files, 2)
}

func TestAVariantThatIsNotQuiteRightIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"-- old --\n\tclose()\n-- new --\n":                  "does not say what is special",
		"killed by TestX\n-- old --\n\tclose()\n-- new --\n": "does not say what is special",
		"About.\n":                       "holds no program",
		"About.\n-- old --\n\tclose()\n": "edits come in pairs",
		"About.\n-- old --\n\tclose()\n-- main.go --\n":                               "edits come in pairs",
		"About.\n-- old --\n\tserve()\n-- new --\n":                                   "found 2 times",
		"About.\n-- old --\n\tnothing\n-- new --\n":                                   "found 0 times",
		"About.\n-- old --\n\n-- new --\nx\n":                                         "has to be there once",
		"About.\n-- main.c --\nint main;\n":                                           "-- main.c -- is no Go file",
		"About.\n-- main_test.go --\npackage main\n":                                  "is no Go file of the program's folder",
		"About.\n-- _main.go --\npackage main\n":                                      "is no Go file of the program's folder",
		"About.\n-- a.go --\nx\n-- a.go --\ny\n":                                      "-- a.go -- comes twice",
		"About.\n-- old --\n}\n-- new --\n}\n":                                        "found 2 times",
		"About.\nkilled by TestX\nkilled by TestY\n-- old --\n\tclose()\n-- new --\n": "more than one test that kills it",
		"About.\n-- old --\n\tclose()\n-- new --\n\tclose()\n":                        "is the same as the solution",
		"About.\n-- ../main.go --\npackage main\n":                                    "is no Go file of the program's folder",
	} {
		_, err := parseVariant([]byte(text), solution)
		require.ErrorContains(t, err, want, "%q", text)
	}
}

func TestAnEditThatFitsTwoPlacesThatOverlapIsRefused(t *testing.T) {
	_, err := parseVariant([]byte("About.\n-- old --\nx()\nx()\n-- new --\nx()\n"), map[string][]byte{"main.go": []byte("x()\nx()\nx()\n")})
	require.ErrorContains(t, err, "found 2 times")
}

func TestWrongProgramsNameATestThatExistsAndRightOnesNone(t *testing.T) {
	program := "-- old --\n\tclose()\n-- new --\n"
	files := map[string]string{
		"README.md":             readme,
		"hidden/hidden_test.go": header + first + second,
		"wrong/leaks.txt":       "Leaks.\nkilled by TestFirst\n" + program,
		"right/other.txt":       "Other.\n" + program,
		"right/notes.md":        "not a program",
	}
	load := func() Exercise {
		ex, err := Load(folder(t, "03-threaded-server", files))
		require.NoError(t, err)
		return ex
	}
	wrong, err := load().Wrong(solution)
	require.NoError(t, err)
	require.Len(t, wrong, 1)
	assert.Equal(t, []string{"leaks", "TestFirst"}, []string{wrong[0].Name, wrong[0].KilledBy})
	right, err := load().Right(solution)
	require.NoError(t, err)
	require.Len(t, right, 1)

	files["wrong/leaks.txt"] = "Leaks.\nkilled by TestOther\n" + program
	_, err = load().Wrong(solution)
	require.ErrorContains(t, err, "leaks.txt is killed by TestOther, which is no hidden test")
	files["wrong/leaks.txt"] = "Leaks.\n" + program
	_, err = load().Wrong(solution)
	require.ErrorContains(t, err, "leaks.txt does not say which test kills it")
	files["right/other.txt"] = "Other.\nkilled by TestFirst\n" + program
	_, err = load().Right(solution)
	require.ErrorContains(t, err, "lies among the right programs")
}

func TestAProgramHasTheGivenFilesUnlessItChangesThem(t *testing.T) {
	files := map[string]string{
		"README.md":             readme,
		"more.go":               string(solution["more.go"]),
		"hidden/hidden_test.go": strings.Replace(header, "//lab:kind client", "//lab:given more.go", 1) + first + second,
		"right/whole.txt":       "Other.\n-- main.go --\npackage main\n",
		"wrong/broken.txt":      "Broken.\nkilled by TestFirst\n-- old --\nfunc serve() {\n-- new --\nfunc serve() {\n\tpanic(1)\n",
	}
	ex, err := Load(folder(t, "03-threaded-server", files))
	require.NoError(t, err)
	right, err := ex.Right(solution)
	require.NoError(t, err)
	assert.Equal(t, string(solution["more.go"]), string(right[0].Files["more.go"]))
	wrong, err := ex.Wrong(solution)
	require.NoError(t, err)
	assert.Contains(t, string(wrong[0].Files["more.go"]), "panic(1)", "what an exercise gives is to be tested, too")
}

func TestAnEquivalentChangeHasItsReason(t *testing.T) {
	ex := Exercise{ID: "03-threaded-server", Dir: t.TempDir()}
	none, err := ex.Equivalents()
	require.NoError(t, err)
	assert.Empty(t, none)

	file := filepath.Join(ex.Dir, "wrong", "equivalent.txt")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write("main.go: serve: drop `w++`\nmain.go: serve: drop `x++`\n\tNobody reads x\n\tafter that.\n\nmain.go: main: drop `y++`\n\tNor y.\n")
	reasons, err := ex.Equivalents()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"main.go: serve: drop `w++`": "Nobody reads x after that.", "main.go: serve: drop `x++`": "Nobody reads x after that.", "main.go: main: drop `y++`": "Nor y."}, reasons)
	variants, err := ex.Wrong(nil)
	require.NoError(t, err)
	assert.Empty(t, variants, "the list is no wrong program")

	for text, message := range map[string]string{
		"a\n\tb\na\n\tb\n": "equivalent.txt:3: this change is listed twice",
		"\tb\n":            "equivalent.txt:1: a reason without a change",
		"a\n":              `no reason stands below "a"`,
	} {
		write(text)
		_, err := ex.Equivalents()
		assert.ErrorContains(t, err, message)
	}
}
