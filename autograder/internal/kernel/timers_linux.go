package kernel

import "strings"

// timerOff is what proc(5) shows, in the fdinfo of a timer of timerfd_create(2), while the timer does not run.
const timerOff = "it_value: (0, 0)\n"

// TimerSet reports whether a process that the last Look has seen has a timer of timerfd_create(2) that runs. No call of a thread
// shows it: to the thread that waits for it, the timer is a descriptor like any other.
func (o *Observer) TimerSet() bool {
	for pid := range o.processes {
		for _, info := range infosOf(pid, "anon_inode:[timerfd]") {
			if !strings.Contains(info, timerOff) {
				return true
			}
		}
	}
	return false
}
