package lectures

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// source is what a block is a copy of: `go server/main.go#accept` shows the region accept of server/main.go beside the page,
// and without #accept the whole file. Blocks of other languages stand for themselves, as long as they name no file.
func (b block) source() (file, region string, ok bool) {
	fields := strings.Fields(b.info)
	if len(fields) < 2 || fields[0] == "console" {
		return "", "", false
	}
	file, region, _ = strings.Cut(fields[1], "#")
	return file, region, true
}

// The markers of a region each have a line of their own.
const (
	regionBegins = "//region "
	regionEnds   = "//endregion "
)

// excerpt returns the lines of a region of a file, or all lines when region is empty: without the markers of regions, and
// without the indentation that all lines have.
func excerpt(content, region string) ([]string, error) {
	var lines []string
	var open []string
	seen := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSuffix(content, "\n"), "\n") {
		mark := strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(mark, regionBegins); ok {
			if seen[name] {
				return nil, fmt.Errorf("line %d: region %s is there twice", i+1, name)
			}
			seen[name], open = true, append(open, name)
			continue
		}
		if name, ok := strings.CutPrefix(mark, regionEnds); ok {
			at := slices.Index(open, name)
			if at < 0 {
				return nil, fmt.Errorf("line %d: region %s ends and has not begun", i+1, name)
			}
			open = slices.Delete(open, at, at+1)
			continue
		}
		if region != "" && !slices.Contains(open, region) {
			continue
		}
		// Where a marker stood between two empty lines, one of them is enough.
		if mark == "" && len(lines) > 0 && lines[len(lines)-1] == "" {
			continue
		}
		lines = append(lines, strings.TrimRight(line, " \t"))
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("region %s does not end: write %s%s", open[0], regionEnds, open[0])
	}
	if region != "" && !seen[region] {
		return nil, fmt.Errorf("there is no %s%s", regionBegins, region)
	}
	return dedent(lines), nil
}

// dedent takes empty lines from both ends, and the common indentation from every line.
func dedent(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	common, first := "", true
	for _, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		switch {
		case line == "":
		case first:
			common, first = indent, false
		default:
			for !strings.HasPrefix(indent, common) {
				common = common[:len(common)-1]
			}
		}
	}
	dedented := make([]string, len(lines))
	for i, line := range lines {
		dedented[i] = strings.TrimPrefix(line, common)
	}
	return dedented
}

// Every block that names a file shows what is in that file, and Go is shown in no other way: what a lecture shows is compiled
// and run.
func TestTheCodeThatIsShownIsTheCodeThatRuns(t *testing.T) {
	for _, p := range lecturePages(t) {
		rewritten := map[int][]string{}
		for i, b := range p.blocks {
			file, region, ok := b.source()
			if !ok {
				language, _, _ := strings.Cut(b.info, " ")
				assert.NotEqual(t, "go", language, "%s:%d: say which file this is from: ```go FOLDER/main.go#REGION", p.path, b.first)
				continue
			}
			content, err := os.ReadFile(path.Join(path.Dir(p.path), file))
			if !assert.NoError(t, err, "%s:%d", p.path, b.first) {
				continue
			}
			lines, err := excerpt(string(content), region)
			if !assert.NoError(t, err, "%s:%d: %s", p.path, b.first, file) {
				continue
			}
			if *update {
				rewritten[i] = lines
				continue
			}
			assert.Equal(t, strings.Join(lines, "\n"), strings.Join(p.content(b), "\n"),
				"%s:%d differs from %s; go test ./lectures -update rewrites it", p.path, b.first, b.info)
		}
		p.rewrite(t, rewritten)
	}
}

// The regions of each Go file are whole, shown or not; and each program has tests.
func TestEveryProgramOfALectureIsTested(t *testing.T) {
	tested := map[string]bool{}
	for _, file := range goFiles(t, ".") {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = excerpt(string(content), "")
		require.NoError(t, err, file)
		dir := path.Dir(file)
		tested[dir] = tested[dir] || strings.HasSuffix(file, "_test.go")
	}
	for dir, ok := range tested {
		assert.True(t, ok, "lectures/%s has no test: write main_test.go beside main.go", dir)
	}
}

// goFiles are the Go files below a folder.
func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(file, ".go") {
			files = append(files, filepath.ToSlash(file))
		}
		return err
	}))
	return files
}

func TestARegionIsTakenOutOfAFile(t *testing.T) {
	content := "package main\n\n//region all\n\n// main does it.\nfunc main() {\n\t//region loop\n\tfor {\n\t\tserve()\n\t}\n\n\t//endregion loop\n\n\tend()\n}\n//endregion all\n"
	for region, want := range map[string]string{
		"loop": "for {\n\tserve()\n}",
		"all":  "// main does it.\nfunc main() {\n\tfor {\n\t\tserve()\n\t}\n\n\tend()\n}",
		"":     "package main\n\n// main does it.\nfunc main() {\n\tfor {\n\t\tserve()\n\t}\n\n\tend()\n}",
	} {
		lines, err := excerpt(content, region)
		require.NoError(t, err)
		assert.Equal(t, want, strings.Join(lines, "\n"))
	}
}

func TestARegionThatIsNotWholeIsRefused(t *testing.T) {
	for content, want := range map[string]error{
		"//region a\nx\n":    errors.New("region a does not end: write //endregion a"),
		"x\n":                errors.New("there is no //region a"),
		"x\n//endregion a\n": errors.New("line 2: region a ends and has not begun"),
		"//region a\n//endregion a\n//region a\ny\n//endregion a\n": errors.New("line 3: region a is there twice"),
	} {
		_, err := excerpt(content, "a")
		assert.Equal(t, want, err)
	}
}
