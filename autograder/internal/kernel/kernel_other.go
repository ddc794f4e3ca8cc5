//go:build !linux

package kernel

import "net/netip"

// Diagnostics asks one network about its TCP sockets.
type Diagnostics struct{}

// NewDiagnostics needs Linux.
func NewDiagnostics(int) (*Diagnostics, error) { return nil, ErrUnsupported }

// Close does nothing.
func (*Diagnostics) Close() error { return nil }

// Listeners needs Linux.
func (*Diagnostics) Listeners() ([]Listener, error) { return nil, ErrUnsupported }

// Connection needs Linux.
func (*Diagnostics) Connection(_, _ netip.AddrPort) (Connection, bool, error) {
	return Connection{}, false, ErrUnsupported
}

// Observer looks at the threads of a program again and again.
type Observer struct{}

// NewObserver makes an Observer that sees nothing.
func NewObserver() *Observer { return &Observer{} }

// Close does nothing.
func (*Observer) Close() {}

// Look sees nothing; whoever has no Diagnostics does not ask.
func (*Observer) Look(int, ...int) Rest { return Rest{} }

// Asleep sees nothing.
func (*Observer) Asleep() bool { return false }

// TimerSet needs Linux.
func (*Observer) TimerSet() bool { return false }

// Descendants needs Linux.
func Descendants(int) []int { return nil }

// Children needs Linux.
func Children(int) []int { return nil }

// Zombies needs Linux.
func Zombies(int) []int { return nil }

// Holds needs Linux.
func Holds(int, uint32) bool { return false }

// Blocks needs Linux.
func Blocks(int, uint32) bool { return false }

// Held needs Linux.
func Held(int) (Usage, error) { return Usage{}, ErrUnsupported }

// OpenFiles needs Linux.
func OpenFiles(int) ([]string, error) { return nil, ErrUnsupported }

// Waits needs Linux.
func Waits(int) ([]Wait, error) { return nil, ErrUnsupported }

// HasEnvironment needs Linux.
func HasEnvironment(int, string) bool { return true }

// PeakMemory needs Linux.
func PeakMemory(int) (int64, error) { return 0, ErrUnsupported }

// Holder cannot tell.
func Holder(uint32) string { return "an unknown process" }

// Stop needs Linux.
func Stop(int) error { return ErrUnsupported }

// Stopped needs Linux.
func Stopped(int) bool { return true }

// Continue needs Linux.
func Continue(int) error { return ErrUnsupported }

// LeaveDescriptors needs Linux.
func LeaveDescriptors(int, int) (restore func() error, err error) { return nil, ErrUnsupported }

// Interrupt needs Linux.
func Interrupt(int) error { return ErrUnsupported }

// Terminate needs Linux.
func Terminate(int) error { return ErrUnsupported }

// Quit needs Linux.
func Quit(int) error { return ErrUnsupported }
