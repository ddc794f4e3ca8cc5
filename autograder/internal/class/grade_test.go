package class

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/sandbox"
)

// How many graders are killed, each at another moment of its work. A longer run:
// go test ./autograder/internal/class -run Killed -kills 20
var kills = flag.Int("kills", 5, "how many graders are killed")

// TestMain lets this binary be another grader, which can be killed.
func TestMain(m *testing.M) {
	given := os.Getenv("CLASS_TEST_GRADER")
	if given == "" {
		os.Exit(m.Run())
	}
	var options Options
	if err := json.Unmarshal([]byte(given), &options); err != nil {
		panic(err)
	}
	if _, err := gradeQuietly(context.Background(), options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func gradeQuietly(ctx context.Context, options Options) (Outcome, error) {
	options.NewSeed = func() uint64 { return 7 }
	options.Tell, options.Progress = func(string) {}, func(int, int) {}
	options.Grade.Trust, options.Grade.Require = true, sandbox.L0
	return Grade(ctx, options)
}

// grader is another process that grades.
func grader(t *testing.T, options Options) *exec.Cmd {
	t.Helper()
	options.Grade.Trust = true
	given, err := json.Marshal(struct {
		Grade    struct{ Root string }
		Dir, Out string
		Shard    Shard
	}{struct{ Root string }{options.Grade.Root}, options.Dir, options.Out, options.Shard})
	require.NoError(t, err)
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "CLASS_TEST_GRADER="+string(given))
	command.Stderr = os.Stderr
	return command
}

const hidden = `// Package hidden holds hidden tests.
//
//lab:port 3232
package hidden

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// It prints what it is given.
//
//lab:points 10
func TestItEchoes(t *testing.T) {
	output, err := exec.Command(os.Getenv("TCPLAB_PROGRAM"), "hello").CombinedOutput()
	status := "pass"
	if err != nil || string(output) != "hello" {
		t.Fail()
		status = "fail"
	}
	number, _ := strconv.Atoi(os.Getenv("TCPLAB_RECORD"))
	json.NewEncoder(os.NewFile(uintptr(number), "record")).Encode(struct {
		Test   string "json:\"test\""
		Status string "json:\"status\""
		Seed   int    "json:\"seed\""
	}{t.Name(), status, 1})
}
`

func write(t *testing.T, root, name, content string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}

// smallLab is a lab whose one hidden test compares what a program prints, and the folder of a class.
func smallLab(t *testing.T) (root, class string) {
	t.Helper()
	root, class = t.TempDir(), t.TempDir()
	write(t, root, "exercises/01-echo/README.md", "# 1. Echo\n")
	write(t, root, "exercises/01-echo/main.go", "package main\n\nfunc main() {}\n")
	write(t, root, "exercises/01-echo/hidden/hidden_test.go", hidden)
	lab := os.DirFS(filepath.Join("..", "..", ".."))
	for _, pattern := range []string{"go.mod", "go.sum", "autograder/internal/sandbox/initproc/*.go", "autograder/internal/sandbox/control/*.go",
		"autograder/internal/kernel/*.go"} {
		names, err := fs.Glob(lab, pattern)
		require.NoError(t, err)
		for _, name := range names {
			content, err := fs.ReadFile(lab, name)
			require.NoError(t, err)
			write(t, root, name, string(content))
		}
	}
	return root, class
}

const echoes = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(os.Args[1]) }\n"

// submit fills a class: a few good and wrong programs, and many that no compiler has to see, for several batches.
func submit(t *testing.T, class string) {
	t.Helper()
	for i := range 70 {
		program := fmt.Sprintf("package main // %d\n\nimport \"no/such/package\"\n", i)
		switch i % 10 {
		case 0:
			program = echoes
		case 1:
			program = strings.Replace(echoes, "os.Args[1]", `"no"`, 1)
		}
		write(t, class, fmt.Sprintf("student%02d/01-echo/main.go", i), program)
	}
	write(t, class, "broken.zip", "no archive")
	write(t, class, "notes.txt", "no submission")
	write(t, class, ".hidden/x", "")
	write(t, class, "roster.csv", "\ufeffSection,ID,E-Mail,Name,Group\nA,student00,s0@x.org,Zero,red\nB,absent,a@x.org,Absent,blue\n")
}

var times = regexp.MustCompile(`"(submitted|graded)":"[^"]*"|"duration_ms":\d+`)

// withoutTimes are the results in a folder, times aside.
func withoutTimes(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, resultsName))
	require.NoError(t, err)
	return times.ReplaceAllString(string(text), "")
}

// killedAt kills a grader after a while, and reports whether it has not ended before.
func killedAt(t *testing.T, grader *exec.Cmd, moment time.Duration) bool {
	t.Helper()
	require.NoError(t, grader.Start())
	ended := make(chan error, 1)
	go func() { ended <- grader.Wait() }()
	select {
	case <-time.After(moment): // nothing is concluded from it: the moment is what is random here
		_ = grader.Process.Kill() // or it has just ended
		return <-ended != nil
	case err := <-ended:
		require.NoError(t, err)
		return false
	}
}

