// Package skeleton begins a new exercise. It is apart from what reads exercises, since its files are an exercise's hidden tests,
// wrong programs and solution, and are not for students.
package skeleton

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"tcplab/autograder/internal/exercise"
)

//go:embed *.tmpl *.txt
var files embed.FS

// places says where each file of the skeleton goes, below the lab's folder; %s is the exercise's ID.
var places = map[string]string{
	"README.md.tmpl":                      "exercises/%s/README.md",
	"main.go.tmpl":                        "exercises/%s/main.go",
	"main_test.go.tmpl":                   "exercises/%s/main_test.go",
	"hidden_test.go.tmpl":                 "exercises/%s/hidden/hidden_test.go",
	"wrong-keeps-the-connection-open.txt": "exercises/%s/wrong/keeps-the-connection-open.txt",
	"wrong-serves-once.txt":               "exercises/%s/wrong/serves-once.txt",
	"right-byte-by-byte.txt":              "exercises/%s/right/byte-by-byte.txt",
	"solution.go.tmpl":                    "solutions/%s/main.go",
}

// firstPort is added to an exercise's number for the port that its skeleton uses.
const firstPort = 9000

// Create writes the folders of a new exercise into the lab at root: an exercise that is complete and proven, for its author
// to change. slug is "11-chat-room", or "chat-room" for the next free number. Nothing that exists is changed.
func Create(root, slug string) (id string, written []string, err error) {
	exercises := filepath.Join(root, "exercises")
	all, err := exercise.All(exercises)
	if err != nil {
		return "", nil, err
	}
	id = slug
	if _, ok := exercise.NumberOf(id); !ok {
		next := 1
		if len(all) > 0 {
			next = all[len(all)-1].Number + 1
		}
		id = fmt.Sprintf("%02d-%s", next, slug)
	}
	number, ok := exercise.NumberOf(id)
	if !ok {
		return "", nil, fmt.Errorf("%q is no name for an exercise: write small letters, digits and hyphens, such as 11-chat-room", slug)
	}
	for _, known := range all {
		if known.Number == number {
			return "", nil, fmt.Errorf("number %d is taken by %s: choose another", number, known.Dir)
		}
	}
	words := strings.ReplaceAll(id[len("00-"):], "-", " ")
	ex := exercise.Exercise{Number: number, ID: id, Port: firstPort + number, Title: strings.ToUpper(words[:1]) + words[1:]}
	templates, err := template.ParseFS(files, "*")
	if err != nil {
		return "", nil, err
	}
	for _, dir := range []string{filepath.Join(exercises, id), filepath.Join(root, "solutions", id)} {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return "", nil, fmt.Errorf("%s is there already: choose another name", dir)
		}
	}
	for from, to := range places {
		file := fmt.Sprintf(to, id)
		if err := createFile(filepath.Join(root, filepath.FromSlash(file)), templates.Lookup(from), ex); err != nil {
			return "", nil, err
		}
		written = append(written, file)
	}
	return id, written, nil
}

func createFile(path string, content *template.Template, ex exercise.Exercise) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	return errors.Join(content.Execute(file, ex), file.Close())
}
