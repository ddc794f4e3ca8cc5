package report

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// keysOf collects the keys of a type's JSON, each with its type and whether it is always there.
func keysOf(t *testing.T, prefix string, of reflect.Type, keys map[string]string) {
	t.Helper()
	for i := range of.NumField() {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		require.NotEmpty(t, name, "%s.%s has no json tag", of, field.Name)
		present := "always"
		if strings.Contains(options, "omitempty") {
			present = "if any"
		}
		var kind string
		switch field.Type.Kind() {
		case reflect.Slice:
			kind = "array of objects"
			keysOf(t, prefix+name+"[].", field.Type.Elem(), keys)
		case reflect.String:
			kind = "string"
		case reflect.Bool:
			kind = "boolean"
		case reflect.Float64:
			kind = "number"
		case reflect.Int, reflect.Int64, reflect.Uint64:
			kind = "integer"
		default:
			require.Fail(t, "a type that SCHEMA.md has no word for", "%s.%s", of, field.Name)
		}
		keys[prefix+name] = kind + ", " + present
	}
}

func TestTheSchemaDocumentsEveryKeyAndNoOther(t *testing.T) {
	document, err := os.ReadFile("SCHEMA.md")
	require.NoError(t, err)
	documented := map[string]string{}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| (always|if any) \\| [^|]+ \\|$")
	for _, row := range rows.FindAllStringSubmatch(string(document), -1) {
		require.NotContains(t, documented, row[1], "documented twice")
		documented[row[1]] = row[2] + ", " + row[3]
	}
	keys := map[string]string{}
	keysOf(t, "", reflect.TypeFor[grade.Result](), keys)
	assert.Equal(t, keys, documented)
	assert.Contains(t, string(document), grade.Schema)
}

func TestTheSchemaDocumentsEveryStatusAndKind(t *testing.T) {
	document, err := os.ReadFile("SCHEMA.md")
	require.NoError(t, err)
	var values []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\|$").FindAllStringSubmatch(string(document), -1) {
		values = append(values, row[1])
	}
	assert.ElementsMatch(t, []string{
		string(grade.Graded), string(grade.BuildFailed), string(grade.NotSubmitted), string(grade.Errored),
		string(transcript.Pass), string(transcript.Fail), string(transcript.Skipped), string(transcript.Error),
		string(transcript.Started), string(transcript.Listening), string(transcript.Connected), string(transcript.Accepted),
		string(transcript.Sent), string(transcript.Received), string(transcript.HalfClosed), string(transcript.Closed),
		string(transcript.Reset), string(transcript.GotEOF), string(transcript.GotReset), string(transcript.Exited),
		string(transcript.Killed), string(transcript.Wanted), string(transcript.Observed), string(transcript.Noted),
	}, values)
}
