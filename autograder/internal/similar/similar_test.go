package similar

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"tcplab/autograder/internal/exercise"
)

const lab = "../../.."

func course(t *testing.T) []exercise.Exercise {
	t.Helper()
	exercises, err := exercise.All(filepath.Join(lab, "exercises"))
	require.NoError(t, err)
	return exercises
}

func goFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, name := range names {
		files[filepath.Base(name)], err = os.ReadFile(name)
		require.NoError(t, err)
	}
	return files
}

// own is a program without what the exercise gives.
func own(ex exercise.Exercise, student string, files map[string][]byte) Program {
	files = maps.Clone(files)
	for _, given := range ex.Given {
		delete(files, given)
	}
	return Program{Student: student, Files: files}
}

// independent are the programs of an exercise that were written apart from each other: the solution, and the right programs that
// are no edits of it.
func independent(t *testing.T, ex exercise.Exercise) []Program {
	t.Helper()
	programs := []Program{own(ex, "solution", goFiles(t, filepath.Join(lab, "solutions", ex.ID)))}
	names, err := filepath.Glob(filepath.Join(ex.Dir, "right", "*.txt"))
	require.NoError(t, err)
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		require.NoError(t, err)
		files := map[string][]byte{}
		for _, file := range archive.Files {
			files[file.Name] = file.Data
		}
		if files["main.go"] != nil {
			programs = append(programs, own(ex, strings.TrimSuffix(filepath.Base(name), ".txt"), files))
		}
	}
	return programs
}

func known(t *testing.T, ex exercise.Exercise) [][]byte {
	t.Helper()
	texts, err := Known(lab, ex)
	require.NoError(t, err)
	require.NotEmpty(t, texts)
	return texts
}

var (
	comment = regexp.MustCompile(`(?m)//.*$`)
	local   = regexp.MustCompile(`\b(conn|err|listener|line|reader|n|serve|client)\b`)
)

// disguised is a program with other names, other texts, no comments and other white space.
func disguised(p Program, student string) Program {
	changed := Program{Student: student, Files: map[string][]byte{}}
	for name, text := range p.Files {
		text = comment.ReplaceAll(text, nil)
		text = local.ReplaceAll(text, []byte("my_$1"))
		changed.Files["x_"+name] = []byte(strings.ReplaceAll(string(text), "\n\t", "\n\n      "))
	}
	return changed
}

func TestACopyIsFoundWhateverItsNamesAndLayout(t *testing.T) {
	for _, ex := range course(t) {
		solution := independent(t, ex)[0]
		pairs := Find([]Program{solution, disguised(solution, "copy")}, known(t, ex), 1)
		require.Len(t, pairs, 1, ex.ID)
		assert.Equal(t, 100, pairs[0].Percent, ex.ID)
		assert.NotEmpty(t, pairs[0].Regions, ex.ID)
	}
}

func TestProgramsThatWereWrittenApartAreNotShown(t *testing.T) {
	for _, ex := range course(t) {
		programs := independent(t, ex)
		for _, pair := range Find(programs, known(t, ex), DefaultLeast) {
			assert.Fail(t, "alike", "%s: %s and %s share %d %%", ex.ID, pair.A.Student, pair.B.Student, pair.Percent)
		}
	}
}

func TestACopyWithOnePieceChangedIsFound(t *testing.T) {
	changed, missed := 0, []string{}
	for _, ex := range course(t) {
		solution := goFiles(t, filepath.Join(lab, "solutions", ex.ID))
		wrong, err := ex.Wrong(solution)
		require.NoError(t, err)
		for _, variant := range wrong {
			text, err := os.ReadFile(variant.File)
			require.NoError(t, err)
			if !strings.Contains(string(text), "\n-- old --\n") {
				continue // a program of its own
			}
			changed++
			if maps.EqualFunc(own(ex, "", solution).Files, own(ex, "", variant.Files).Files, bytes.Equal) {
				continue // a change of what is given
			}
			pair := []Program{own(ex, "alice", solution), disguised(own(ex, "", variant.Files), variant.Name)}
			if len(Find(pair, known(t, ex), DefaultLeast)) == 0 {
				missed = append(missed, variant.File)
			}
		}
	}
	assert.Greater(t, changed, 100)
	// Of a short program, the lectures show most: what is left after a change may be too little to compare.
	assert.Less(t, len(missed), changed/50, "%v", missed)
}

