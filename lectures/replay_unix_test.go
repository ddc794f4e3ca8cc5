//go:build unix

package lectures

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// patience is how long the next line of a terminal is waited for. It only says when to give up.
	patience = 20 * time.Second
	// patienceOfAuthors is the same with -update, when the lines that are waited for may never come.
	patienceOfAuthors = 3 * time.Second
	// silence is for how long nothing more must be shown, with -update, until it counts as nothing more.
	silence = 500 * time.Millisecond
)

// ownGroup makes a program the first of a process group, as a shell does, so that a signal reaches it with all that it starts.
var ownGroup = syscall.SysProcAttr{Setpgid: true}

// stage is where a session is replayed: its terminals, and all that they show, in the order in which it came.
type stage struct {
	dir       string // the folder that commands are run in
	build     func(pkg string) (path string, err error)
	terminals map[string]*terminal
	shown     chan entry
}

// terminal runs one program at a time.
type terminal struct {
	process     *exec.Cmd
	input       *os.File
	output      *os.File
	interrupted bool
	cut         bool          // Read has come to the end of the session, not of the program; it is watch that asks
	read        chan struct{} // closed when all has been read that is part of the session
	ended       chan struct{}
}

func newStage(dir string, build func(pkg string) (string, error)) *stage {
	// The channel holds more than any session shows, so that nobody waits for the replay to look.
	return &stage{dir: dir, build: build, terminals: map[string]*terminal{}, shown: make(chan entry, 1024)}
}

// do performs what a person does.
func (s *stage) do(e entry) error {
	if e.kind == remark {
		return nil
	}
	on := s.terminals[e.terminal]
	if e.kind == command {
		return s.start(e.terminal, on, e.text)
	}
	if on == nil {
		return fmt.Errorf("nothing has been started in terminal %s", e.terminal)
	}
	switch e.kind {
	case typed:
		_, err := io.WriteString(on.input, e.text+"\n")
		return err
	case inputEnds:
		return on.input.Close()
	default:
		// Like a terminal's Ctrl-C: for the program and for all that it has started.
		on.interrupted = true
		return syscall.Kill(-on.process.Process.Pid, syscall.SIGINT)
	}
}

func (s *stage) start(name string, before *terminal, text string) error {
	if before != nil {
		select {
		case <-before.ended:
		case <-time.After(patience):
			return fmt.Errorf("the program that was started before in terminal %s has not ended", name)
		}
	}
	pkg, args, err := program(text)
	if err != nil {
		return err
	}
	path, err := s.build(pkg)
	if err != nil {
		return err
	}
	theirInput, input, err := os.Pipe()
	if err != nil {
		return err
	}
	output, theirOutput, err := os.Pipe()
	if err != nil {
		return errors.Join(err, theirInput.Close(), input.Close())
	}
	on := &terminal{process: exec.Command(path, args...), input: input, output: output, read: make(chan struct{}), ended: make(chan struct{})}
	on.process.Dir = s.dir
	on.process.Stdin, on.process.Stdout, on.process.Stderr = theirInput, theirOutput, theirOutput
	on.process.SysProcAttr = &ownGroup
	err = on.process.Start()
	if err = errors.Join(err, theirInput.Close(), theirOutput.Close()); err != nil {
		return errors.Join(err, input.Close(), output.Close())
	}
	s.terminals[name] = on
	go s.watch(name, on)
	return nil
}

// watch tells what a program prints, and in the end what go run says of its ending, if that is part of the session.
func (s *stage) watch(name string, on *terminal) {
	defer close(on.ended)
	for lines := bufio.NewScanner(on); lines.Scan(); {
		s.shown <- entry{name, printed, strings.TrimRight(lines.Text(), " \r")}
	}
	close(on.read)
	err := on.process.Wait()
	_ = on.output.Close()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && !on.cut {
		s.shown <- entry{name, printed, exit.Error()}
	}
}

