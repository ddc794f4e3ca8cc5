package grade

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/transcript"
)

// TestMain lets this binary be a hidden test: one that behaves as the name of its "program" says.
func TestMain(m *testing.M) {
	if behave, ok := hiddenTests[os.Getenv("TCPLAB_PROGRAM")]; ok {
		behave()
		return
	}
	os.Exit(m.Run())
}

var hiddenTests = map[string]func(){
	"passes":          func() { leave(transcript.Pass) },
	"fails":           func() { leave(transcript.Fail); os.Exit(1) },
	"skips":           func() { leave(transcript.Skipped) },
	"has a fault":     func() { leave(transcript.Error); os.Exit(1) },
	"passes, exits 1": func() { leave(transcript.Pass); os.Exit(1) },
	"fails, exits 0":  func() { leave(transcript.Fail) },
	"skips, exits 1":  func() { leave(transcript.Skipped); os.Exit(1) },
	"panics":          func() { panic("the hidden test is broken \x1b[31m") },
	"only prints":     func() { fmt.Println("--- PASS: TestA\nPASS\nok  \ttcplab\t0.1s") },
	"leaves two":      func() { leave(transcript.Pass); leave(transcript.Pass) },
	"leaves half":     func() { record().WriteString(`{"test":"TestA","status":"pass"`) },
	"is another test": func() {
		_ = transcript.WriteRecord(record(), transcript.Record{Test: "TestB", Status: transcript.Pass})
	},
	"hangs":            func() { fmt.Println("hanging"); <-time.After(time.Hour) }, // select {} alone is a deadlock, and an end
	"shows its world":  showWorld,
	"starves twice":    func() { starve(2) },
	"starves":          func() { starve(100) },
	"leaves a process": leaveAProcess,
	"waits":            func() { <-time.After(patientFrom); leave(transcript.Pass) },
	"computes":         computeInAChild,
}

func record() *os.File {
	number, err := strconv.Atoi(os.Getenv("TCPLAB_RECORD"))
	if err != nil {
		panic(err)
	}
	return os.NewFile(uintptr(number), "record")
}

var theRecord = record

func leave(status transcript.Status) {
	file := theRecord()
	theRecord = func() *os.File { return file } // a second os.File for one descriptor would close it when collected
	if err := transcript.WriteRecord(file, transcript.Record{Test: "TestA", Status: status, Message: "said so"}); err != nil {
		panic(err)
	}
}

// starve has a verdict for want of a processor the first so many times, a pass first. It counts in the
// folder that should hold the program's source.
func starve(times int) {
	counter := filepath.Join(os.Getenv("TCPLAB_SOURCE"), "starts")
	starts, _ := os.ReadFile(counter) // there is none at first
	if err := os.WriteFile(counter, append(starts, '.'), 0o600); err != nil {
		panic(err)
	}
	if len(starts) >= times {
		leave(transcript.Pass)
		return
	}
	status, exit := transcript.Fail, 1
	if len(starts) == 0 {
		status, exit = transcript.Pass, 0
	}
	_ = transcript.WriteRecord(theRecord(), transcript.Record{Test: "TestA", Status: status, Starved: true, Message: "too late"})
	os.Exit(exit)
}

func TestAVerdictThatMayBeTheMachinesIsNotTakenForGrantedAtOnce(t *testing.T) {
	for behaviour, want := range map[string]transcript.Status{"starves twice": transcript.Pass, "starves": transcript.Fail} {
		r, ex := fakeRunner(t)
		built := program{path: behaviour, source: t.TempDir()}
		got, _ := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, os.Args[0], built)
		assert.Equal(t, want, got.Status, behaviour)
		starts, err := os.ReadFile(filepath.Join(built.source, "starts"))
		require.NoError(t, err)
		assert.Len(t, starts, 3, behaviour)
	}
}

// showWorld leaves its environment, folder and arguments in the record.
func showWorld() {
	folder, _ := os.Getwd()
	world := append([]string{folder}, os.Args[1:]...)
	world = append(world, os.Environ()...)
	_ = transcript.WriteRecord(record(), transcript.Record{Test: "TestA", Status: transcript.Pass, Message: strings.Join(world, "\n")})
}

// leaveAProcess starts a process that holds the record's pipe and the output open for ever.
func leaveAProcess() {
	left := exec.Command(os.Args[0])
	left.Env = []string{"TCPLAB_PROGRAM=hangs"}
	left.Stdout, left.Stderr = os.Stdout, os.Stderr
	file := record()
	left.ExtraFiles = []*os.File{file}
	if err := left.Start(); err != nil {
		panic(err)
	}
	_ = transcript.WriteRecord(file, transcript.Record{Test: "TestA", Status: transcript.Pass, Message: strconv.Itoa(left.Process.Pid)})
}

// computeInAChild does nothing itself, and lets a child hash half a gibibyte.
func computeInAChild() {
	if len(os.Args) == 1 {
		hash := sha256.New()
		for range 512 {
			hash.Write(make([]byte, 1<<20))
		}
		return
	}
	child := exec.Command(os.Args[0])
	child.Env = []string{"TCPLAB_PROGRAM=computes"}
	if err := child.Run(); err != nil {
		panic(err)
	}
	leave(transcript.Pass)
}

func TestATestIsIdleWhileNeitherItNorWhatItHasStartedComputes(t *testing.T) {
	r, ex := fakeRunner(t)
	_, waits := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, os.Args[0], program{path: "waits"})
	assert.Greater(t, waits.Idle, patientFrom/2)
	_, computes := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, os.Args[0], program{path: "computes"})
	assert.Greater(t, computes.Wall-computes.Idle, 100*time.Millisecond)
}

