//go:build !unix

package grade

import (
	"io/fs"
	"os"
)

const openFlags = os.O_RDONLY

// links is unknown here; such a system grades nobody but its owner.
func links(fs.FileInfo) uint64 { return 1 }
