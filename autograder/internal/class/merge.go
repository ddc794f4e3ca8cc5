package class

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/report"
)

// Merge joins the results of all shards of a class into a new folder, and returns how many submissions they are. Where a shard
// or a result is missing, or two shards contradict each other, nothing is written, and the error names them.
func Merge(out string, dirs []string) (int, error) {
	if len(dirs) == 0 {
		return 0, errors.New("there is nothing to merge: name the folders of all shards")
	}
	if _, err := os.Stat(filepath.Join(out, resultsName)); err == nil {
		return 0, fmt.Errorf("%s holds results already: remove it, or name another folder with -o", out)
	}
	var shards []folder
	for _, dir := range dirs {
		shard, _, err := load(dir)
		if err != nil {
			return 0, err
		}
		shards = append(shards, shard)
	}
	if err := gaps(shards); err != nil {
		return 0, err
	}
	merged, err := join(shards)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return 0, fmt.Errorf("no folder for the results: %w", err)
	}
	merged.dir = out
	if err := merged.writeAbout(); err != nil {
		return 0, err
	}
	return len(merged.records), report.ToFile(filepath.Join(out, resultsName), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		for _, record := range merged.all() {
			if err := encoder.Encode(record); err != nil {
				return err
			}
		}
		return nil
	})
}

// gaps finds shards and results that are missing.
func gaps(shards []folder) error {
	of := shards[0].about.Shard.Of
	here := map[int]bool{}
	for _, shard := range shards {
		if shard.about.Shard.Of != of {
			return fmt.Errorf("%s is one of %d shards, and %s is one of %d: merge those of one class", shards[0].dir, of, shard.dir, shard.about.Shard.Of)
		}
		here[shard.about.Shard.Number] = true
		if missing := shard.missing(); len(missing) > 0 {
			return fmt.Errorf("%s is not finished, %s and so on are not graded: grade -class DIR%s -out %[1]s goes on with it",
				shard.dir, shown(missing[0]), shard.about.Shard.flag())
		}
	}
	var absent []string
	for number := range of {
		if !here[number+1] {
			absent = append(absent, Shard{number + 1, of}.String())
		}
	}
	if len(absent) > 0 {
		return fmt.Errorf("the results of %s are missing: name their folders, too", strings.Join(absent, ", "))
	}
	return nil
}

// join puts the shards together as long as they agree.
func join(shards []folder) (folder, error) {
	first := shards[0]
	merged := folder{about: first.about, roster: first.roster, records: map[string]Record{}}
	merged.about.Shard = Shard{}
	merged.about.Submissions = nil
	from := map[string]string{}
	tests, testsFrom := "", ""
	for _, shard := range shards {
		same := shard.about
		same.Shard = first.about.Shard
		if err := first.about.differs(same); err != nil {
			return folder{}, fmt.Errorf("%s and %s contradict each other: of the first, %w", first.dir, shard.dir, err)
		}
		if !bytes.Equal(first.roster.text, shard.roster.text) {
			return folder{}, fmt.Errorf("%s and %s contradict each other: their rosters differ; grade both with the same", first.dir, shard.dir)
		}
		for _, record := range shard.all() {
			key := record.key()
			name := fmt.Sprintf("%s in %s", shown(record.Entry), shard.dir)
			if tests == "" {
				tests, testsFrom = record.Tests, name
			}
			if record.Tests != tests {
				return folder{}, fmt.Errorf("%s and %s contradict each other: they were graded with different tests; grade one again with -changed", testsFrom, name)
			}
			if before, ok := merged.records[key]; ok && !before.agrees(record) {
				return folder{}, fmt.Errorf("%s and %s contradict each other: the results differ; grade one again with -regrade %s", from[key], name, shown(key))
			}
			merged.records[key], from[key] = record, name
			if !slices.Contains(merged.about.Submissions, key) {
				merged.about.Submissions = append(merged.about.Submissions, key)
			}
		}
	}
	slices.Sort(merged.about.Submissions)
	return merged, nil
}

// agrees reports whether two records of a submission say the same, times aside.
func (r Record) agrees(other Record) bool {
	return r.ID == other.ID && r.Sources == other.Sources && slices.Equal(Verdicts(r.Result), Verdicts(other.Result))
}

// Verdicts are all that counts in a result, a line each: two results of a program with the same seed have the same, however and
// whenever they were made.
func Verdicts(r grade.Result) []string {
	list := []string{fmt.Sprint(r.Score, r.MaxScore, r.Complete)}
	for _, ex := range r.Exercises {
		list = append(list, fmt.Sprint(ex.ID, ex.Status, ex.Score, ex.MaxScore))
		for _, test := range ex.Tests {
			list = append(list, fmt.Sprint(test.Name, test.Status, test.Points, test.MaxPoints))
		}
	}
	return list
}
