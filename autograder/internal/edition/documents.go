package edition

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed README.md.tmpl
var readmeTemplate string

// What is taken out of the lab's README.
const studentsHeading = "## For students\n"

var (
	tableOfExercises = regexp.MustCompile(`(?m)^\| exercise \|.*\n(?:\|.*\n)+`)
	nextHeading      = regexp.MustCompile(`(?m)^## `)
	goVersion        = regexp.MustCompile(`(?m)^go ([0-9.]+)$`)
)

// readme writes the edition's README: the table of the exercises and what is written for students, out of the lab's own.
func (w *writer) readme() error {
	file := filepath.Join(w.root, "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(w.root, "go.mod"))
	if err != nil {
		return err
	}
	version := goVersion.FindSubmatch(mod)
	table := tableOfExercises.Find(text)
	_, section, found := bytes.Cut(text, []byte(studentsHeading))
	switch {
	case version == nil:
		return errors.New("go.mod has no line that says which Go it needs")
	case table == nil:
		return fmt.Errorf("%s has no table that begins with | exercise |", file)
	case !found:
		return fmt.Errorf("%s has no section %s", file, strings.TrimSpace(studentsHeading))
	}
	if end := nextHeading.FindIndex(section); end != nil {
		section = section[:end[0]]
	}
	page := template.Must(template.New("README.md").Parse(readmeTemplate))
	var b bytes.Buffer
	if err := page.Execute(&b, map[string]any{
		"Table": string(table), "Section": strings.TrimSpace(string(section)), "Go": string(version[1]),
	}); err != nil {
		return err
	}
	return w.write("README.md", b.Bytes())
}

// makefile keeps of the lab's Makefile the targets of the verbs that the edition has.
func (w *writer) makefile() error {
	text, err := os.ReadFile(filepath.Join(w.root, "Makefile"))
	if err != nil {
		return err
	}
	var kept []string
	targets := []string{"help"}
	for paragraph := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		target, _, isRule := strings.Cut(paragraph, ":\n")
		switch {
		case strings.HasPrefix(paragraph, ".PHONY:"):
		case isRule && w.verbs[target]:
			targets = append(targets, target)
			kept = append(kept, paragraph)
		case !isRule || target == "help":
			kept = append(kept, paragraph)
		}
	}
	kept = append(kept, ".PHONY: "+strings.Join(targets, " "))
	return w.write("Makefile", []byte(strings.Join(kept, "\n\n")+"\n"))
}

// link is an inline link of Markdown to a file: its text, its target, and an anchor that the target may have.
var link = regexp.MustCompile(`\[([^\]]+)\]\(([^)#:\s]+)(#[^)\s]*)?\)`)

// links leaves, of links to what is not part of the edition, their text only. Lectures show what hidden tests ask, and where.
func (w *writer) links() error {
	return fs.WalkDir(os.DirFS(w.out), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".md" {
			return err
		}
		file := filepath.Join(w.out, filepath.FromSlash(name))
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		changed := link.ReplaceAllFunc(text, func(whole []byte) []byte {
			parts := link.FindSubmatch(whole)
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), filepath.FromSlash(string(parts[2])))); err != nil {
				return parts[1]
			}
			return whole
		})
		if bytes.Equal(changed, text) {
			return nil
		}
		return os.WriteFile(file, changed, 0o666)
	})
}
