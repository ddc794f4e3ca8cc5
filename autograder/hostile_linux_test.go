package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/kernel"
)

// attack is one folder below testdata/hostile: a submission of exercise 1 that wants something else. Its attack.txt says, a
// line each, in `name: value`:
//
//	tries, defence, seen   what it tries, what stops it, and how that is observed; the table in SECURITY.md is made of them
//	want                   a pattern that some text of the JSON report has to match
//	setup                  what no repository can hold: symlink, hardlink, fifo, sparse, name; then the file and its argument
//	env                    what the grader's own environment holds
//	arch                   the only processor that it is written for
//	kill                   the grader is killed when the program runs
type attack struct {
	name   string
	fields map[string][]string
}

const hostileDir = "testdata/hostile"

func readAttacks(t *testing.T) []attack {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(hostileDir, "*", "attack.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []attack
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		a := attack{name: filepath.Base(filepath.Dir(file)), fields: map[string][]string{}}
		for line := range strings.Lines(string(content)) {
			name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			require.True(t, ok, "%s: %q", file, line)
			require.Contains(t, []string{"tries", "defence", "seen", "want", "setup", "env", "arch", "kill"}, name, file)
			a.fields[name] = append(a.fields[name], value)
		}
		for _, field := range []string{"tries", "defence", "seen"} {
			require.Len(t, a.fields[field], 1, "%s: %s", file, field)
		}
		all = append(all, a)
	}
	return all
}

// bait is what an attack is after. Each piece is really there, and can be had from outside.
type bait struct {
	root, secret, other, solution string
	tool                          string // a program that leaves a trace when it is run
	listener                      net.Listener
	abstract                      net.Listener
	visitors                      atomic.Int64
}

const canary = "CANARY-4711-do-not-leak"

func setBait(t *testing.T) *bait {
	t.Helper()
	root, err := labRoot()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	b := &bait{root: root, secret: filepath.Join(dir, "secret"), other: filepath.Join(dir, "bob", "01-echo-server", "main.go"),
		solution: filepath.Join(dir, "solution.go"), tool: filepath.Join(dir, "tool")}
	require.NoError(t, os.MkdirAll(filepath.Dir(b.other), 0o755))
	for _, file := range []string{b.secret, b.other} {
		require.NoError(t, os.WriteFile(file, []byte(canary), 0o644))
	}
	solution, err := os.ReadFile(filepath.Join(root, "solutions", "01-echo-server", "main.go"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.solution, solution, 0o644))
	require.NoError(t, os.WriteFile(b.tool, []byte("#!/bin/sh\n: > "+b.tool+".ran\nexec \"$@\"\n"), 0o755))
	require.NoError(t, exec.Command(b.tool, "true").Run())
	require.NoError(t, os.Remove(b.tool+".ran"), "the tool leaves a trace")
	b.listener, err = net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	b.abstract, err = net.Listen("unix", fmt.Sprintf("@tcplab-bait-%d", os.Getpid()))
	require.NoError(t, err)
	for _, l := range []net.Listener{b.listener, b.abstract} {
		t.Cleanup(func() { _ = l.Close() })
		go b.count(l)
	}
	b.untouched(t)
	return b
}

func (b *bait) count(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		b.visitors.Add(1)
		_, _ = io.WriteString(conn, canary)
		_ = conn.Close()
	}
}

// untouched asserts that the bait is there, and that nobody but this test has taken of it.
func (b *bait) untouched(t *testing.T) {
	t.Helper()
	for _, file := range []string{b.secret, b.other} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, canary, string(content))
	}
	assert.Zero(t, b.visitors.Load(), "a program has reached a server of the machine")
	for _, l := range []net.Listener{b.listener, b.abstract} {
		conn, err := net.Dial(l.Addr().Network(), l.Addr().String())
		require.NoError(t, err)
		heard, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, canary, string(heard))
		require.NoError(t, conn.Close())
	}
	b.visitors.Store(0)
	assert.NoFileExists(t, b.tool+".ran")
}

// scene is one attack set up: its submission, and a temporary folder of the grader's own.
type scene struct {
	attack     attack
	dir        string // all of it
	submission string
	temp       string
	secret     string
	mark       string // a path that the attack names, and that must not come to be
	replace    *strings.Replacer
}

