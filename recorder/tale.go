package recorder

import "time"

// tellEvery is how often the log is told of what goes on and on.
const tellEvery = time.Minute

// tale is what the log is told of something that happens again and again: that it began, once a
// minute how often it happened since the last line, and that it is over. What comes and goes is
// told as rarely.
type tale struct {
	told  time.Time // the last line, zero before the first one
	times int       // since then
	going bool      // the log says that it goes on
}

// tell says whether the log is to be told that it happened now, and for how many times a line
// stands.
func (t *tale) tell(now time.Time) (times int, told bool) {
	if t.times++; !t.told.IsZero() && now.Sub(t.told) < tellEvery {
		return 0, false
	}
	times, t.times, t.told, t.going = t.times, 0, now, true
	return times, true
}

// over says whether the log is to be told that it is over.
func (t *tale) over() bool {
	was := t.going
	t.going = false
	return was
}