// Read reads what a program prints. When its deadline has passed the session is over: then all is read that is there already,
// which a file with a deadline would keep to itself, and nothing is waited for.
func (on *terminal) Read(p []byte) (n int, err error) {
	if n, err = on.output.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	pipe, err := on.output.SyscallConn()
	if err != nil {
		return 0, err
	}
	if e := pipe.Control(func(fd uintptr) { n, err = syscall.Read(int(fd), p) }); e != nil {
		return 0, e
	}
	if err == syscall.EAGAIN {
		on.cut = true
		return 0, io.EOF
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	return max(n, 0), err
}

// collect waits until the terminals have shown as much as they should, and returns that with all else that has been shown by
// then. With a pause, it also waits until nothing has been shown for as long as that.
func (s *stage) collect(expected []entry, patience, pause time.Duration) []entry {
	missing := map[string]int{}
	for _, e := range expected {
		missing[e.terminal]++
	}
	var shown []entry
	left := len(expected)
	for left > 0 {
		select {
		case e := <-s.shown:
			shown = append(shown, e)
			if missing[e.terminal] > 0 {
				missing[e.terminal]--
				left--
			}
		case <-time.After(patience):
			left = 0
		}
	}
	for {
		select {
		case e := <-s.shown:
			shown = append(shown, e)
			continue
		default:
		}
		if pause == 0 {
			return shown
		}
		select {
		case e := <-s.shown:
			shown = append(shown, e)
		case <-time.After(pause):
			return shown
		}
	}
}

// end ends what still runs, and returns what had been shown by then and was not collected. A program that was interrupted
// may take its time, and what it has to say then is part of the session. What the others say from now on is not: a client may
// get to tell of the death of its server. So all that they have said is read before the first of them is killed.
func (s *stage) end(patience time.Duration) ([]entry, error) {
	var running []*terminal
	for _, on := range s.terminals {
		if !on.interrupted {
			running = append(running, on)
		}
	}
	for _, on := range running {
		_ = on.output.SetReadDeadline(time.Now()) // fails if it has ended
	}
	for _, on := range running {
		<-on.read
	}
	for _, on := range running {
		on.signal(syscall.SIGKILL)
	}
	var late error
	for name, on := range s.terminals {
		select {
		case <-on.ended:
		case <-time.After(patience):
			late = fmt.Errorf("[%s] ^C: the program has not ended", name)
			on.signal(syscall.SIGKILL)
			<-on.ended
		}
		_ = on.input.Close() // ^D has closed it, perhaps
	}
	return s.collect(nil, 0, 0), late
}

// signal sends a signal to a program and to all that it has started, unless it has ended.
func (on *terminal) signal(signal syscall.Signal) {
	select {
	case <-on.ended:
	default:
		_ = syscall.Kill(-on.process.Process.Pid, signal) // it may have ended just now
	}
}

// replay does what a session says and returns what the terminals showed. It stops after the first turn that differs, except
// for authors, whose session may say nothing yet. That nothing else was shown is seen at the next turn, when the programs
// have done more than that: no pause proves it.
func (s *stage) replay(session []turn, author bool) (replayed []turn, err error) {
	patience, pause := patience, time.Duration(0)
	if author {
		patience, pause = patienceOfAuthors, silence
	}
	for _, expected := range session {
		got := turn{does: expected.does}
		if err = s.do(expected.does); err != nil {
			err = fmt.Errorf("%s: %w", expected.does, err)
			break
		}
		got.shows = s.collect(expected.shows, patience, pause)
		replayed = append(replayed, got)
		if !author && !sameTurn(got, expected) {
			break
		}
	}
	rest, late := s.end(patience)
	if last := len(replayed) - 1; last >= 0 {
		replayed[last].shows = append(replayed[last].shows, rest...)
	}
	return replayed, errors.Join(err, late)
}

// difference says in words where a replay is not what a page shows, or nothing.
func difference(replayed, session []turn) string {
	for i, got := range replayed {
		if !sameTurn(got, session[i]) {
			return fmt.Sprintf("after\n  %s\ncame\n  %s\ninstead of\n  %s", got.does,
				strings.Join(formatSession([]turn{got})[1:], "\n  "), strings.Join(formatSession([]turn{session[i]})[1:], "\n  "))
		}
	}
	return ""
}

// builder builds each program once. A page says go run, which builds as well, and takes its time at every start.
func builder(t *testing.T) func(pkg string) (string, error) {
	built := map[string]string{}
	dir := t.TempDir()
	return func(pkg string) (string, error) {
		if path, ok := built[pkg]; ok {
			return path, nil
		}
		path := filepath.Join(dir, strconv.Itoa(len(built)))
		build := exec.Command("go", "build", "-o", path, pkg)
		build.Dir = labRoot
		if output, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, output)
		}
		built[pkg] = path
		return path, nil
	}
}