// wholeLines are the results in a folder but for a line that was cut off; none where there is no such folder yet.
func wholeLines(dir string) string {
	text, _ := os.ReadFile(filepath.Join(dir, resultsName))
	return string(text[:bytes.LastIndexByte(text, '\n')+1])
}

func TestKilledAtAnyMomentAndShardedAClassHasTheSameResults(t *testing.T) {
	root, dir := smallLab(t)
	submit(t, dir)
	results := t.TempDir()
	options := Options{Grade: grade.Options{Root: root, Seed: 7}, Dir: dir, Out: filepath.Join(results, "whole")}
	outcome, err := gradeQuietly(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, Outcome{Graded: 71, Incomplete: []string{"broken"}, Skipped: 1}, outcome)
	whole := withoutTimes(t, options.Out)

	again, err := gradeQuietly(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, 0, again.Graded, "nothing is repeated")
	assert.Equal(t, whole, withoutTimes(t, options.Out))

	class, err := Read(options.Out, latest)
	require.NoError(t, err)
	require.Len(t, class.Students, 72)
	assert.Equal(t, "absent", class.Students[0].ID)
	assert.Equal(t, grade.NotSubmitted, class.Students[0].Result.Exercises[0].Status)
	zero := class.Students[2]
	assert.Equal(t, []any{"student00", "Zero", "s0@x.org", "A", 10}, []any{zero.ID, zero.Name, zero.Email, zero.Section, zero.Result.Score})
	assert.Equal(t, 0, class.Students[3].Result.Score)
	assert.Contains(t, class.Strangers, "student01")
	doubled, err := Read(options.Out, func(submissions []Record) (grade.Result, error) {
		result := submissions[0].Result
		result.MaxScore *= 2
		return result, nil
	})
	require.NoError(t, err)
	for _, student := range doubled.Students {
		assert.Equal(t, 20, student.Result.MaxScore, "%s, who may have handed in nothing, is measured as all others", student.ID)
	}

	began := time.Now()
	fresh := Options{Grade: options.Grade, Dir: dir, Out: filepath.Join(results, "timed")}
	require.NoError(t, grader(t, fresh).Run())
	took := time.Since(began)
	for killed, story := 0, 0; killed < *kills; story++ {
		fresh.Out = filepath.Join(results, fmt.Sprintf("killed-%d", story))
		var kept string
		for killed < *kills && killedAt(t, grader(t, fresh), rand.N(took)) {
			killed++
			text := wholeLines(fresh.Out)
			require.True(t, strings.HasPrefix(text, kept), "a killed grader has lost or repeated what was finished")
			kept = text
		}
		if file, err := os.OpenFile(filepath.Join(fresh.Out, resultsName), os.O_APPEND|os.O_WRONLY, 0); err == nil {
			_, _ = file.WriteString(`{"id":"stud`) // a line that was cut off
			_ = file.Close()
		}
		require.NoError(t, grader(t, fresh).Run())
		assert.Equal(t, whole, withoutTimes(t, fresh.Out))
		assert.True(t, strings.HasPrefix(wholeLines(fresh.Out), kept), "what was finished is as it was, its times included")
	}

	for _, of := range []int{1, 2, 5} {
		var shards []string
		for number := range of {
			shard := Options{Grade: options.Grade, Dir: dir, Shard: Shard{number + 1, of}}
			shard.Out = filepath.Join(results, fmt.Sprintf("shard-%d-of-%d", number+1, of))
			require.NoError(t, grader(t, shard).Run())
			shards = append(shards, shard.Out)
		}
		merged := filepath.Join(results, fmt.Sprintf("merged-%d", of))
		if of > 1 {
			_, err := Merge(merged, shards[1:])
			require.ErrorContains(t, err, fmt.Sprintf("shard 1/%d", of))
		}
		_, err := Merge(merged, shards)
		require.NoError(t, err)
		seeds := regexp.MustCompile(`"seed":\d+`)
		assert.Equal(t, seeds.ReplaceAllString(whole, ""), seeds.ReplaceAllString(withoutTimes(t, merged), ""))
	}

	write(t, dir, "student01/01-echo/main.go", echoes)
	options.Changed = true
	changed, err := gradeQuietly(t.Context(), options)
	require.NoError(t, err)
	assert.Equal(t, 1, changed.Graded)
	class, err = Read(options.Out, latest)
	require.NoError(t, err)
	assert.Equal(t, 10, class.Students[3].Result.Score)
}

// latest chooses the submission of one student that was made last.
func latest(submissions []Record) (grade.Result, error) {
	last := slices.MaxFunc(submissions, func(a, b Record) int { return a.Submitted.Compare(b.Submitted) })
	return last.Result, nil
}