func fakeRunner(t *testing.T) (*runner, exercise.Exercise) {
	t.Helper()
	ex := echo
	ex.Tested = t.TempDir()
	return &runner{scratch: t.TempDir(), init: "/the/init", seed: 42}, ex
}

func TestAVerdictNeedsTheRecordAndTheExitStatusToAgree(t *testing.T) {
	for behaviour, want := range map[string]struct {
		status  transcript.Status
		message string
	}{
		"passes":          {transcript.Pass, "said so"},
		"fails":           {transcript.Fail, "said so"},
		"skips":           {transcript.Skipped, "said so"},
		"has a fault":     {transcript.Error, "said so"},
		"passes, exits 1": {transcript.Error, "exit status 1, and its record says pass"},
		"fails, exits 0":  {transcript.Error, "exit status 0, and its record says fail"},
		"skips, exits 1":  {transcript.Error, "exit status 1, and its record says skipped"},
		"panics":          {transcript.Error, `"panic: the hidden test is broken`},
		"only prints":     {transcript.Error, "left no record"},
		"leaves two":      {transcript.Error, "more than one record"},
		"leaves half":     {transcript.Error, "cut off"},
		"is another test": {transcript.Error, "the record is that of TestB"},
	} {
		t.Run(behaviour, func(t *testing.T) {
			r, ex := fakeRunner(t)
			got, _ := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, os.Args[0], program{path: behaviour})
			assert.Equal(t, want.status, got.Status, got.Message)
			assert.Contains(t, got.Message, want.message)
			assert.NotContains(t, got.Message, "\x1b")
			assert.Equal(t, "TestA", got.Test)
			left, err := os.ReadDir(r.scratch)
			require.NoError(t, err)
			assert.Empty(t, left, "the test's temporary folder is removed")
		})
	}
}

func TestATestSeesNothingOfTheUsersEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows needs more variables")
	}
	t.Setenv("SECRET", "token")
	r, ex := fakeRunner(t)
	got, _ := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, os.Args[0], program{path: "shows its world"})
	require.Equal(t, transcript.Pass, got.Status, got.Message)
	world := strings.Split(got.Message, "\n")
	folder, err := filepath.EvalSymlinks(ex.Tested)
	require.NoError(t, err)
	seen, err := filepath.EvalSymlinks(world[0])
	require.NoError(t, err)
	assert.Equal(t, folder, seen)
	assert.Equal(t, []string{"-test.run=^TestA$", "-test.count=1", "-test.timeout=3m0s"}, world[1:4])
	var names []string
	for _, entry := range world[4:] {
		name, _, _ := strings.Cut(entry, "=")
		names = append(names, name)
	}
	assert.ElementsMatch(t, []string{"PATH", "HOME", "TMPDIR", "TCPLAB_PROGRAM", "TCPLAB_SOURCE", "TCPLAB_GIVEN", "TCPLAB_INIT", "TCPLAB_LEVEL", "TCPLAB_RECORD",
		"TCPLAB_SEED", "TCPLAB_PORT", "TCPLAB_RACE"}, names)
	for _, want := range []string{"TCPLAB_INIT=/the/init", "TCPLAB_RECORD=3", "TCPLAB_SEED=42", "TCPLAB_PORT=3232", "TCPLAB_RACE=false"} {
		assert.Contains(t, world, want)
	}
}

func TestWhatATestLeavesBehindIsKilledAndMakesItAnError(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no process groups")
	}
	t.Parallel() // it takes as long as stragglers are waited for
	r, ex := fakeRunner(t)
	got, _ := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, os.Args[0], program{path: "leaves a process"})
	assert.Equal(t, transcript.Error, got.Status)
	assert.Contains(t, got.Message, "the hidden test itself failed")
}

func TestAnInterruptionKillsTheTest(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	r, ex := fakeRunner(t)
	got, _ := r.run(ctx, ex, exercise.Test{Name: "TestA"}, os.Args[0], program{path: "hangs"})
	assert.Equal(t, transcript.Error, got.Status)
	assert.Less(t, time.Since(began), 20*time.Second)
}

func TestATestBinaryThatCannotBeRunIsTheGradersError(t *testing.T) {
	r, ex := fakeRunner(t)
	got, _ := r.run(t.Context(), ex, exercise.Test{Name: "TestA"}, filepath.Join(t.TempDir(), "missing"), program{path: "passes"})
	assert.Equal(t, transcript.Error, got.Status)
	assert.Contains(t, got.Message, "the hidden test could not be run")
}

func TestAnOutputKeepsItsBeginningAndItsEnd(t *testing.T) {
	var o output
	for i := range 30_000 {
		n, err := fmt.Fprintf(&o, "line %d\n", i)
		require.NoError(t, err)
		require.Positive(t, n)
	}
	text := o.String()
	assert.True(t, strings.HasPrefix(text, "line 0\nline 1\n"))
	assert.True(t, strings.HasSuffix(text, "line 29998\nline 29999\n"))
	assert.Contains(t, text, "\n...\n")
	assert.LessOrEqual(t, len(text), 2*outputHalf+5)
	var short output
	fmt.Fprint(&short, strings.Repeat("x", outputHalf+10))
	assert.Len(t, short.String(), outputHalf+10)
}
