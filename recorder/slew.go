package recorder

import (
	"time"

	"lares/cameras/media"
)

const (
	// slewPart is of how many seconds of a stretch that is dated ahead of the clock one is left
	// out of its times until it is not any more: an hour in less than three days, and less than the
	// 2 % within which all is as long as it was. slewLeast is from where on: what is less comes
	// from pictures that were late.
	slewPart  = 64
	slewLeast = time.Second
	// soundSteps is in what steps sound follows: a player leaves out so much now and then, and
	// not a little of each frame.
	soundSteps = 20 * time.Millisecond
)

// slewing is by how much a file is ahead of the clock when it begins, and is not any more when it
// ends, if it is long enough.
type slewing time.Duration

// slewingOf is that of a file that begins so far ahead.
func slewingOf(ahead time.Duration) slewing {
	if ahead < slewLeast {
		return 0
	}
	return slewing(ahead)
}

// of is how long after its begin a picture is called to have come that came so long after it.
func (s slewing) of(d time.Duration) time.Duration {
	if d < 0 {
		return d
	}
	return d - min(d/slewPart, time.Duration(s))
}

// back is the way back.
func (s slewing) back(d time.Duration) time.Duration {
	if d < 0 {
		return d
	}
	return d + min(d/(slewPart-1), time.Duration(s))
}

// slewed is a unit at the times that it has in the file.
func (p *part) slewed(au media.AccessUnit) media.AccessUnit {
	if p.slew == 0 {
		return au
	}
	rate, first := int64(p.video.ClockRate), p.first
	if au.Track != p.video.ID {
		t, ok := p.config.Track(au.Track)
		if !ok {
			return au
		}
		first = first * int64(t.ClockRate) / rate
		rate = int64(t.ClockRate)
	}
	since := media90(au.DTS-first, uint32(rate))
	less := since - p.slew.of(since)
	if au.Track != p.video.ID {
		less = less.Truncate(soundSteps)
	}
	ticks := int64(less.Seconds() * float64(rate))
	au.DTS, au.PTS = au.DTS-ticks, au.PTS-ticks
	return au
}