// Every session is what really happens when somebody types what it says into so many terminals.
func TestTheOutputThatIsShownIsThatOfARealRun(t *testing.T) {
	// What a session shows depends on files that only the go command reads. Unless this process has looked at them, too, an
	// earlier success would be taken for this one.
	for _, dir := range []string{".", filepath.Join(labRoot, "autograder")} {
		for _, file := range goFiles(t, dir) {
			_, err := os.Stat(file)
			require.NoError(t, err)
		}
	}
	build := builder(t)
	for _, p := range lecturePages(t) {
		rewritten := map[int][]string{}
		for i, b := range p.blocks {
			if !strings.HasPrefix(b.info, "console") {
				continue
			}
			where := fmt.Sprintf("%s:%d", p.path, b.first)
			if !assert.Equal(t, sessionInfo, b.info, "%s: output comes from a real run; write ```%s", where, sessionInfo) {
				continue
			}
			session, err := parseSession(p.content(b))
			if !assert.NoError(t, err, where) {
				continue
			}
			replayed, err := newStage(labRoot, build).replay(session, *update)
			if !assert.NoError(t, err, where) {
				continue
			}
			wrong := difference(replayed, session)
			if *update && wrong != "" {
				rewritten[i] = formatSession(replayed)
			} else {
				assert.Empty(t, wrong, "%s; go test ./lectures -update writes what came", where)
			}
		}
		p.rewrite(t, rewritten)
	}
}

// speaker is a program for the tests of the replay: a shell, which is told what to do in what is typed.
func speaker(string) (string, error) { return exec.LookPath("sh") }

func replayLines(t *testing.T, author bool, lines ...string) (replayed []string, wrong string) {
	t.Helper()
	session, err := parseSession(lines)
	require.NoError(t, err)
	turns, err := newStage(t.TempDir(), speaker).replay(session, author)
	require.NoError(t, err)
	return formatSession(turns), difference(turns, session)
}

func TestASessionIsReplayed(t *testing.T) {
	lines := []string{
		"[alice] $ go run ./lectures/sh",
		"[bob] $ go run ./lectures/sh",
		"[alice] > echo one; echo two >&2",
		"[alice] one",
		"[alice] two",
		"[bob] # Bob is silent.",
		"[bob] ^D",
		"[bob] $ go run ./lectures/sh",
		"[bob] > exit 3",
		"[bob] exit status 3",
		"[alice] > echo ready; exec cat",
		"[alice] ready",
		"[alice] ^C",
		"[alice] signal: interrupt",
	}
	replayed, wrong := replayLines(t, false, lines...)
	assert.Empty(t, wrong)
	assert.Equal(t, lines, replayed)
}

func TestAReplayFindsOutputThatIsNotWhatIsShown(t *testing.T) {
	_, wrong := replayLines(t, false, "[a] $ go run ./lectures/sh", "[a] > echo two", "[a] one")
	assert.Equal(t, "after\n  [a] > echo two\ncame\n  [a] two\ninstead of\n  [a] one", wrong)
	_, wrong = replayLines(t, false, "[a] $ go run ./lectures/sh", "[a] > echo unexpected", "[a] > echo two", "[a] two")
	assert.Contains(t, wrong, "[a] unexpected")
}

func TestAReplayFindsWhatComesLaterThanItShould(t *testing.T) {
	_, wrong := replayLines(t, false,
		"[a] $ go run ./lectures/sh",
		"[b] $ go run ./lectures/sh",
		"[a] > mkfifo asked answered; echo ready",
		"[a] ready",
		"[a] > read x < asked; echo late; echo > answered",
		"[b] > echo > asked; read x < answered; echo two",
		"[b] two",
	)
	assert.Contains(t, wrong, "[a] late")
}

func TestTheEndOfASessionIsNoPartOfIt(t *testing.T) {
	_, wrong := replayLines(t, false,
		"[client] $ go run ./lectures/sh",
		"[client] > trap 'echo the input has ended' EXIT; echo ready",
		"[client] ready",
	)
	assert.Empty(t, wrong)
}

func TestWhatAClientSaysOfTheEndOfItsServerIsNoPartOfASession(t *testing.T) {
	for range 20 { // who is killed first is a matter of luck
		_, wrong := replayLines(t, false,
			"[server] $ go run ./lectures/sh",
			"[client] $ go run ./lectures/sh",
			"[server] > mkfifo connection; echo ready",
			"[server] ready",
			"[client] > exec 3< connection; echo connected; read line <&3; echo the server is gone",
			"[server] > exec 3> connection",
			"[client] connected",
		)
		assert.Empty(t, wrong)
	}
}

func TestAnAuthorGetsWhatCame(t *testing.T) {
	replayed, _ := replayLines(t, true, "[a] $ go run ./lectures/sh", "[a] > echo one", "[a] ...", "[a] > echo two", "[a] ^D")
	assert.Equal(t, []string{"[a] $ go run ./lectures/sh", "[a] > echo one", "[a] one", "[a] > echo two", "[a] two", "[a] ^D"}, replayed)
}
