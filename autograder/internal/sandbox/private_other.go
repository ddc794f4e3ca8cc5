//go:build !linux

package sandbox

// New needs Linux namespaces.
func New(string) (Sandbox, error) { return nil, ErrUnsupported }
