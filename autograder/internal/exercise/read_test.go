package exercise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	readme = "# 3. Threaded server\n\nText.\n"
	header = "// Package hidden holds hidden tests.\n//\n//lab:port 3232\n//lab:kind client\npackage hidden\n\nimport \"testing\"\n"
	first  = "\n// It speaks first,\n// at once.\n//\n//lab:points 4\n//lab:hint What is\n//lab:race\nfunc TestFirst(t *testing.T) {}\n"
	second = "\n// It goes on.\n//\n//lab:points 6\n//lab:needs TestFirst\nfunc TestSecond(t *testing.T) {}\n"
)

// folder writes an exercise's folder with these files and returns its path.
func folder(t *testing.T, id string, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), id)
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

func TestAnExerciseIsReadFromItsFolder(t *testing.T) {
	dir := folder(t, "03-threaded-server", map[string]string{
		"README.md":             readme,
		"hidden/hidden_test.go": header + first + "\nfunc helper(t *testing.T) {}\n" + second,
	})
	ex, err := Load(dir)
	require.NoError(t, err)
	hidden := filepath.Join(dir, "hidden")
	file := filepath.Join(hidden, "hidden_test.go")
	assert.Equal(t, Exercise{
		Number: 3, ID: "03-threaded-server", Dir: dir, Tested: hidden, Title: "Threaded server", Port: 3232, Kind: Client,
		Tests: []Test{
			{Name: "TestFirst", Requirement: "It speaks first, at once.", Points: 4, Hint: "What is", Race: true, File: file, Line: 15},
			{Name: "TestSecond", Requirement: "It goes on.", Points: 6, Needs: []string{"TestFirst"}, File: file, Line: 23},
		},
	}, ex)
	assert.Equal(t, 10, ex.Points())
}

func TestEveryMistakeInAFolderIsNamedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		readme, hidden string
		want           []string
	}{
		"no title":           {"Text.\n", header + first + second, []string{"README.md has no title", "`# 3. "}},
		"a blank title":      {"#  \n", header + first + second, []string{"README.md has no title"}},
		"one name twice":     {readme, header + first + second + second, []string{"hidden_test.go:27: TestSecond stands in", "hidden_test.go:21 already: rename one"}},
		"a line elsewhere":   {readme, header + "\n//line other.go:1\n" + strings.Replace(first, "points 4", "points four", 1) + second, []string{"hidden_test.go:14: //lab:points four"}},
		"no Go elsewhere":    {readme, "//line other.go:1\npackage", []string{"hidden_test.go cannot be read"}},
		"no port":            {readme, "package hidden\n" + first + second, []string{"hidden says nowhere which port"}},
		"a port of words":    {readme, strings.Replace(header, "3232", "many", 1) + first + second, []string{"hidden_test.go:3: //lab:port many: write a TCP port"}},
		"a port too large":   {readme, strings.Replace(header, "3232", "65536", 1) + first + second, []string{"hidden_test.go:3", "from 1 to 65535"}},
		"an unknown kind":    {readme, strings.Replace(header, "client", "proxy", 1) + first + second, []string{"hidden_test.go:4: //lab:kind proxy: write server or client"}},
		"two ports":          {readme, strings.Replace(header, "//lab:kind client", "//lab:port 1", 1) + first + second, []string{"hidden_test.go:4", "keep one"}},
		"no tests":           {readme, header, []string{"hidden holds no tests"}},
		"no Go":              {readme, "package", []string{"hidden_test.go:1", "expected 'IDENT'"}},
		"no points":          {readme, header + strings.Replace(first, "//lab:points 4\n", "", 1) + second, []string{"hidden_test.go:14", "TestFirst has no points"}},
		"points of words":    {readme, header + strings.Replace(first, "points 4", "points four", 1) + second, []string{"hidden_test.go:12: //lab:points four: write a whole number from 0 to 10"}},
		"negative points":    {readme, header + strings.Replace(first, "points 4", "points -4", 1) + second, []string{"write a whole number"}},
		"points twice":       {readme, header + strings.Replace(first, "//lab:race", "//lab:points 4", 1) + second, []string{"hidden_test.go:14: //lab:points comes twice"}},
		"another sum":        {readme, header + strings.Replace(first, "points 4", "points 5", 1) + second, []string{"add up to 11, and have to make 10"}},
		"worth nothing":      {readme, header + first + second + strings.Replace(strings.Replace(second, "points 6", "points 0", 1), "TestSecond", "TestThird", 1), []string{"TestThird is worth nothing"}},
		"no requirement":     {readme, header + first + strings.Replace(second, "// It goes on.\n//\n", "", 1), []string{"TestSecond says nowhere what it requires"}},
		"no comment":         {readme, header + first + second + "\nfunc TestThird(t *testing.T) {}\n", []string{"TestThird says nowhere"}},
		"an empty hint":      {readme, header + strings.Replace(first, "hint What is", "hint", 1) + second, []string{"//lab:hint: write the hint behind it"}},
		"an unknown name":    {readme, header + strings.Replace(first, "lab:race", "lab:rase", 1) + second, []string{"hidden_test.go:14: there is no directive //lab:rase here"}},
		"a space before":     {readme, header + strings.Replace(first, "//lab:race", "// lab:race", 1) + second, []string{"hidden_test.go:14", "no space before the name"}},
		"race with words":    {readme, header + strings.Replace(first, "lab:race", "lab:race yes", 1) + second, []string{"it stands alone"}},
		"needs nothing":      {readme, header + first + strings.Replace(second, "needs TestFirst", "needs", 1), []string{"write the names of the tests"}},
		"needs who is not":   {readme, header + first + strings.Replace(second, "needs TestFirst", "needs TestThird", 1), []string{"TestSecond needs TestThird, which is no test"}},
		"need in a circle":   {readme, header + strings.Replace(first, "//lab:race", "//lab:needs TestSecond", 1) + second, []string{"need each other in a circle: TestFirst, TestSecond"}},
		"port above a test":  {readme, header + strings.Replace(first, "lab:race", "lab:port 1", 1) + second, []string{"there is no directive //lab:port here"}},
		"points of the file": {readme, strings.Replace(header, "lab:kind client", "lab:points 4", 1) + first + second, []string{"there is no directive //lab:points here"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(folder(t, "03-threaded-server", map[string]string{"README.md": c.readme, "hidden/hidden_test.go": c.hidden}))
			require.Error(t, err)
			for _, words := range c.want {
				assert.ErrorContains(t, err, words)
			}
		})
	}
	_, err := Load(folder(t, "03-threaded-server", map[string]string{"hidden/hidden_test.go": header}))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Load(folder(t, "threads", map[string]string{"README.md": readme}))
	require.ErrorContains(t, err, "is not named like an exercise")
}

