//go:build !linux

package sandbox

// New needs Linux namespaces.
func New(string, ...Option) (Sandbox, error) { return nil, ErrUnsupported }
