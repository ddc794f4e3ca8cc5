package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/exercise"
)

func load(t *testing.T, text string) (Policy, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	p, err := Load(file)
	p.file = "policy.json"
	return p, err
}

const everything = `{
  "$schema": "policy.schema.json",
  "points": 20,
  "details": "name",
  "deadline": "2027-01-31T23:59:59+01:00",
  "late": {"percent_per_day": 10, "most_percent": 50, "grace_minutes": 15},
  "submissions": "last",
  "exercises": {
    "01-echo-server": {"points": 0, "details": "full", "deadline": "2027-02-28T23:59:59Z", "tests": {"TestOne": "hidden"}},
    "02-echo-client": {}
  }
}`

func TestAPolicySaysAllThatItsFileSays(t *testing.T) {
	p, err := load(t, everything)
	require.NoError(t, err)
	january := time.Date(2027, 1, 31, 22, 59, 59, 0, time.UTC)
	assert.True(t, january.Equal(p.Deadline))
	assert.Equal(t, Late{PercentPerDay: 10, MostPercent: 50, Grace: 15 * time.Minute}, p.Late)
	assert.True(t, p.Last)
	assert.Equal(t, 0, p.points("01-echo-server"), "no points at all are points, too")
	assert.Equal(t, 20, p.points("02-echo-client"))
	assert.Equal(t, time.February, p.deadline("01-echo-server").Month())
	assert.True(t, january.Equal(p.deadline("02-echo-client")))
	assert.Equal(t, Hidden, p.details("01-echo-server", "TestOne"))
	assert.Equal(t, Full, p.details("01-echo-server", "TestTwo"))
	assert.Equal(t, Name, p.details("02-echo-client", "TestOne"))
	assert.True(t, p.HasDeadline())
}

func TestAnEmptyPolicyIsThatOfTheCourse(t *testing.T) {
	p, err := load(t, "{}")
	require.NoError(t, err)
	assert.Equal(t, 10, p.points("01-echo-server"))
	assert.Equal(t, Full, p.details("01-echo-server", "TestOne"))
	assert.False(t, p.HasDeadline())
	assert.False(t, p.Last)
}

func TestWhatIsWrongIsToldWithItsLineAndWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"point\": 10\n}":                                 "policy.json:2: there is no key \"point\" here; the keys are $schema, deadline, details, exercises, late, points, submissions",
		"{\"late\": {\n\n\"percent\": 10}}":                     "policy.json:3: there is no key \"percent\" here; the keys are grace_minutes, most_percent, percent_per_day",
		"{\"exercises\": {\"01-echo-server\":\n{\"late\": 1}}}": "policy.json:2: there is no key \"late\" here; the keys are deadline, details, points, tests",
		"{\"Points\": 10}":                                      "policy.json:1: there is no key \"Points\" here",
		"{\"points\": 10,\n\"points\": 20}":                     "policy.json:2: the key \"points\" comes twice: keep one",
		"{\"points\":\n\n\"ten\"}":                              "policy.json:3: \"ten\" does not fit here: write a whole number from 0 to 1000",
		"{\"points\": 10.5}":                                    "10.5 does not fit here: write a whole number from 0 to 1000",
		"{\"points\": -1}":                                      "-1 does not fit here: write a whole number from 0 to 1000",
		"{\"points\": null}":                                    "null does not fit here: write a whole number from 0 to 1000",
		"{\"late\": {\"most_percent\": 101}}":                   "101 does not fit here: write a whole number from 0 to 100",
		"{\"details\":\n\"none\"}":                              "policy.json:2: \"none\" does not fit here: write one of [\"hidden\" \"name\" \"full\"]",
		"{\"submissions\": \"first\"}":                          "\"first\" does not fit here: write one of [\"best\" \"last\"]",
		"{\"deadline\": \"31.1.2027\"}":                         "\"31.1.2027\" does not fit here: write a time by RFC 3339, such as \"2027-01-31T23:59:59+01:00\"",
		"{\"exercises\": [\n]}":                                 "policy.json:1: an object is missing here: write { and }, with its keys in between",
		"{\"points\": 1\n\"details\": 2}":                       "policy.json:2: invalid character '\"' after object",
		"{\"points\": 1,\n":                                     "policy.json:2: the file ends too early: a } is missing",
		"":                                                      "policy.json:1: the file ends too early: a } is missing",
		"{}\n{}":                                                "policy.json:2: something stands behind the policy's last }: remove it",
	} {
		_, err := load(t, text)
		require.ErrorContains(t, err, want, "%s", text)
	}
}

