package similar

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"tcplab/autograder/internal/class"
	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// ReadClass reads the programs of these exercises from the folder of a class. Of several submissions of a student it reads the
// last. scratch is a folder for what is unpacked. The programs come by the exercises' IDs. What cannot be read is told one line
// each, and does not keep the others from being compared.
func ReadClass(dir, scratch string, exercises []exercise.Exercise) (programs map[string][]Program, problems []string, err error) {
	entries, problems, err := class.List(dir)
	if err != nil {
		return nil, nil, err
	}
	last := map[string]class.Entry{}
	for _, entry := range entries {
		if before, ok := last[entry.ID]; !ok || before.Submitted.Before(entry.Submitted) {
			last[entry.ID] = entry
		}
	}
	programs = map[string][]Program{}
	for i, student := range slices.Sorted(maps.Keys(last)) {
		sources, err := grade.Read(filepath.Join(dir, last[student].Name), filepath.Join(scratch, fmt.Sprint(i)), exercises, exercises)
		if err != nil {
			problems = append(problems, transcript.Line(err.Error(), 1000))
			continue
		}
		for _, source := range sources {
			files := map[string][]byte{}
			for name, text := range source.Files {
				if !slices.Contains(source.Exercise.Given, name) {
					files[name] = text
				}
			}
			if len(files) > 0 {
				id := source.Exercise.ID
				programs[id] = append(programs[id], Program{Student: student, Files: files})
			}
		}
		// what was read is in memory; a class of archives need not lie on the disk at once
		if err := os.RemoveAll(filepath.Join(scratch, fmt.Sprint(i))); err != nil {
			return nil, nil, err
		}
	}
	if len(programs) == 0 {
		return nil, problems, fmt.Errorf("%s holds no submission; name the folder in which each student has a folder or an archive", dir)
	}
	return programs, problems, nil
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// Known is what everybody was given for an exercise: its Go files, and the code that its README and the lectures show.
func Known(root string, ex exercise.Exercise) ([][]byte, error) {
	var known [][]byte
	add := func(file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if filepath.Ext(file) == ".go" {
			known = append(known, text)
			return nil
		}
		for _, block := range goBlock.FindAllSubmatch(text, -1) {
			known = append(known, block[1])
		}
		return nil
	}
	files, err := filepath.Glob(filepath.Join(ex.Dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range append(files, filepath.Join(ex.Dir, "README.md")) {
		if err := add(file); err != nil {
			return nil, err
		}
	}
	lectures := filepath.Join(root, "lectures")
	if _, err := os.Stat(lectures); err != nil {
		return known, nil // a course without lectures
	}
	return known, filepath.WalkDir(lectures, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(file) != ".go" && filepath.Ext(file) != ".md" {
			return err
		}
		return add(file)
	})
}
