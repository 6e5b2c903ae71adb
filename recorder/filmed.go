package recorder

import (
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
)

// filmed is a file of a stretch that is over: what each of its pictures is called, by their own times. Those are
// not when they came: a camera that was held up sends at once what it could not.
type filmed struct {
	run      media.RunID
	stream   media.StreamID
	track    media.Track
	first    int64 // DTS of its first picture
	slew     slewing
	from, to time.Time // what it is called
	at, last time.Time // when its first picture came, and what came last
}

// films has the loop remember the file that is over: as many as a pre-roll may reach back into.
func (t *take) films(from, to time.Time) {
	if p := t.part; t.stretch {
		t.c.filmed = append(t.c.filmed, filmed{p.run, t.stream, p.video, p.first, p.slew, from, to, p.began, t.last.Received})
		t.c.filmed = t.c.filmed[max(0, len(t.c.filmed)-formerMost):]
	}
}

// leads is what the first file of an event is called that begins with u, and is called so by when that came: as
// that picture is in the stretch before, if the two are far apart and nobody set the clock in between.
func (t *take) leads(u media.Unit, called time.Time) time.Time {
	if t.stretch || t.parts > 0 || len(t.c.filmed) == 0 {
		return called
	}
	newest := t.c.filmed[len(t.c.filmed)-1]
	if t.course.date.Sub(newest.from.Add(newest.slew.of(t.course.at.Sub(newest.at)))).Abs() >= slewLeast {
		return called
	}
	next := newest.to
	for _, f := range slices.Backward(t.c.filmed) {
		if next.Sub(f.to).Abs() >= slewLeast { // it was set, or nothing came
			break
		}
		next = f.from
		if f.run != u.Run || f.stream != u.Stream || f.track.ID != u.Track || u.DTS < f.first || u.Received.Before(f.at) || u.Received.After(f.last) {
			continue
		}
		date := f.from.Add(f.slew.of(media90(u.DTS-f.first, f.track.ClockRate)))
		if date.Before(f.to) && date.Sub(called).Abs() >= slewLeast {
			return date
		}
	}
	return called
}

// until is up to what date the file that is open is written.
func (p *part) until() time.Time {
	return p.row.Start.Add(media90(int64(p.writer.Until()), fmp4.TimeScale))
}
