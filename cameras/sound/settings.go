package sound

import (
	"errors"
	"fmt"
	"time"
)

// Settings say what is loud. A zero in one of them is the usual.
type Settings struct {
	// Over is how far above the floor, in dB, from 3 to 60.
	Over int
	// MinDuration is how long it is loud at least, all in all, before it counts, up to
	// 10 s: what bangs once, such as a drop on the case of the camera, is shorter.
	MinDuration time.Duration
	// Cooldown is how long it is not loud before the sound is over, from 500 ms to 1 min:
	// what gets loud again before is the same sound.
	Cooldown time.Duration
}

// What is usual.
const (
	UsualOver        = 15
	UsualMinDuration = 150 * time.Millisecond
	UsualCooldown    = 3 * time.Second
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
	case f.Over < 3 || f.Over > 60:
		return fmt.Errorf("%w: %d dB over the floor, and 3 to 60 can be", ErrSettings, f.Over)
	case f.MinDuration < 0 || f.MinDuration > 10*time.Second:
		return fmt.Errorf("%w: a least duration of %v, and up to 10 s can be", ErrSettings, f.MinDuration)
	case f.Cooldown < 500*time.Millisecond || f.Cooldown > time.Minute:
		return fmt.Errorf("%w: a cooldown of %v, and 500 ms to 1 min can be", ErrSettings, f.Cooldown)
	}
	return nil
}
