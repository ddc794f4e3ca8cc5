package class

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
)

// shard is what a folder of results is made of.
type shard struct {
	about   about
	roster  string
	records []Record
}

// halves are the two shards of a class: alice is in both, and the same in both.
func halves() [2]shard {
	record := func(id string, score int) Record {
		return Record{ID: id, Entry: id + ".zip", Sources: "s", Tests: "t", Result: grade.Result{Score: score, MaxScore: 10, Complete: true}}
	}
	half := func(number int, records ...Record) shard {
		s := shard{roster: "id\nalice\nbob\ncarol\n", records: records}
		s.about = about{Schema: Schema, Seed: 7, Shard: Shard{number, 2}, Exercises: []grade.ExerciseResult{{ID: "01-echo"}}}
		for _, r := range records {
			s.about.Submissions = append(s.about.Submissions, r.key())
		}
		return s
	}
	return [2]shard{half(1, record("alice", 10), record("bob", 3)), half(2, record("alice", 10), record("carol", 5))}
}

// merge writes the shards down and merges them.
func merge(t *testing.T, shards ...shard) (out string, count int, err error) {
	t.Helper()
	var dirs []string
	for _, s := range shards {
		dir := t.TempDir()
		students, err := parseRoster([]byte(s.roster))
		require.NoError(t, err)
		written, err := open(dir, s.about, roster{text: []byte(s.roster), students: students})
		require.NoError(t, err)
		for _, record := range s.records {
			require.NoError(t, written.add(record))
		}
		written.close()
		dirs = append(dirs, dir)
	}
	out = filepath.Join(t.TempDir(), "merged")
	count, err = Merge(out, dirs)
	return out, count, err
}

func TestShardsThatAgreeAreMerged(t *testing.T) {
	both := halves()
	both[1].records[0].Result.Exercises = []grade.ExerciseResult{}
	out, count, err := merge(t, both[1], both[0])
	require.NoError(t, err)
	assert.Equal(t, 3, count)
	class, err := Read(out, latest)
	require.NoError(t, err)
	require.Len(t, class.Students, 3)
	assert.Empty(t, class.Missing)
	assert.Equal(t, 3, class.Students[1].Result.Score)
	_, err = Merge(out, []string{out})
	assert.ErrorContains(t, err, "holds results already")
}

func TestShardsThatContradictEachOtherAreRefused(t *testing.T) {
	for want, change := range map[string]func(s *shard){
		"the results were begun with -seed 7":                           func(s *shard) { s.about.Seed = 8 },
		"the results are those of the exercises 01-echo":                func(s *shard) { s.about.Exercises[0].ID = "02-other" },
		"their rosters differ":                                          func(s *shard) { s.roster += "dave\n" },
		"they were graded with different tests":                         func(s *shard) { s.records[1].Tests = "others" },
		"the results differ; grade one again with -regrade alice":       func(s *shard) { s.records[0].Result.Score = 9 },
		"carol and so on are not graded: grade -class DIR -shard 2/2 ":  func(s *shard) { s.records = s.records[:1] },
		"is one of 3: merge those of one class":                         func(s *shard) { s.about.Shard.Of = 3 },
		"the results of shard 2/2 are missing: name their folders, too": func(s *shard) { s.about.Shard.Number = 1 },
	} {
		both := halves()
		change(&both[1])
		out, _, err := merge(t, both[0], both[1])
		assert.ErrorContains(t, err, want)
		_, err = os.Stat(out)
		assert.ErrorIs(t, err, os.ErrNotExist, "nothing is written: %s", want)
	}
	whole := halves()[1]
	whole.about.Shard, whole.records = Shard{}, whole.records[:1]
	_, _, err := merge(t, whole)
	require.ErrorContains(t, err, "carol and so on are not graded: grade -class DIR -out ")
	_, err = Merge(t.TempDir(), nil)
	assert.ErrorContains(t, err, "name the folders of all shards")
}
