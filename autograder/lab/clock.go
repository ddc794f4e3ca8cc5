package lab

import (
	"fmt"
	"time"
)

// tick is what a clock may be wrong by: some systems count time in steps of many milliseconds.
const tick = 20 * time.Millisecond

// WantNotBefore is Want for what must not arrive before a certain time. How much later it arrives decides nothing, since that
// depends on the machine.
func (c *Conn) WantNotBefore(due time.Time, want string) {
	c.p.s.t.Helper()
	c.Want(want)
	if early := time.Until(due); early > tick {
		c.p.s.fail(failure{
			who:      c.name,
			message:  fmt.Sprintf("%s received %q too early, by %v", c.name, want, early.Round(time.Millisecond)),
			expected: "no answer before its time",
			actual:   fmt.Sprintf("an answer %v before it", early.Round(time.Millisecond)),
		})
	}
}
