//go:build !linux

package sandbox

func (s *plain) Diagnostics() (int, error) { return -1, ErrUnsupported }