func TestACopyIsFoundAmongThoseWhoWorkedAlone(t *testing.T) {
	ex := course(t)[0]
	programs := independent(t, ex)
	for i, original := range programs {
		pairs := Find(append(programs[:len(programs):len(programs)], disguised(original, "copy")), known(t, ex), DefaultLeast)
		require.Len(t, pairs, 1, original.Student)
		assert.Equal(t, []string{programs[i].Student, "copy"}, []string{pairs[0].A.Student, pairs[0].B.Student})
	}
}

func TestWhatEverybodyWasGivenIsNoSimilarity(t *testing.T) {
	for _, ex := range course(t) {
		stub := Program{Files: goFiles(t, ex.Dir)}
		assert.Empty(t, Find([]Program{stub, stub}, known(t, ex), 1), ex.ID)
	}
}

// invented is a program that nobody has seen.
func invented(seed uint64) Program {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("package main\n")
	operators := []string{"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "&^"}
	for i := range 12 {
		fmt.Fprintf(&b, "func f%d(a, b int) int {\n", i)
		for range 6 {
			fmt.Fprintf(&b, "\ta = b")
			for range 1 + r.IntN(6) {
				fmt.Fprintf(&b, " %s a", operators[r.IntN(len(operators))])
			}
			b.WriteString("\n")
		}
		b.WriteString("\treturn a\n}\n")
	}
	return Program{Student: fmt.Sprint("s", seed), Files: map[string][]byte{"main.go": []byte(b.String())}}
}

func TestWhatManyProgramsHaveIsAnIdiomAndWhatManyHandedInIsNot(t *testing.T) {
	idiom := invented(99).Files["main.go"]
	var class, copies []Program
	for i := range commonIn + 1 {
		own := invented(uint64(i))
		class = append(class, Program{Student: own.Student, Files: map[string][]byte{"main.go": own.Files["main.go"], "idiom.go": idiom}})
		copies = append(copies, Program{Student: own.Student, Files: map[string][]byte{"main.go": idiom}})
	}
	assert.Empty(t, Find(class, nil, 10), "more than %d have it", commonIn)
	assert.Len(t, Find(class[1:], nil, 10), commonIn*(commonIn-1)/2, "%d have it", commonIn)
	assert.Len(t, Find(copies, nil, 100), (commonIn+1)*commonIn/2, "all of it is the same program")
}

func TestARunOfTheGuaranteedLengthIsAlwaysFound(t *testing.T) {
	require.NoError(t, quick.Check(func(shared [phrase + window - 1]uint64, before, after []uint64) bool {
		alone := stream{tokens: shared[:]}
		around := stream{tokens: append(append(before, shared[:]...), after...)}
		prints := map[uint64]bool{}
		for _, print := range winnow(around.phrases(), nil) {
			prints[print.hash] = true
		}
		for _, print := range winnow(alone.phrases(), nil) {
			if prints[print.hash] {
				return true
			}
		}
		return false
	}, nil))
}

func TestARegionIsTheLinesThatAreShared(t *testing.T) {
	shared := strings.Join(strings.Split(string(invented(1).Files["main.go"]), "\n")[1:40], "\n")
	a := Program{Student: "a", Files: map[string][]byte{"main.go": []byte("package main\n\nvar x, y, z = 1, 2, 3\n" + shared)}}
	b := Program{Student: "b", Files: map[string][]byte{"other.go": []byte("package main\n" + strings.Repeat("\n// no code\n", 10) + shared)}}
	pairs := Find([]Program{a, b}, nil, 50)
	require.Len(t, pairs, 1)
	require.Len(t, pairs[0].Regions, 1)
	region := pairs[0].Regions[0]
	assert.Equal(t, []string{"main.go", "other.go"}, []string{region.A.File, region.B.File})
	assert.Equal(t, region.A.Last-region.A.First, region.B.Last-region.B.First)
	assert.Equal(t, 18, region.B.First-region.A.First, "the lines of comments do not count")
	assert.Greater(t, region.A.Last-region.A.First, 30)
}

func TestAClassGivesTheSameListEveryTime(t *testing.T) {
	ex := course(t)[0]
	programs := append(independent(t, ex), disguised(independent(t, ex)[0], "copy"))
	want := Find(programs, known(t, ex), 1)
	require.NotEmpty(t, want)
	for range 5 {
		assert.Equal(t, want, Find(programs, known(t, ex), 1), "maps have no order")
	}
}

func TestThePageShowsBothSidesAndEscapesThem(t *testing.T) {
	evil := invented(5)
	text := strings.Replace(string(evil.Files["main.go"]), "\treturn a\n", "\treturn a // </pre><script>alert(1)</script> \u202e\x1b[2J\n", -1)
	a := Program{Student: "<b>alice\u202e", Files: map[string][]byte{"main.go": []byte(text)}}
	b := Program{Student: "bob", Files: map[string][]byte{"<i>.go": []byte(text)}}
	var page strings.Builder
	require.NoError(t, WriteHTML(&page, []Finding{{ID: "01-x", Title: "Echo <server>", Pairs: Find([]Program{a, b}, nil, 50)}}, 50))
	html := page.String()
	assert.Contains(t, html, "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;")
	assert.Contains(t, html, "no finding about anybody")
	assert.Equal(t, 2, strings.Count(html, "<b>3</b>\ta = b"))
	for _, leak := range []string{"<script", "<b>alice", "<i>", "\u202e", "\x1b", "http://", "https://", "src="} {
		assert.NotContains(t, html, leak)
	}
}

func TestAPageOfNobodySaysSo(t *testing.T) {
	var page strings.Builder
	require.NoError(t, WriteHTML(&page, []Finding{{ID: "01-x", Title: "Echo server"}}, 50))
	assert.Contains(t, page.String(), "No two programs share 50 % or more")
	assert.NotContains(t, page.String(), "<table>")
}

func TestAClassIsReadFromFoldersAndArchivesAndWhatIsNoneIsTold(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{
		"alice/exercises/01-echo-server/main.go":        "package main",
		"alice/exercises/09-callbacks/loop.go":          "package main",
		"bob/01-echo-server/main.go":                    "package main",
		"carol/notes.txt":                               "nothing",
		"dave.ZIP":                                      "no archive",
		"erin.rar":                                      "nor this",
		"frank@20261108T100000Z/01-echo-server/main.go": "package last",
		"frank@20261101T100000Z/01-echo-server/main.go": "package first",
		"roster.csv":                                    "id,name",
		".git/x":                                        "",
	} {
		path := filepath.Join(dir, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	programs, problems, err := ReadClass(dir, t.TempDir(), course(t))
	require.NoError(t, err)
	require.Len(t, programs, 1, "what is given is nobody's program")
	require.Len(t, programs["01-echo-server"], 3)
	assert.Equal(t, "alice", programs["01-echo-server"][0].Student)
	assert.Equal(t, Program{Student: "frank", Files: map[string][]byte{"main.go": []byte("package last")}}, programs["01-echo-server"][2])
	require.Len(t, problems, 3)
	assert.Contains(t, problems[0], "erin.rar")
	assert.Contains(t, problems[1], "carol")
	assert.Contains(t, problems[2], "dave.ZIP")

	_, _, err = ReadClass(filepath.Join(dir, "carol"), t.TempDir(), course(t))
	require.ErrorContains(t, err, "holds no submission; name the folder in which each student has a folder or an archive")
}
