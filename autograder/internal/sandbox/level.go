package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"tcplab/autograder/internal/sandbox/control"
)

// Level says how far the programs that run here are kept from everything else. SECURITY.md says what each level promises.
type Level int

// The levels. Each of them includes those below it.
const (
	L0 Level = iota // a process of the same user's, killed with its group in the end
	L1              // the same with Landlock, a deny list of system calls, and limits
	L2              // the same as a user of its own
	L3              // namespaces
)

// String is "L3".
func (l Level) String() string { return "L" + strconv.Itoa(int(l)) }

// ParseLevel reads "L3".
func ParseLevel(text string) (Level, error) {
	for _, level := range []Level{L0, L1, L2, L3} {
		if text == level.String() {
			return level, nil
		}
	}
	return L0, fmt.Errorf("%q is no level: there are L0, L1, L2 and L3", text)
}

// Probe finds out which level this machine has, and why it has none above it. It does not ask the system but does it: a program
// is started, listens, and is dialled; that a system call succeeds proves nothing yet.
func Probe(helper string) (Level, string) {
	box, err := New(helper)
	if err == nil {
		if err = talk(box, helper, anyPort); err == nil {
			return L3, ""
		}
	}
	why := err.Error()
	if runtime.GOOS != "linux" {
		return L0, "only Linux has what the levels above L0 are made of"
	}
	if output, err := exec.Command(helper, control.Detect).CombinedOutput(); err != nil {
		return L0, fmt.Sprintf("%s; %v: %s", why, err, output)
	}
	port, err := unusedPort()
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if box, err = NewPlain(ctx, port, helper); err == nil {
			err = talk(box, helper, port)
		}
	}
	switch {
	case err != nil:
		return L0, why + "; " + err.Error()
	case os.Getuid() == 0:
		return L2, why
	}
	return L1, why
}

const (
	anyPort  = 3232            // a sandbox of level L3 has all of them for itself
	patience = 5 * time.Second // for a program that does nothing but listen
)

func unusedPort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// talk starts a program in the sandbox, dials it, and closes the sandbox.
func talk(box Sandbox, helper string, port int) (err error) {
	defer func() {
		if closeErr := box.Close(); err == nil {
			err = closeErr
		}
	}()
	process, err := box.Start(Command{Path: helper, Args: []string{control.Listen, strconv.Itoa(port)}, Dir: "/"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := box.Dial(ctx, port, 0)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-process.Done():
			<-process.Stderr.Closed()
			exit, _ := process.Exit()
			return fmt.Errorf("a program that listens ended at once: %v: %s", exit, process.Stderr.String())
		case <-ctx.Done():
			return fmt.Errorf("a program that listens could not be reached: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
}

// programName is what a program is called inside: its path outside is none of its business.
const programName = "/program"

// firstUser is the first of the users that programs run as, when the tester is root. As root itself a program would be free
// of the limit on processes, whatever its namespace says (measured).
const (
	firstUser = 64_000
	users     = 1000
)

// guardedUser is one of the users that programs run as, chosen by a number; 0 where this process cannot choose.
func guardedUser(number int) int {
	if os.Getuid() != 0 {
		return 0
	}
	return firstUser + number%users
}

// ownFolder makes a folder that a guarded program may write to. It lies where every user can come to, and has the port in its
// name, of which there is one program at a time: so what a killed tester has left is found, and removed.
func ownFolder(user, port int) (string, error) {
	dir := filepath.Join("/tmp", fmt.Sprintf("tcplab-guarded-%d-%d", os.Getuid(), port))
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil && user != 0 {
		err = os.Chown(dir, user, user)
	}
	if err != nil {
		return "", fmt.Errorf("sandbox: %w", err)
	}
	return dir, nil
}