func (b *bait) setUp(t *testing.T, a attack) *scene {
	t.Helper()
	dir := t.TempDir()
	s := &scene{attack: a, dir: dir, secret: b.secret, submission: filepath.Join(dir, "submission"), temp: filepath.Join(dir, "temp"), mark: filepath.Join(dir, "mark")}
	_, port, err := net.SplitHostPort(b.listener.Addr().String())
	require.NoError(t, err)
	folder := filepath.Join(s.submission, "01-echo-server")
	s.replace = strings.NewReplacer(
		"@LAB@", b.root, "@SECRET@", b.secret, "@OTHER@", b.other, "@SOLUTION@", filepath.Join(b.root, "solutions", "01-echo-server", "main.go"),
		"@SOLUTIONCOPY@", b.solution, "@HIDDEN@", filepath.Join(b.root, "exercises", "01-echo-server", "hidden", "hidden_test.go"),
		"@PORT@", port, "@ABSTRACT@", b.abstract.Addr().String(), "@MARK@", s.mark, "@TOOL@", b.tool, "@DIR@", folder,
		"TESTER_PID", strconv.Itoa(os.Getpid()))
	require.NoError(t, os.MkdirAll(s.temp, 0o700))
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(hostileDir, a.name))))
	require.NoError(t, os.Remove(filepath.Join(folder, "attack.txt")))
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(s.replace.Replace(string(content))), 0o644)
	}))
	report, err := os.ReadFile(filepath.Join(hostileDir, "report.go"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "report.go"), report, 0o644))
	for _, line := range a.fields["setup"] {
		fields := strings.Fields(s.replace.Replace(line))
		prepareFile(t, filepath.Join(folder, fields[1]), fields[0], fields[2:])
	}
	return s
}

func prepareFile(t *testing.T, file, kind string, args []string) {
	t.Helper()
	switch kind {
	case "symlink":
		require.NoError(t, os.Symlink(args[0], file))
	case "hardlink":
		require.NoError(t, os.Link(args[0], file))
	case "fifo":
		require.NoError(t, syscall.Mkfifo(file, 0o644))
	case "sparse":
		require.NoError(t, os.WriteFile(file, []byte("package main\n"), 0o644))
		require.NoError(t, os.Truncate(file, 6<<30))
	case "name":
		name, err := strconv.Unquote(`"` + strings.ReplaceAll(filepath.Base(file), `\m`, `\\m`) + `"`)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte("package main\n"), 0o644))
	default:
		require.Fail(t, "unknown setup", kind)
	}
}

// grader is the command that grades the scene.
func (s *scene) grader(t *testing.T, format string) *exec.Cmd {
	command := exec.CommandContext(t.Context(), "autograder", "grade", "-submission", s.submission, "-ex", "1", "-format", format)
	command.Env = append(os.Environ(), "TMPDIR="+s.temp, "SECRET="+canary)
	open, err := os.Open(s.secret) // a descriptor that the shell has left open, as some do
	require.NoError(t, err)
	t.Cleanup(func() { _ = open.Close() })
	command.ExtraFiles = []*os.File{open}
	for _, entry := range s.attack.fields["env"] {
		command.Env = append(command.Env, s.replace.Replace(entry))
	}
	return command
}

// longestAttack is how long grading one attack may take. The tests of the exercise that need nothing give up after seconds.
const longestAttack = 2 * time.Minute

// TestHostileSubmissionsScoreNothingAndLeaveNothing grades the whole corpus.
func TestHostileSubmissionsScoreNothingAndLeaveNothing(t *testing.T) {
	if report, _ := exec.Command("autograder", "doctor").Output(); !strings.Contains(string(report), "level L3:") {
		t.Skipf("the corpus is for level L3, which this machine does not have, so nothing of it was tried:\n%s", report)
	}
	b := setBait(t)
	mounts, groups := mountsSeen(t), cgroupsHere()
	// Whatever outlives the grader that has started it, in whatever namespace, becomes a child of this process.
	require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)) }()
	for _, a := range readAttacks(t) {
		t.Run(a.name, func(t *testing.T) {
			if arch := a.fields["arch"]; len(arch) > 0 && arch[0] != runtime.GOARCH {
				t.Skip("it is written for " + arch[0])
			}
			s := b.setUp(t, a)
			if len(a.fields["kill"]) > 0 {
				s.killGrader(t)
			} else {
				s.gradeIt(t)
			}
			require.Eventually(t, func() bool { return len(processesOf(s.dir)) == 0 }, 10*time.Second, 10*time.Millisecond,
				"still running: %v", processesOf(s.dir))
			assert.NoFileExists(t, s.mark)
			b.untouched(t)
		})
	}
	assert.Equal(t, mounts, mountsSeen(t), "mounts")
	assert.Eventually(t, nobodyIsLeft, 20*time.Second, 100*time.Millisecond, "processes, and the namespaces that they are in")
	assert.Equal(t, groups, cgroupsHere(), "control groups")
}

