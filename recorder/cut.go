package recorder

import (
	"lares/cameras/media/fmp4"
	"lares/recorder/sealed"
)

// Size is how long the file is without its end, in bytes: that of one that is written grows.
func (c *Clip) Size() int64 { return c.size }

// Lead is how much later than it is decoded the first picture is shown, 90 kHz; it reads no
// further than the first fragment. sealed.ErrFormat if there is none.
func (c *Clip) Lead() (uint64, error) {
	i, err := c.Find(sealed.TypeFragment)
	if err == nil && i < 0 {
		err = sealed.ErrFormat
	}
	if err != nil {
		return 0, err
	}
	head, _, err := c.record(i)
	return head.Time, err
}

// Cut are the fragments [first, last) that show the time [from, to) of the clip, 90 kHz: from
// the one with which decoding begins on, as long as most of the first second of one is before
// to. There may be none.
func (l *Layout) Cut(from, to uint64) (first, last int) {
	first = l.At(from)
	moments := l.Moments()
	for last = first; last < len(moments); last++ {
		m := moments[last]
		if m.At+uint64(min(m.Duration, fmp4.TimeScale)/2) >= to {
			break
		}
	}
	return first, last
}
