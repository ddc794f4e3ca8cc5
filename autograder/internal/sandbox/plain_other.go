//go:build !linux

package sandbox

func (s *plain) Diagnostics() (int, error) { return -1, ErrUnsupported }

// holder cannot tell: no system but Linux is asked.
func holder(int) string { return "another program holds it" }
