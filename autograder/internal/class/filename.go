package class

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"tcplab/autograder/internal/report"
)

// longestName is how many bytes of a file's name an id makes: file systems allow 255 with the ending.
const longestName = 100

// reserved are the names that Windows gives to devices, whatever follows a dot in them
// (learn.microsoft.com/windows/win32/fileio/naming-a-file).
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// FileNames goes through students with a name for a file of each, which any file system takes, and which no other student has,
// not even where upper and lower case are the same.
func FileNames(students []report.Student) iter.Seq2[string, report.Student] {
	return func(yield func(string, report.Student) bool) {
		taken := map[string]bool{}
		for _, student := range students {
			name := fileName(student.ID)
			if taken[strings.ToLower(name)] || len(name) > longestName {
				name = fmt.Sprintf("%s-%x", name[:min(len(name), longestName)], sha256.Sum256([]byte(student.ID)))[:min(len(name), longestName)+17]
			}
			taken[strings.ToLower(name)] = true
			if !yield(name, student) {
				return
			}
		}
	}
}

// fileName writes what is neither a letter of ASCII, a digit nor one of a few marks as % and two hexadecimal digits a byte.
func fileName(id string) string {
	var b strings.Builder
	device := reserved.MatchString(id)
	for i := range len(id) {
		c := id[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_@+", c) >= 0 || i > 0 && strings.IndexByte(".-", c) >= 0
		if plain && !(device && i == 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
