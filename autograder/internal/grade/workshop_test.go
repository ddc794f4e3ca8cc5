package grade

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestACompilerThatDiesOfALimitIsToldFromOneThatFindsAnError(t *testing.T) {
	for _, died := range []string{
		"go build submission/s_1: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed",
		"fatal error: runtime: out of memory",
		"fatal error: runtime: cannot map pages in arena address space",
		"SIGSEGV: segmentation violation",
	} {
		assert.True(t, outgrown([]string{"s_1/main.go:3:2: declared and not used: x", died}), died)
	}
	for _, found := range []string{
		`s_1/main.go:7:2: undefined: fatal`,
		`s_1/main.go:9:1: syntax error: unexpected "fatal error: out of memory"`,
		"main.main: relocation target main.helper not defined",
	} {
		assert.False(t, outgrown([]string{found}), found)
	}
}