func TestAMissingPolicyIsNoPermissionToShowEverything(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "policy.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "a file that holds {} is the default policy")
}

func TestAnExerciseOrATestThatDoesNotExistIsNoticed(t *testing.T) {
	exercises := []exercise.Exercise{{ID: "01-echo-server", Tests: []exercise.Test{{Name: "TestOne"}, {Name: "TestTwo"}}}, {ID: "02-echo-client"}}
	p, err := load(t, everything)
	require.NoError(t, err)
	require.NoError(t, p.Check(exercises))
	require.EqualError(t, p.Check(exercises[:1]),
		`policy.json names the exercise "02-echo-client", which does not exist; the exercises are 01-echo-server`)
	exercises[0].Tests = exercises[0].Tests[1:]
	require.EqualError(t, p.Check(exercises),
		"policy.json names the test \"TestOne\" of 01-echo-server, which does not exist; its tests are\n  TestTwo")
}

func TestTheLabsOwnPolicyIsReadAndShowsEverything(t *testing.T) {
	p, err := Load(File(filepath.Join("..", "..", "..")))
	require.NoError(t, err)
	assert.Equal(t, Full, p.details("01-echo-server", ""))
	assert.Equal(t, exercise.PointsEach, p.Points)
}

// schemaNode is what this test needs to know of a JSON schema.
type schemaNode struct {
	Ref        string                `json:"$ref"`
	Properties map[string]schemaNode `json:"properties"`
	Additional any                   `json:"additionalProperties"`
	Enum       []string              `json:"enum"`
	Maximum    int                   `json:"maximum"`
	Defs       map[string]schemaNode `json:"$defs"`
}

func TestTheSchemaHasTheKeysTheWordsAndTheBoundsThatAreRead(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "policy.schema.json"))
	require.NoError(t, err)
	var schema struct {
		schemaNode
		Properties struct {
			Exercises struct {
				Each schemaNode `json:"additionalProperties"`
			} `json:"exercises"`
		} `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(text, &schema.schemaNode))
	require.NoError(t, json.Unmarshal(text, &schema))
	top := schema.schemaNode.Properties
	each := schema.Properties.Exercises.Each

	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(everything), &whole))
	sameKeys := func(object any, nodes map[string]schemaNode) {
		t.Helper()
		var inSchema, inPolicy []string
		for key := range nodes {
			inSchema = append(inSchema, key)
		}
		for key := range object.(map[string]any) {
			inPolicy = append(inPolicy, key)
		}
		assert.ElementsMatch(t, inPolicy, inSchema)
	}
	sameKeys(whole, top)
	sameKeys(whole["late"], top["late"].Properties)
	sameKeys(whole["exercises"].(map[string]any)["01-echo-server"], each.Properties)
	for _, closed := range []schemaNode{schema.schemaNode, top["late"], each} {
		assert.Equal(t, false, closed.Additional)
	}
	assert.Equal(t, []string{"best", "last"}, top["submissions"].Enum)
	assert.Equal(t, []string{string(Hidden), string(Name), string(Full)}, schema.Defs["details"].Enum)
	assert.Equal(t, mostPoints, schema.Defs["points"].Maximum)
	assert.Equal(t, mostGraceMinutes, top["late"].Properties["grace_minutes"].Maximum)
	assert.Equal(t, 100, top["late"].Properties["most_percent"].Maximum)
}
