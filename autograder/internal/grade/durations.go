package grade

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// durations says how long the tests of an exercise took when they last passed, by their names. It decides nothing but the
// order in which they are started, so nobody is told when it cannot be read or written.
type durations map[string]time.Duration

func durationsFile(binary string) string {
	return filepath.Join(filepath.Dir(binary), "durations.json")
}

func loadDurations(binary string) durations {
	known := durations{}
	if data, err := os.ReadFile(durationsFile(binary)); err == nil {
		_ = json.Unmarshal(data, &known)
	}
	return known
}

// save adds d to what is known of the tests of a binary.
func (d durations) save(binary string) {
	known := loadDurations(binary)
	changed := false
	for test, took := range d {
		// Only the order matters: small changes are not worth a write.
		changed = changed || took > 2*known[test] || 2*took < known[test]
		known[test] = took
	}
	if !changed {
		return
	}
	data, err := json.Marshal(known)
	if err != nil {
		return
	}
	half, err := os.CreateTemp(filepath.Dir(binary), halfBuilt+"durations-")
	if err != nil {
		return
	}
	_, err = half.Write(data)
	if closeErr := half.Close(); err != nil || closeErr != nil || os.Rename(half.Name(), durationsFile(binary)) != nil {
		_ = os.Remove(half.Name())
	}
}