func TestAllExercisesAreFoundInTheOrderOfTheirNumbers(t *testing.T) {
	one, two := header+first+second, strings.Replace(header, "client", "server", 1)+first+second
	root := folder(t, "exercises", map[string]string{
		"README.md":                          "# Exercises\n",
		"10-ten/README.md":                   "# 10. Ten\n",
		"10-ten/hidden/hidden_test.go":       one,
		"02-two/README.md":                   "# Two\n",
		"02-two/hidden/hidden_test.go":       two,
		"notes/README.md":                    "# 3. Not an exercise\n",
		"02-two.orig/hidden/hidden_test.go":  "broken",
		"Makefile/of/something/else/file.go": "broken",
	})
	all, err := All(root)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, []any{2, "Two", Server}, []any{all[0].Number, all[0].Title, all[0].Kind})
	assert.Equal(t, []any{10, "Ten", Client}, []any{all[1].Number, all[1].Title, all[1].Kind})
	require.NoError(t, os.CopyFS(filepath.Join(root, "10-other"), os.DirFS(filepath.Join(root, "10-ten"))))
	_, err = All(root)
	require.ErrorContains(t, err, "have the same number")
	_, err = All(filepath.Join(root, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestVisibleTestsHaveAHintAtMost(t *testing.T) {
	files := map[string]string{
		"README.md":             readme,
		"main.go":               "package main\n",
		"main_test.go":          "package main\n\nimport \"testing\"\n\n// It talks.\n//\n//lab:hint Talk.\nfunc TestItTalks(t *testing.T) {}\n",
		"hidden/hidden_test.go": header + first + second,
	}
	ex, err := Load(folder(t, "03-threaded-server", files))
	require.NoError(t, err)
	visible, err := ex.Visible()
	require.NoError(t, err)
	require.Len(t, visible.Tests, 1)
	assert.Equal(t, "It talks.", visible.Tests[0].Requirement)
	assert.Equal(t, ex.Dir, visible.Tested)
	assert.Equal(t, 3232, visible.Port)
	assert.Len(t, ex.Tests, 2, "the exercise itself is as before")
	requirement, hint := Requirement(filepath.Join(ex.Dir, "main_test.go"), "TestItTalks")
	assert.Equal(t, []string{"It talks.", "Talk."}, []string{requirement, hint})
	requirement, hint = Requirement(filepath.Join(ex.Dir, "main_test.go"), "TestNone")
	assert.Equal(t, []string{"", ""}, []string{requirement, hint})

	original := files["main_test.go"]
	files["main_test.go"] = strings.Replace(original, "TestItTalks", "TestSecond", 1)
	ex, err = Load(folder(t, "03-threaded-server", files))
	require.NoError(t, err)
	_, err = ex.Visible()
	require.ErrorContains(t, err, "main_test.go:8: a hidden test of exercise 03-threaded-server is called TestSecond, too: rename the visible one")

	files["main_test.go"] = strings.Replace(original, "lab:hint Talk.", "lab:points 1", 1)
	ex, err = Load(folder(t, "03-threaded-server", files))
	require.NoError(t, err)
	_, err = ex.Visible()
	require.ErrorContains(t, err, "main_test.go:7: //lab:points 1: a visible test has a hint only")
}

func TestALecturesProgramIsReadByItsTestsAlone(t *testing.T) {
	dir := t.TempDir()
	tests := "// Tests of the server.\n//\n//lab:port 2424\npackage main\n\nimport \"testing\"\n\n// It answers.\nfunc TestItAnswers(t *testing.T) {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main_test.go"), []byte(tests), 0o600))
	sample, err := Sample(dir)
	require.NoError(t, err)
	require.Equal(t, 2424, sample.Port)
	require.Len(t, sample.Tests, 1)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "main_test.go"), []byte(strings.ReplaceAll(tests, "//lab:port 2424\n", "")), 0o600))
	_, err = Sample(dir)
	require.ErrorContains(t, err, "//lab:port N")
}

func TestAnExerciseOfTheStudentsEditionHasItsVisibleTestsOnly(t *testing.T) {
	files := map[string]string{
		"README.md":        readme,
		"main_test.go":     "package main\n\nimport \"testing\"\n\n// It talks.\nfunc TestItTalks(t *testing.T) {}\n",
		"exercise_test.go": strings.ReplaceAll(strings.ReplaceAll(header, "package hidden\n\nimport \"testing\"", "package main"), "Package hidden holds hidden tests.", "Facts."),
	}
	dir := folder(t, "03-threaded-server", files)
	ex, err := Load(dir)
	require.NoError(t, err)
	assert.Equal(t, []any{3, 3232, Client, dir}, []any{ex.Number, ex.Port, ex.Kind, ex.Tested})
	require.Len(t, ex.Tests, 1)
	assert.Equal(t, 0, ex.Points())

	delete(files, "exercise_test.go")
	_, err = Load(folder(t, "03-threaded-server", files))
	require.ErrorContains(t, err, filepath.Join("03-threaded-server", "hidden")+" is missing", "an exercise that lost its hidden tests is none of an edition")
}
