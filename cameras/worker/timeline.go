package worker

import "time"

const (
	// epoch is where a worker's time begins, above zero so that the decoding
	// times of B pictures stay positive.
	epoch = time.Second
	// maxStep is how far a camera's clock may run away from arrival, or step,
	// before it is set again.
	maxStep = 10 * time.Second
	// relation is how much sound and picture may disagree with the camera's own
	// sender reports before the sound is moved.
	relation = 40 * time.Millisecond
)

// ticks converts without overflow.
func ticks(d time.Duration, rate int64) int64 {
	s := int64(d / time.Second)
	return s*rate + int64(d%time.Second)*rate/int64(time.Second)
}

// timeline maps the 32-bit RTP times of one track of one connection to ticks of
// the worker's time. A new connection brings a new timeline, so the gap between
// two of them is the gap that was.
type timeline struct {
	rate   int64
	begun  bool
	rtp    uint32
	ext    int64 // rtp, unwrapped
	offset int64
	least  int64 // what is given out is above this when mapping anew
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
	ahead := t.ext + t.offset - arrival
	if !t.begun || step > limit || step < -ticks(time.Second, t.rate) || ahead > limit || ahead < -limit {
		t.begun = true
		t.offset = max(arrival, t.least+1) - t.ext
	}
	v := t.ext + t.offset
	t.least = max(t.least, v)
	return v
}

// shift moves what follows by d ticks.
func (t *timeline) shift(d int64) { t.offset += d }

// lipSync relates the sound's times to the picture's by the sender reports of
// both (RFC 3550 §6.4.1), once both have any.
type lipSync struct {
	known bool
	ntp   time.Time
	at    time.Duration // of the picture sent at ntp
}

// picture notes that the picture at v ticks was taken at ntp.
func (l *lipSync) picture(v, rate int64, ntp time.Time) {
	l.known, l.ntp = true, ntp
	l.at = time.Duration(v/rate)*time.Second + time.Duration(v%rate)*time.Second/time.Duration(rate)
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
