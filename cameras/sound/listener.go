package sound

import (
	"math"
	"time"
)

const (
	// window is over which the level is taken.
	window = 50 * time.Millisecond
	// usually, long and lately are how many windows the floor is of, and what the
	// beginning of a sound is compared with besides: a minute, five, and a second and a half.
	usually = 1200
	long    = 5 * usually
	lately  = 30
	// acquainted is how many windows are heard before anything is loud: ten seconds.
	acquainted = 200
	// quietest is the least floor, -66 dB of full scale: below it a camera's own noise
	// begins, and some send nothing at all while it is quiet.
	quietest = 30
	// released is by how many dB less than Over a sound is still loud that began.
	released = 3
	// apart is how long loud moments may lie apart and add up to MinDuration.
	apart = 500 * time.Millisecond
	// jump is how far the time may be from where the sound before ended and still follow
	// it. Farther, windows begin anew.
	jump = 100 * time.Millisecond
)

// Loud is a sound that stands out.
type Loud struct {
	From, To time.Duration // its first loud moment, and the end of the last one so far
	// Over is how far the loudest moment so far was above the floor, in dB.
	Over int
}

// Listener finds what is loud in the levels of one sound. Its functions are called during
// Take and Finish. It is not safe for concurrent use.
type Listener struct {
	Began func(Loud) // when it has lasted as long as counts; nil for nobody
	Ended func(Loud) // after the cooldown; nil for nobody
	// Heard is each window that is full: when it began, its level in dB of full scale, and
	// that of the floor; nil for nobody.
	Heard func(at time.Duration, level, floor int)

	settings Settings
	minute   history
	minutes  history
	moment   history

	begins time.Duration // of the window that fills
	filled time.Duration // how much of it is
	power  float64       // sum of power times duration in it

	loud  Loud          // that goes on, or may become one
	total time.Duration // how long it was loud; 0 if nothing goes on
	told  bool          // it counts
}

// NewListener makes one.
func NewListener(s Settings) (*Listener, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &Listener{
		settings: s.full(),
		minute:   history{ring: make([]uint8, usually)},
		minutes:  history{ring: make([]uint8, long)},
		moment:   history{ring: make([]uint8, lately)},
	}, nil
}

// Take takes a frame of sound: its power (the mean of the squares, full scale being 1), when
// it began and how long it lasts. Frames come in the order of time: one that does not ends what
// goes on. After a time without sound what was usual still is.
func (l *Listener) Take(power float64, at, lasts time.Duration) {
	if off := at - l.begins - l.filled; off > jump || off < -jump {
		l.begins, l.filled, l.power = at, 0, 0
		if off < 0 {
			l.end() // the clock was set: nothing says how long ago it was loud
		}
		l.settle(at)
	}
	for lasts > 0 {
		part := min(lasts, window-l.filled)
		l.power += power * float64(part)
		l.filled += part
		lasts -= part
		if l.filled == window {
			l.hear(l.begins, levelOf(l.power/float64(window)))
			l.begins, l.filled, l.power = l.begins+window, 0, 0
		}
	}
}

// Finish ends what goes on: there is no more sound.
func (l *Listener) Finish() {
	l.end()
	l.filled, l.power = 0, 0
}

// levelOf is the level of a power, in steps of a dB from the least.
func levelOf(power float64) uint8 {
	if !(power > 0) { // not a number either
		return 0
	}
	return uint8(max(0, min(levels-1, math.Round(10*math.Log10(power))+levels-1)))
}

// hear hears one window.
func (l *Listener) hear(at time.Duration, level uint8) {
	floor := max(quietest, l.minute.quarter(1))
	if l.Heard != nil {
		l.Heard(at, int(level)-levels+1, floor-levels+1)
	}
	over, loud := int(level)-floor, false
	if l.total > 0 {
		loud = over >= l.settings.Over-released
	} else if l.minute.filled >= acquainted {
		loud = over >= l.settings.Over &&
			int(level) >= max(quietest, l.moment.quarter(2))+l.settings.Over &&
			int(level) >= min(l.minute.quarter(3), l.minutes.quarter(3))+l.settings.Over/2
	}
	l.minute.add(level)
	l.minutes.add(level)
	l.moment.add(level)
	if loud {
		l.add(at, over)
	}
	l.settle(at + window)
}

// add adds a loud window.
func (l *Listener) add(at time.Duration, over int) {
	if l.total == 0 {
		l.loud = Loud{From: at}
	}
	l.total += window
	l.loud.To, l.loud.Over = at+window, max(l.loud.Over, over)
	if !l.told && l.total >= l.settings.MinDuration {
		l.told = true
		if l.Began != nil {
			l.Began(l.loud)
		}
	}
}

// settle ends what has not been loud for long enough by that time.
func (l *Listener) settle(now time.Duration) {
	wait := apart
	if l.told {
		wait = l.settings.Cooldown
	}
	if l.total > 0 && now-l.loud.To >= wait {
		l.end()
	}
}

// end ends what goes on.
func (l *Listener) end() {
	loud, told := l.loud, l.told
	l.loud, l.total, l.told = Loud{}, 0, false
	if told && l.Ended != nil {
		l.Ended(loud)
	}
}
