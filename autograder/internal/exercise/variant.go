package exercise

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Variant is a program beside the reference solution: a wrong one that a hidden test has to kill, or a right one that has to
// score full marks.
type Variant struct {
	Name string // "serves-once", the file's name without .txt
	File string // the file's path, for messages
	// About says in prose what is wrong with it, or how it differs.
	About string
	// KilledBy is the hidden test that a wrong program must fail; empty for a right one.
	KilledBy string
	// Files holds the whole program, by the names of its files.
	Files map[string][]byte
}

var (
	killedBy    = regexp.MustCompile(`(?m)^killed by (Test\w+)\n`)
	programFile = regexp.MustCompile(`^[a-z0-9][A-Za-z0-9_]*\.go$`) // the go command passes over others
)

// equivalents is the file in the folder of wrong programs that lists mechanical changes after which the solution is still right.
const equivalents = "equivalent.txt"

// Equivalents reads which mechanical changes of the solution make no difference that a client could see, with the reason: a line
// or more that name changes, as check -mutants prints them, and below them, indented, why.
func (e Exercise) Equivalents() (reasons map[string]string, err error) {
	name := filepath.Join(e.Dir, "wrong", equivalents)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the equivalent changes of %s: %w", e.ID, err)
	}
	reasons = map[string]string{}
	var changes []string // those that wait for their reason, or have just got the first line of it
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimRight(line, " \t\r")
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "":
		case trimmed == line:
			if _, again := reasons[line]; again {
				return nil, fmt.Errorf("%s:%d: this change is listed twice: keep one", name, i+1)
			}
			if len(changes) > 0 && reasons[changes[0]] != "" {
				changes = nil
			}
			changes, reasons[line] = append(changes, line), ""
		case len(changes) == 0:
			return nil, fmt.Errorf("%s:%d: a reason without a change above it: begin with a line that is not indented", name, i+1)
		default:
			for _, change := range changes {
				reasons[change] = strings.TrimSpace(reasons[change] + " " + trimmed)
			}
		}
	}
	for change, reason := range reasons {
		if reason == "" {
			return nil, fmt.Errorf("%s: no reason stands below %q: write, indented, why nobody can see the difference", name, change)
		}
	}
	return reasons, nil
}

// Wrong reads the wrong programs of an exercise; solution holds the files that their edits apply to.
func (e Exercise) Wrong(solution map[string][]byte) ([]Variant, error) {
	variants, err := e.variants("wrong", solution)
	if err != nil {
		return nil, err
	}
	for _, v := range variants {
		if v.KilledBy == "" {
			return nil, fmt.Errorf("%s does not say which test kills it: write a line `killed by TestName` above the first `--`", v.File)
		}
		if !slices.ContainsFunc(e.Tests, func(t Test) bool { return t.Name == v.KilledBy }) {
			return nil, fmt.Errorf("%s is killed by %s, which is no hidden test of %s", v.File, v.KilledBy, e.ID)
		}
	}
	return variants, nil
}

// Right reads the right programs of an exercise other than the solution.
func (e Exercise) Right(solution map[string][]byte) ([]Variant, error) {
	variants, err := e.variants("right", solution)
	if err != nil {
		return nil, err
	}
	for _, v := range variants {
		if v.KilledBy != "" {
			return nil, fmt.Errorf("%s is killed by %s, and yet lies among the right programs", v.File, v.KilledBy)
		}
	}
	return variants, nil
}

func (e Exercise) variants(folder string, solution map[string][]byte) ([]Variant, error) {
	names, err := filepath.Glob(filepath.Join(e.Dir, folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var variants []Variant
	for _, name := range names {
		if filepath.Base(name) == equivalents {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the %s programs of %s: %w", folder, e.ID, err)
		}
		v, err := parseVariant(text, solution)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, given := range e.Given {
			if v.Files[given] == nil {
				v.Files[given] = solution[given] // a whole program need not repeat it
			}
		}
		v.Name, v.File = strings.TrimSuffix(filepath.Base(name), ".txt"), name
		variants = append(variants, v)
	}
	return variants, nil
}

// parseVariant reads a txtar archive: prose, then either the files of a whole program, or pairs of `old` and `new` that are
// applied to the solution one after the other.
func parseVariant(text []byte, solution map[string][]byte) (Variant, error) {
	archive := txtar.Parse(text)
	about := string(archive.Comment)
	v := Variant{Files: map[string][]byte{}}
	killers := killedBy.FindAllStringSubmatch(about, -1)
	if len(killers) > 0 {
		v.KilledBy = killers[0][1]
		about = killedBy.ReplaceAllString(about, "")
	}
	v.About = strings.Join(strings.Fields(about), " ")
	switch {
	case len(killers) > 1:
		return v, errors.New("it names more than one test that kills it: keep the one that asks for what is wrong")
	case v.About == "":
		return v, errors.New("it does not say what is special about this program: begin with a sentence")
	case len(archive.Files) == 0:
		return v, errors.New("it holds no program: write `-- old --` and `-- new --`, or `-- main.go --`")
	case archive.Files[0].Name != "old":
		for _, file := range archive.Files {
			if !programFile.MatchString(file.Name) || strings.HasSuffix(file.Name, "_test.go") {
				return v, fmt.Errorf("-- %s -- is no Go file of the program's folder", file.Name)
			}
			if v.Files[file.Name] != nil {
				return v, fmt.Errorf("-- %s -- comes twice: keep one", file.Name)
			}
			v.Files[file.Name] = file.Data
		}
		return v, v.differs(solution)
	}
	for name, content := range solution {
		v.Files[name] = content
	}
	for i := 0; i < len(archive.Files); i += 2 {
		if archive.Files[i].Name != "old" || i+1 == len(archive.Files) || archive.Files[i+1].Name != "new" {
			return v, errors.New("edits come in pairs: `-- old --`, then `-- new --`")
		}
		if err := v.edit(string(archive.Files[i].Data), string(archive.Files[i+1].Data)); err != nil {
			return v, err
		}
	}
	return v, v.differs(solution)
}

// differs refuses a program that is the solution after all: it would prove nothing.
func (v *Variant) differs(solution map[string][]byte) error {
	if maps.EqualFunc(v.Files, solution, bytes.Equal) {
		return errors.New("it is the same as the solution: change something")
	}
	return nil
}

// edit replaces old by new in the one file of the program that holds it once.
func (v *Variant) edit(old, replacement string) error {
	found, in := 0, ""
	for name, content := range v.Files {
		for at := range content { // places may overlap
			if bytes.HasPrefix(content[at:], []byte(old)) {
				found++
				in = name
			}
		}
	}
	if strings.TrimSpace(old) == "" || found != 1 {
		return fmt.Errorf("its `old` text is found %d times in the solution and has to be there once:\n%s", found, old)
	}
	v.Files[in] = []byte(strings.Replace(string(v.Files[in]), old, replacement, 1))
	return nil
}
