//go:build !linux

package bench

import (
	"context"
	"fmt"
	"io"
)

// Starts needs Linux, which has the sandboxes.
func Starts(_ context.Context, w io.Writer, _ string, _ int) error {
	_, err := fmt.Fprintln(w, "confined starts are measured on Linux only")
	return err
}
