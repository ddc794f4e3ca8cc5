//go:build !unix

package archive

import (
	"io/fs"
	"testing"
)

// requireMode has nothing to ask of a system whose files have no such modes.
func requireMode(testing.TB, fs.FileMode, fs.FileInfo) {}
