//go:build !linux

package sandbox

import "os"

func (s *plain) Diagnostics() (int, error) { return -1, ErrUnsupported }

// sweep has nothing to do: only Linux guards programs.
func (s *plain) sweep() error { return nil }

func adopt() error { return nil }

// holder cannot tell: no system but Linux is asked.
func holder(int) string { return "another program holds it" }

// unread cannot tell; whoever cannot see a program's threads does not ask.
func unread(*os.File) int { return 0 }
