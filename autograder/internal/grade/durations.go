package grade

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// duration is what one run of a test took. Idle is the part of it in which neither the test nor its program, nor what either
// has started and waited for, used a processor. On a busy machine both are longer than they need be.
type duration struct {
	Wall time.Duration `json:"wall_ns"`
	Idle time.Duration `json:"idle_ns"`
}

// shorter takes the smaller of both, where there is anything to compare with.
func (d duration) shorter(other duration) duration {
	if other == (duration{}) {
		return d
	}
	return duration{Wall: min(d.Wall, other.Wall), Idle: min(d.Idle, other.Idle)}
}

// durations says what the tests of an exercise took when right programs passed them in the shortest time, by their names. It
// decides nothing but what is run when, so nobody is told when it cannot be read or written. The longest time would say how
// busy the machine was: whoever then starts more tests, as they seem to wait so long, makes it busier.
type durations map[string]*duration

// of is what is known of a test, zero for nothing. Whoever asks for the same test shares it.
func (d durations) of(test string) *duration {
	if d[test] == nil {
		d[test] = &duration{}
	}
	return d[test]
}

func (d durations) add(test string, took duration) {
	known := d.of(test)
	*known = took.shorter(*known)
}

func durationsFile(binary string) string {
	return filepath.Join(filepath.Dir(binary), "durations.json")
}

func loadDurations(binary string) durations {
	var known durations
	if data, err := os.ReadFile(durationsFile(binary)); err == nil {
		_ = json.Unmarshal(data, &known)
	}
	if known == nil {
		return durations{}
	}
	return known
}

// save adds d to what is known of the tests of a binary.
func (d durations) save(binary string) {
	known := loadDurations(binary)
	changed := false
	for test, took := range d {
		old := *known.of(test)
		known.add(test, *took)
		now := known.of(test)
		// only the order matters: small changes are not worth a write
		changed = changed || old == (duration{}) || 2*now.Wall < old.Wall || 2*now.Idle < old.Idle
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
