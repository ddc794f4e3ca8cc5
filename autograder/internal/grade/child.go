package grade

import (
	"context"
	"io"
	"os/exec"
	"time"

	"tcplab/autograder/internal/transcript"
)

// stragglers is how long the output of a child that has ended may be held open by what it has left behind. A sandbox needs
// milliseconds to go; on a virtual machine that stood still, more than two seconds were seen.
const stragglers = 15 * time.Second

// child prepares a command that is killed with all that it starts when ctx is done.
func child(ctx context.Context, path string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, path, args...)
	command.SysProcAttr = childAttributes()
	command.Cancel = func() error { return killGroup(command) }
	command.WaitDelay = stragglers
	return command
}

// output keeps the beginning and the end of what is written to it.
type output struct {
	head, tail []byte
	dropped    bool
}

// outputHalf is how many bytes an output keeps of either end.
const outputHalf = 32 << 10

var _ io.Writer = (*output)(nil)

func (o *output) Write(data []byte) (int, error) {
	written := len(data)
	room := min(outputHalf-len(o.head), len(data))
	o.head = append(o.head, data[:room]...)
	o.tail = append(o.tail, data[room:]...)
	if len(o.tail) > 2*outputHalf {
		o.tail = append(o.tail[:0], o.end()...)
		o.dropped = true
	}
	return written, nil
}

func (o *output) end() []byte { return o.tail[max(0, len(o.tail)-outputHalf):] }

func (o *output) String() string {
	if o.dropped || len(o.tail) > outputHalf {
		return string(o.head) + "\n...\n" + string(o.end())
	}
	return string(o.head) + string(o.tail)
}

// quoted is the output as a message shows it.
func (o *output) quoted() string { return transcript.Quote([]byte(o.String()), 1500) }
