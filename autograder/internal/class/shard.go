package class

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Shard is the part of a class that one of several graders takes. The zero value is the whole class.
type Shard struct {
	Number int `json:"number"` // from 1
	Of     int `json:"of"`
}

func (s Shard) String() string {
	if s.Of == 0 {
		return "the whole class"
	}
	return fmt.Sprintf("shard %d/%d", s.Number, s.Of)
}

// flag is what says so on the command line, with a space before it.
func (s Shard) flag() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf(" -shard %d/%d", s.Number, s.Of)
}

// has reports whether a student belongs to the shard. It depends on the id alone, so that each shard can tell by itself, and
// all submissions of a student are in one.
func (s Shard) has(id string) bool {
	if s.Of <= 1 {
		return true
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(id)) // a hash never fails to be written
	return int(sum.Sum64()%uint64(s.Of))+1 == s.Number
}

// schedulers are the variables that say which shard this is.
var schedulers = []struct {
	index string
	first int    // the index of the first shard
	total string // how many there are; where no variable says that, -shard /N does
}{
	{"CI_NODE_INDEX", 1, "CI_NODE_TOTAL"}, // docs.gitlab.com/ci/variables/predefined_variables
	{"JOB_COMPLETION_INDEX", 0, ""},       // kubernetes.io/docs/concepts/workloads/controllers/job, completion mode Indexed
	{"NOMAD_ALLOC_INDEX", 0, ""},          // developer.hashicorp.com/nomad/docs/reference/runtime-environment-settings
}

// ParseShard reads what -shard says: I/N, or /N where a scheduler's variable has I, or nothing where it may have both. Where
// the environment has decided, from is the variable.
func ParseShard(text string, getenv func(string) string) (shard Shard, from string, err error) {
	index, total, _ := strings.Cut(text, "/")
	if text != "" && total == "" {
		return Shard{}, "", fmt.Errorf("-shard %q: say which of how many, such as 2/5", text)
	}
	first := 1
	if index == "" {
		for _, scheduler := range schedulers {
			of := cmp.Or(total, getenv(scheduler.total))
			if value := getenv(scheduler.index); value != "" && of != "" {
				index, total, first, from = value, of, scheduler.first, scheduler.index
				break
			}
		}
		switch {
		case index == "" && text == "":
			return Shard{}, "", nil
		case index == "":
			return Shard{}, "", fmt.Errorf("-shard %s: no variable says which shard this is; say for example -shard 1%[1]s", text)
		}
	}
	number, err := strconv.Atoi(index)
	of, totalErr := strconv.Atoi(total)
	shard = Shard{Number: number - first + 1, Of: of}
	if err != nil || totalErr != nil || of < 1 || shard.Number < 1 || shard.Number > of {
		where := "-shard " + text
		if from != "" {
			where = fmt.Sprintf("%s=%s with %s shards", from, shown(index), shown(total))
		}
		return Shard{}, "", fmt.Errorf("%s: there is no such shard; say for example -shard 2/5", where)
	}
	return shard, from, nil
}