// gradeIt grades the scene and wants it to score nothing.
func (s *scene) gradeIt(t *testing.T) {
	t.Helper()
	began := time.Now()
	command := s.grader(t, "json")
	var stderr strings.Builder
	command.Stderr = &stderr
	report, err := command.Output()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "full marks")
	require.Equal(t, statusLost, exit.ExitCode(), "the result is complete, and marks are lost: %s\n%s", stderr.String(), report)
	assert.Less(t, time.Since(began), longestAttack)
	var result grade.Result
	require.NoError(t, json.Unmarshal(report, &result))
	assert.Zero(t, result.Score, "%s", report)
	assert.True(t, result.Complete)
	texts := s.texts(result)
	for _, pattern := range s.attack.fields["want"] {
		assert.Regexp(t, regexp.MustCompile("(?s)"+s.replace.Replace(pattern)), texts)
	}
	assert.NotContains(t, texts, ": DONE", "an attempt has succeeded")
	for _, output := range []string{string(report), stderr.String()} {
		assert.NotContains(t, output, canary)
		wantHarmless(t, output)
	}
	left, err := filepath.Glob(filepath.Join(s.temp, "*", "run-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// texts is all that a report says, one text a line.
func (s *scene) texts(result grade.Result) string {
	var all []string
	for _, ex := range result.Exercises {
		all = append(all, ex.Message)
		for _, test := range ex.Tests {
			all = append(all, test.Message, test.Meaning, test.Actual)
		}
	}
	return strings.Join(all, "\n")
}

// wantHarmless wants no byte in an output that a terminal or a log would act on.
func wantHarmless(t *testing.T, output string) {
	t.Helper()
	for line := range strings.Lines(output) {
		assert.False(t, strings.HasPrefix(line, "::") || strings.HasPrefix(line, "##["), "a command for a log: %q", line)
		for _, r := range strings.TrimSuffix(line, "\n") {
			if r < ' ' && r != '\t' && r != '\r' || r >= 0x7f && r < 0xa0 || r == '\u202e' {
				assert.Fail(t, "a control character", "%q in %q", r, line)
				return
			}
		}
	}
}

// killGrader kills the grader while the attack runs.
func (s *scene) killGrader(t *testing.T) {
	t.Helper()
	command := s.grader(t, "text")
	require.NoError(t, command.Start())
	running := func() bool {
		for _, process := range processesOf(s.mark) {
			if strings.Contains(process, "program") || strings.Contains(process, s.mark) {
				return true
			}
		}
		return false
	}
	require.Eventually(t, running, time.Minute, time.Millisecond, "the attack never began")
	require.NoError(t, command.Process.Kill())
	_ = command.Wait() // it was killed, and says so
}

// TestTheTableOfAttacksIsThatOfTheCorpus keeps SECURITY.md true; with -update it writes the table anew.
func TestTheTableOfAttacksIsThatOfTheCorpus(t *testing.T) {
	const file, begin, end = "../SECURITY.md", "<!-- attacks -->\n", "<!-- end of attacks -->\n"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	var table strings.Builder
	table.WriteString("| attack | tries | defence | how it is seen to fail |\n|---|---|---|---|\n")
	for _, a := range readAttacks(t) {
		fmt.Fprintf(&table, "| [%s](autograder/%s/%[1]s) | %[3]s | %[4]s | %[5]s |\n", a.name, hostileDir,
			a.fields["tries"][0], a.fields["defence"][0], a.fields["seen"][0])
	}
	want := before + begin + table.String() + end + after
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	assert.Equal(t, want, string(text), "go test ./autograder -run Attacks -update rewrites it")
}

// nobodyIsLeft buries the dead, and reports whether this process has no descendant then.
func nobodyIsLeft() bool {
	for {
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != nil || pid == 0 {
			return len(kernel.Descendants(os.Getpid())) == 0
		}
	}
}

// cgroupsHere are the control groups below those that this process is in.
func cgroupsHere() []string {
	var all []string
	own, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(own)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 || fields[2] == "/" {
			continue // others make groups at the top
		}
		_ = filepath.WalkDir(filepath.Join("/sys/fs/cgroup", fields[1], fields[2]), func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				all = append(all, path)
			}
			return nil
		})
	}
	return all
}
