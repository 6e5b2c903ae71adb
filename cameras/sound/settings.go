package sound

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Settings say what is loud. A zero in one of them is the usual. In JSON they are called
// over_db, min_duration_ms and cooldown_ms.
type Settings struct {
	// Over is how far above the floor, in dB, from MinOver to MaxOver.
	Over int
	// MinDuration is how long it is loud at least, all in all, before it counts, up to
	// MaxDuration: what bangs once, such as a drop on the case of the camera, is shorter.
	MinDuration time.Duration
	// Cooldown is how long it is not loud before the sound is over, from MinCooldown to MaxCooldown:
	// what gets loud again before is the same sound.
	Cooldown time.Duration
}

// What is usual.
const (
	UsualOver        = 15
	UsualMinDuration = 150 * time.Millisecond
	UsualCooldown    = 3 * time.Second
)

// What can be.
const (
	MinOver     = 3
	MaxOver     = 60
	MaxDuration = 10 * time.Second
	MinCooldown = 500 * time.Millisecond
	MaxCooldown = time.Minute
)

// ErrSettings says that settings cannot be meant: the text names the value.
var ErrSettings = errors.New("sound: settings that cannot be")

// full has the usual in the place of zeros.
func (s Settings) full() Settings {
	if s.Over == 0 {
		s.Over = UsualOver
	}
	if s.MinDuration == 0 {
		s.MinDuration = UsualMinDuration
	}
	if s.Cooldown == 0 {
		s.Cooldown = UsualCooldown
	}
	return s
}

// Validate says what in the settings cannot be.
func (s Settings) Validate() error {
	f := s.full()
	switch {
	case f.Over < MinOver || f.Over > MaxOver:
		return fmt.Errorf("%w: %d dB over the floor, and 3 to 60 can be", ErrSettings, f.Over)
	case f.MinDuration < 0 || f.MinDuration > MaxDuration:
		return fmt.Errorf("%w: a least duration of %v, and up to 10 s can be", ErrSettings, f.MinDuration)
	case f.Cooldown < MinCooldown || f.Cooldown > MaxCooldown:
		return fmt.Errorf("%w: a cooldown of %v, and 500 ms to 1 min can be", ErrSettings, f.Cooldown)
	}
	return nil
}

// settingsJSON are Settings in JSON, times in whole milliseconds.
type settingsJSON struct {
	Over        int   `json:"over_db,omitzero"`
	MinDuration int64 `json:"min_duration_ms,omitzero"`
	Cooldown    int64 `json:"cooldown_ms,omitzero"`
}

// MarshalJSON leaves out what is usual.
func (s Settings) MarshalJSON() ([]byte, error) {
	return json.Marshal(settingsJSON{s.Over, s.MinDuration.Milliseconds(), s.Cooldown.Milliseconds()})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Settings) UnmarshalJSON(b []byte) error {
	var j settingsJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*s = Settings{j.Over, time.Duration(j.MinDuration) * time.Millisecond, time.Duration(j.Cooldown) * time.Millisecond}
	return nil
}
