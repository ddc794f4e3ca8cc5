// Package policy applies a course's own rules to results: what an exercise is worth, what lateness takes off, which of several
// submissions counts, and how much students see of the hidden tests. The rules stand in one file, autograder/policy.json;
// policy.schema.json beside it says the same to an editor.
package policy

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tcplab/autograder/internal/exercise"
)

// Details says what students see of a hidden test.
type Details string

// What students see.
const (
	// Hidden shows neither the test's name nor its requirement nor its verdict: its points are part of a sum.
	Hidden Details = "hidden"
	// Name shows the name, the requirement and the verdict.
	Name Details = "name"
	// Full shows all: message, transcript, expected and actual bytes, hint.
	Full Details = "full"
)

// Policy is what the file says.
type Policy struct {
	// Points is what an exercise is worth for which Exercises says nothing else.
	Points   int
	Details  Details
	Deadline time.Time // zero for none
	Late     Late
	// Last is true where the last of several submissions counts, and not the best.
	Last bool
	// Exercises holds what differs for single exercises, by the names of their folders.
	Exercises map[string]Exercise

	file string
}

// Late is what lateness takes off.
type Late struct {
	PercentPerDay int           // of the exercise's score, for every started day after the deadline
	MostPercent   int           // however many days it is
	Grace         time.Duration // after the deadline, and not counted as late
}

// Exercise is what differs for one exercise. What it leaves out is as for all.
type Exercise struct {
	Points   *int
	Details  Details
	Deadline time.Time
	// Tests holds what students see of single tests, by their names.
	Tests map[string]Details
}

// File is where the lab at root keeps its policy.
func File(root string) string { return filepath.Join(root, "autograder", "policy.json") }

// Load reads a policy. Every error names the file and the line. A file that is missing is an error, too: without it, what an
// instructor has hidden would be shown.
func Load(file string) (Policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Policy{}, fmt.Errorf("read the course's policy: %w; a file that holds {} is the default policy", err)
	}
	r := newReader(file, text)
	p := Policy{Points: exercise.PointsEach, Details: Full, Late: Late{MostPercent: 100}, Exercises: map[string]Exercise{}, file: file}
	if err := r.policy(&p); err != nil {
		return Policy{}, err
	}
	return p, r.end()
}

// Check compares the policy with the lab: an exercise or a test that it names and that is not there is an error, since a test
// that was meant to be hidden would be shown.
func (p Policy) Check(exercises []exercise.Exercise) error {
	tests := map[string][]string{}
	for _, ex := range exercises {
		tests[ex.ID] = []string{}
		for _, test := range ex.Tests {
			tests[ex.ID] = append(tests[ex.ID], test.Name)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.Exercises)) {
		known, found := tests[id]
		if !found {
			return fmt.Errorf("%s names the exercise %q, which does not exist; the exercises are %s",
				p.file, id, strings.Join(slices.Sorted(maps.Keys(tests)), ", "))
		}
		for _, name := range slices.Sorted(maps.Keys(p.Exercises[id].Tests)) {
			if !slices.Contains(known, name) {
				return fmt.Errorf("%s names the test %q of %s, which does not exist; its tests are\n  %s",
					p.file, name, id, strings.Join(known, "\n  "))
			}
		}
	}
	return nil
}

// HasDeadline reports whether there is a deadline for any exercise, so that it matters when a submission was handed in.
func (p Policy) HasDeadline() bool {
	return !p.Deadline.IsZero() || slices.ContainsFunc(slices.Collect(maps.Values(p.Exercises)), func(e Exercise) bool {
		return !e.Deadline.IsZero()
	})
}

func (p Policy) points(id string) int {
	if points := p.Exercises[id].Points; points != nil {
		return *points
	}
	return p.Points
}

func (p Policy) deadline(id string) time.Time {
	if deadline := p.Exercises[id].Deadline; !deadline.IsZero() {
		return deadline
	}
	return p.Deadline
}

// details are those of a test; of the exercise as a whole where test is empty.
func (p Policy) details(id, test string) Details {
	ex := p.Exercises[id]
	if details, ok := ex.Tests[test]; ok {
		return details
	}
	if ex.Details != "" {
		return ex.Details
	}
	return p.Details
}
