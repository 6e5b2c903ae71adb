package worker

import (
	"math"
	"time"
)

const (
	// epoch is where a worker's time begins, above zero so that the decoding
	// times of B pictures stay positive.
	epoch = time.Second
	// maxStep is how far a camera's clock may run away from arrival, or step,
	// before it is set again.
	maxStep = 10 * time.Second
	// stepBack is how far a picture's time may be before that of the picture
	// before it, and reorder how far before the latest of all (B pictures).
	stepBack = time.Second
	reorder  = 3 * time.Second
	// relation is how much sound and picture may disagree with the camera's own
	// sender reports before the sound is moved.
	relation = 40 * time.Millisecond
	// steadyFor is above two intervals of sender reports (RFC 3550 §6.2): those
	// from while the clock went wrong are gone by then.
	steadyFor = 12 * time.Second
)

// ticks converts without overflow.
func ticks(d time.Duration, rate int64) int64 {
	s := int64(d / time.Second)
	return s*rate + int64(d%time.Second)*rate/int64(time.Second)
}

// duration is the way back, as long as the result is below 292 years.
func duration(ticks, rate int64) time.Duration {
	return time.Duration(ticks/rate)*time.Second + time.Duration(ticks%rate)*time.Second/time.Duration(rate)
}

// timeline maps the 32-bit RTP times of one track of one connection to ticks of
// the worker's time. A new connection brings a new timeline, so the gap between
// two of them is the gap that was.
//
// A clock that goes as it says is followed exactly. One that lies (RFC 3550
// §5.1 asks for one that is linear in time; cameras that promise 25 pictures a
// second and take 21 count by the promise) is stretched until it keeps step with
// arrival. What is given out stays in the order of the RTP times.
type timeline struct {
	rate  int64
	begun bool
	rtp   uint32
	ext   int64 // rtp, unwrapped
	least int64 // what is given out is above this when mapping anew

	// line holds for times from its own on, before for those below: B pictures
	// that come after a change belong to the time before it.
	line, before line
	first        line // where the mapping began
	began        time.Duration
	shifted      int64   // by shift, since then
	moved        float64 // seconds by which the line departs from the clock
	pace         pace
}

// line gives a time for each unwrapped RTP time; a slope of 1 is exact.
type line struct {
	ext, out int64
	slope    float64
}

func (l line) at(ext int64) int64 {
	if l.slope == 1 {
		return l.out + ext - l.ext
	}
	return l.out + int64(math.Round(float64(ext-l.ext)*l.slope))
}

func newTimeline(rate int, last int64) *timeline { return &timeline{rate: int64(rate), least: last} }

// at gives the time of a unit that arrived at now (worker's time) with the
// given RTP time. Pictures may go back a little (B pictures).
func (t *timeline) at(rtp uint32, now time.Duration) int64 {
	arrival := ticks(now, t.rate)
	step := int64(int32(rtp - t.rtp))
	t.ext += step
	t.rtp = rtp
	limit := ticks(maxStep, t.rate)
	v := t.value()
	ahead, back := v-arrival, t.least-v
	if !t.begun || step > limit || step < -ticks(stepBack, t.rate) || ahead > limit || ahead < -limit || back > ticks(reorder, t.rate) || v < 0 {
		v = max(arrival, t.least+1)
		t.begin(v, now)
	} else {
		t.follow(v, now)
	}
	t.least = max(t.least, v)
	return v
}

func (t *timeline) value() int64 {
	if t.ext < t.line.ext {
		return t.before.at(t.ext)
	}
	return t.line.at(t.ext)
}

// begin maps anew: the unit at hand is at v.
func (t *timeline) begin(v int64, now time.Duration) {
	t.begun, t.began, t.shifted, t.moved, t.pace = true, now, 0, 0, pace{points: t.pace.points[:0], bends: t.pace.bends}
	t.first = line{t.ext, v, 1}
	t.line, t.before = t.first, t.first
	t.pace.add(0, 0)
}

// follow watches the pace and bends the line where it is wrong: from the newest
// time given out on.
func (t *timeline) follow(v int64, now time.Duration) {
	since := now - t.began
	rate := float64(t.rate)
	t.pace.add(since, since.Seconds()-float64(t.ext-t.first.ext)/rate)
	if v <= t.least {
		return // a B picture
	}
	t.moved = float64(v-t.shifted-t.first.at(t.ext)) / rate
	if slope, turn := t.pace.slope(since, t.moved); turn && slope != t.line.slope {
		t.before, t.line = t.line, line{t.ext, v, slope}
	}
}

// shift moves what follows by d ticks.
func (t *timeline) shift(d int64) {
	t.line.out += d
	t.before.out += d
	t.shifted += d
}

// steady reports whether the track's clock goes right, and has for a while: only
// then its sender reports tell more than arrival.
func (t *timeline) steady(now time.Duration) bool {
	return t.begun && t.pace.straight(now-t.began, steadyFor)
}

// lipSync relates the sound's times to the picture's by the sender reports of
// both (RFC 3550 §6.4.1), once both have any.
type lipSync struct {
	known bool
	ntp   time.Time
	at    time.Duration // of the picture sent at ntp

	moved time.Duration // worker's time of the last correction, 0 before the first
	bends int           // of the picture's clock, that were seen
	// owed, in seconds, is how far the sound followed a picture that went astray,
	// paid how much of it is undone. The picture was at from when it turned back.
	owed, paid, from float64
}

// picture notes that the picture at v ticks was taken at ntp.
func (l *lipSync) picture(v, rate int64, ntp time.Time) {
	l.known, l.ntp = true, ntp
	l.at = time.Duration(v/rate)*time.Second + time.Duration(v%rate)*time.Second/time.Duration(rate)
}

// place moves the sound's time v of a unit that came at now, and those after it,
// to where the picture is; ntp is when it was taken, zero if not known. The
// reports of a clock that lies say less than when things arrived: they are not
// followed, and what they did before that was known is undone.
func (l *lipSync) place(sound, picture *timeline, v int64, now time.Duration, ntp time.Time) int64 {
	d := l.back(sound, picture)
	if !ntp.IsZero() && sound.steady(now) && picture.steady(now) {
		if c := l.correction(v+d, sound.rate, ntp); c != 0 {
			d, l.moved = d+c, now
		}
	}
	if d != 0 {
		sound.shift(d)
	}
	return v + d
}

// back is by how many ticks the sound returns with a picture that went astray.
func (l *lipSync) back(sound, picture *timeline) int64 {
	if bends := picture.pace.bends; bends != l.bends {
		l.bends, l.owed, l.paid, l.from = bends, 0, 0, picture.moved
		if l.moved != 0 {
			l.owed = picture.pace.astray((l.moved - picture.began).Seconds())
		}
	}
	if l.owed == l.paid {
		return 0
	}
	came := min(max(picture.moved-l.from, min(0, l.owed)), max(0, l.owed))
	d := int64((came - l.paid) * float64(sound.rate))
	l.paid += float64(d) / float64(sound.rate)
	if came == l.owed {
		l.paid = l.owed
	}
	return d
}

// correction is by how many ticks the sound at v, taken at ntp, is to move.
func (l *lipSync) correction(v, rate int64, ntp time.Time) int64 {
	if !l.known {
		return 0
	}
	apart := ntp.Sub(l.ntp)
	if apart > time.Minute || apart < -time.Minute {
		return 0 // not one clock
	}
	d := ticks(l.at+apart, rate) - v
	if most := ticks(maxStep, rate); d > most || d < -most {
		return 0
	}
	if least := ticks(relation, rate); d < least && d > -least {
		return 0
	}
	return d
}
