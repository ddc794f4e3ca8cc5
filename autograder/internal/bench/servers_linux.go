package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"golang.org/x/sys/unix"
)

// contestant is a server that is measured.
type contestant struct {
	name    string
	command []string
	port    int
	greeted bool // it speaks first, and ends the conversation after one line
	limit   int  // of clients at a time; 0 for none
}

// trial is one kind of load.
type trial struct {
	name      string
	clients   int
	exchanges int  // of one conversation; 0 for connections that stay open
	count     int  // of what is counted
	greeted   bool // for servers that speak first
}

var trials = []trial{
	{"requests/s, 100 clients", 100, 0, 60_000, false},
	{"requests/s, 1000 clients", 1000, 0, 60_000, false},
	{"conversations/s, 64 at once", 64, 1, 4_000, false},
	{"conversations/s with a greeting, 64 at once", 64, 1, 4_000, true},
}

// firstRivalPort is where the servers listen whose port can be chosen.
const firstRivalPort = 4301

// maxProcesses is how many clients a server with a process for each gets: a thousand Go processes do not fit every machine.
const maxProcesses = 100

// Servers measures the solutions that serve many lines, and servers of other makes, under the same load. Each cell of the table
// gets a server of its own; the models take turns within a round, and server and load run on different processors.
func Servers(ctx context.Context, w io.Writer, root string, rounds int) error {
	dir, err := os.MkdirTemp("", "tcplab-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	contestants, err := prepareServers(ctx, w, root, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d processors, GOMAXPROCS=1 for servers, which run on processor 0; the load runs on processor %d\n", runtime.NumCPU(), runtime.NumCPU()-1)
	rates := map[string][]float64{}
	for round := range rounds + 1 {
		for _, trial := range trials {
			for _, c := range contestants {
				if !c.takes(trial) {
					continue
				}
				rate, err := c.measure(ctx, trial, round == 0)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, trial.name, err)
				}
				if round > 0 { // the first one warms up the machine
					rates[c.name+trial.name] = append(rates[c.name+trial.name], rate)
				}
			}
		}
		fmt.Fprintf(w, "round %d of %d\n", round, rounds)
	}
	return writeServers(w, contestants, rates)
}

func (c contestant) takes(t trial) bool {
	return (c.limit == 0 || t.clients <= c.limit) && c.greeted == t.greeted
}

// prepareServers builds what can be built, and says what is left out.
func prepareServers(ctx context.Context, w io.Writer, root, dir string) ([]contestant, error) {
	if _, err := run(ctx, root, "go", "build", "-o", dir+string(filepath.Separator), "./solutions/..."); err != nil {
		return nil, err
	}
	solution := func(name string, port int) contestant {
		return contestant{name: name, command: []string{filepath.Join(dir, name)}, port: port}
	}
	all := []contestant{
		solution("01-echo-server", 3232), solution("03-threaded-server", 3232), solution("04-line-sessions", 2323),
		solution("07-processes", 3490), solution("08-multiplexing", 9034), solution("09-callbacks", 9907),
	}
	all[0].greeted, all[1].greeted, all[3].limit = true, true, maxProcesses
	rivals := filepath.Join(root, "autograder", "testdata", "rivals")
	for i, rival := range []struct {
		name, needs string
		build, run  []string
		greets      bool // it can speak first, too
	}{
		{"C, epoll", "gcc", []string{"gcc", "-O2", "-o", filepath.Join(dir, "epoll"), "epoll.c"}, []string{filepath.Join(dir, "epoll")}, true},
		{"netpoll", "go", []string{"go", "build", "-C", "netpoll", "-o", filepath.Join(dir, "netpoll"), "."}, []string{filepath.Join(dir, "netpoll")}, true},
		{"Java, NIO", "javac", []string{"javac", "-d", dir, "Server.java"}, []string{"java", "-cp", dir, "Server"}, false},
		{"Node.js", "node", nil, []string{"node", filepath.Join(rivals, "server.js")}, false},
	} {
		if _, err := exec.LookPath(rival.needs); err != nil {
			fmt.Fprintf(w, "%s is left out: %s is not installed\n", rival.name, rival.needs)
			continue
		}
		if rival.build != nil {
			if _, err := run(ctx, rivals, rival.build[0], rival.build[1:]...); err != nil {
				fmt.Fprintf(w, "%s is left out: %v\n", rival.name, err)
				continue
			}
		}
		port := firstRivalPort + i
		listens := append(rival.run, fmt.Sprint(port))
		all = append(all, contestant{name: rival.name, command: listens, port: port})
		if rival.greets {
			all = append(all, contestant{name: rival.name, command: append(slices.Clip(listens), "greet"), port: port, greeted: true})
		}
	}
	return all, nil
}

// measure starts the server, puts it under load and returns how much it did in a second.
func (c contestant) measure(ctx context.Context, t trial, warm bool) (rate float64, err error) {
	if warm {
		t.count /= 10
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	command := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said strings.Builder
	command.Stderr = &said
	runtime.LockOSThread() // what is started inherits the processor of the thread that starts it
	defer runtime.UnlockOSThread()
	var everywhere unix.CPUSet
	if err := unix.SchedGetaffinity(0, &everywhere); err != nil {
		return 0, fmt.Errorf("sched_getaffinity: %w", err)
	}
	if err := onProcessor(0); err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	defer func() {
		cancel()
		_ = command.Wait() // it was killed
		if err != nil && said.Len() > 0 {
			err = fmt.Errorf("%w; it said: %s", err, said.String())
		}
	}()
	if err := onProcessor(runtime.NumCPU() - 1); err != nil {
		return 0, err
	}
	defer func() { _ = unix.SchedSetaffinity(0, &everywhere) }() // as it was before
	diagnostics, err := machineDiagnostics()
	if err == nil {
		err = awaitListener(ctx, diagnostics, c.port)
	}
	if err != nil {
		return 0, err
	}
	crowd := load{port: c.port, clients: t.clients, greeted: c.greeted, exchanges: t.exchanges}
	took, err := crowd.run(t.count)
	return float64(t.count) / took.Seconds(), err
}

func onProcessor(n int) error {
	var set unix.CPUSet
	set.Set(n)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("sched_setaffinity: %w", err)
	}
	return nil
}

func writeServers(w io.Writer, contestants []contestant, rates map[string][]float64) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, t := range trials {
		fmt.Fprintf(table, "%s\tmedian\tleast\tmost\tto C\tto Node.js\t\n", t.name)
		for _, c := range contestants {
			if !c.takes(t) {
				continue
			}
			own := rates[c.name+t.name]
			sorted := slices.Sorted(slices.Values(own))
			fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.0f\t%s\t%s\t\n", c.name, median(sorted), sorted[0], sorted[len(sorted)-1],
				ratio(own, rates["C, epoll"+t.name]), ratio(own, rates["Node.js"+t.name]))
		}
	}
	return table.Flush()
}

// ratio is the median of the ratios within each round.
func ratio(own, other []float64) string {
	if len(other) != len(own) {
		return "-"
	}
	var ratios []float64
	for i := range own {
		ratios = append(ratios, own[i]/other[i])
	}
	slices.Sort(ratios)
	return fmt.Sprintf("%.2f", median(ratios))
}
