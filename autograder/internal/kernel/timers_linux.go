package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// timerOff is what proc(5) shows, in the fdinfo of a timer of timerfd_create(2), while the timer does not run.
const timerOff = "it_value: (0, 0)\n"

// TimerSet reports whether a process that the last Look has seen has a timer of timerfd_create(2) that runs. No call of a thread
// shows it: to the thread that waits for it, the timer is a descriptor like any other.
func (o *Observer) TimerSet() bool {
	for pid := range o.processes {
		process := fmt.Sprintf("/proc/%d", Living(pid))
		names, _ := namesIn(process + "/fd") // of a process that has ended there are none
		for _, name := range names {
			if target, _ := os.Readlink(filepath.Join(process, "fd", name)); target != "anon_inode:[timerfd]" {
				continue
			}
			if info, err := readProc(filepath.Join(process, "fdinfo", name)); err == nil && !strings.Contains(string(info), timerOff) {
				return true
			}
		}
	}
	return false
}
