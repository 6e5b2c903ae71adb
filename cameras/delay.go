package cameras

import (
	"time"

	"lares/cameras/media"
)

// delays knows how unevenly the pictures of one connection came in the last
// seconds. How old the quickest of them was they do not tell: the worker knows, of a camera
// that tells its time.
type delays struct {
	began time.Time // the first picture; zero before it
	slots [lossSlots]spread
}

// spread is how long after their own times the pictures of a second came, counted
// from the first one's.
type spread struct {
	second      int64 // since began, from 1; 0 is none
	least, most time.Duration
}

// note takes a picture that came in.
func (d *delays) note(u *media.Unit) {
	if d.began.IsZero() {
		d.began = u.Received
	}
	since := u.Received.Sub(d.began)
	after := since - ticks(u.DTS)
	second := 1 + int64(since/time.Second)
	s := &d.slots[uint64(second)%lossSlots]
	if s.second != second {
		*s = spread{second, after, after}
	}
	s.least, s.most = min(s.least, after), max(s.most, after)
}

// read is how much longer than the quickest picture of the last seconds the
// slowest took to arrive.
func (d *delays) read(now time.Time) time.Duration {
	second := 1 + int64(now.Sub(d.began)/time.Second)
	var all spread
	for _, s := range d.slots {
		switch age := second - s.second; {
		case s.second == 0 || age < 0 || age >= lossSlots:
		case all.second == 0:
			all = s
		default:
			all.least, all.most = min(all.least, s.least), max(all.most, s.most)
		}
	}
	return all.most - all.least
}

// ticks is a time of video as a duration.
func ticks(n int64) time.Duration {
	return time.Duration(n/videoClock)*time.Second + time.Duration(n%videoClock)*time.Second/videoClock
}
