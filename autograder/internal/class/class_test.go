package class

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/report"
)

func TestTheSchedulersVariablesSayWhichShardThisIs(t *testing.T) {
	for _, c := range []struct {
		flag string
		env  map[string]string
		want Shard
		fail string
	}{
		{"", nil, Shard{}, ""},
		{"2/5", map[string]string{"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "2"}, Shard{2, 5}, ""},
		{"", map[string]string{"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "2"}, Shard{2, 2}, ""},
		{"/3", map[string]string{"JOB_COMPLETION_INDEX": "0"}, Shard{1, 3}, ""},
		{"/3", map[string]string{"NOMAD_ALLOC_INDEX": "2"}, Shard{3, 3}, ""},
		{"", map[string]string{"NOMAD_ALLOC_INDEX": "0"}, Shard{}, ""}, // every allocation has one
		{"", map[string]string{"CI_NODE_TOTAL": "1"}, Shard{}, ""},
		{"/3", nil, Shard{}, "no variable says"},
		{"6/5", nil, Shard{}, "no such shard"},
		{"0/5", nil, Shard{}, "no such shard"},
		{"2", nil, Shard{}, "which of how many"},
	} {
		got, _, err := ParseShard(c.flag, func(name string) string { return c.env[name] })
		if c.fail != "" {
			assert.ErrorContains(t, err, c.fail, "%q", c.flag)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%q %v", c.flag, c.env)
	}
}

func TestASubmissionsNameSaysWhoseItIsAndWhenItWasMade(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "alice@20261101T100000Z.tar.gz", "x")
	write(t, dir, "bob@example.org/x", "x")
	entries, _, err := List(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	assert.Equal(t, "alice", entries[0].ID)
	assert.Equal(t, time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), entries[0].Submitted)
	assert.Equal(t, "bob@example.org", entries[1].ID)
	write(t, dir, "carol.zip/x", "x") // unpacked, and named as before
	entries, _, err = List(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3)
	for _, e := range entries {
		assert.Equal(t, e.key, Record{Entry: e.Name}.key(), "the results know only the name")
	}
	write(t, dir, "bob@example.org.zip", "x")
	_, _, err = List(dir)
	require.ErrorContains(t, err, "one submission by their names")
}

func TestWhatIsWrongWithARosterIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "it is empty",
		"name\nx\n":                "no column is called id",
		"id\na\na\n":               "students 1 and 2 both have the id a",
		"id,name\n,x\n":            "student 1 has no id",
		"id,email,E-MAIL\na,b,c\n": "two columns are called E-MAIL",
		"id,name\na\n":             "wrong number of fields",
	} {
		_, err := parseRoster([]byte(text))
		assert.ErrorContains(t, err, want, "%q", text)
	}
}

func TestAnIDMakesAFileNameThatIsNobodyElses(t *testing.T) {
	var names []string
	for name := range FileNames([]report.Student{{ID: "alice"}, {ID: "Alice"}, {ID: "../x"}, {ID: "con.a"}, {ID: "é"}}) {
		names = append(names, name)
	}
	assert.Equal(t, "alice", names[0])
	assert.Regexp(t, `^Alice-[0-9a-f]{16}$`, names[1])
	assert.Equal(t, []string{"%2E.%2Fx", "%63on.a", "%C3%A9"}, names[2:])
}

func TestOneGraderAtATimeWritesResults(t *testing.T) {
	dir := t.TempDir()
	first, err := open(dir, about{Schema: Schema, Seed: 1}, roster{})
	require.NoError(t, err)
	_, err = open(dir, about{Schema: Schema, Seed: 1}, roster{})
	require.ErrorContains(t, err, "another grader is at work")
	first.close()
	second, err := open(dir, about{Schema: Schema}, roster{})
	require.NoError(t, err)
	assert.EqualValues(t, 1, second.about.Seed, "the seed is kept")
	second.close()
}
