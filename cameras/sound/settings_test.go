package sound

import (
	"encoding/json"
	"testing"
	"time"
)

// TestSettingsJSON: names with units, what is usual left out, and read as they were written.
func TestSettingsJSON(t *testing.T) {
	for want, s := range map[string]Settings{
		`{}`: {},
		`{"over_db":20,"min_duration_ms":1500,"cooldown_ms":10000}`: {20, 1500 * time.Millisecond, 10 * time.Second},
	} {
		b, err := json.Marshal(s)
		if err != nil || string(b) != want {
			t.Errorf("%s, %v, want %s", b, err, want)
		}
		var back Settings
		if err := json.Unmarshal(b, &back); err != nil || back != s {
			t.Errorf("%s is read as %+v, %v", b, back, err)
		}
	}
}
