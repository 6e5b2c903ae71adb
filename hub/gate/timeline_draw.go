package gate

import (
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder"
)

// steps are the lengths that buckets have. From a Cell on each is a number of them.
var steps = [...]time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// stepOf is the shortest of them of which there are so many at most in a span; a span that is
// not looked at row by row has a Cell at least. Of a year in few buckets there are more.
func stepOf(span time.Duration, buckets int) time.Duration {
	least := span / time.Duration(buckets)
	if span > wholeRows {
		least = max(least, store.Cell)
	}
	for _, s := range steps {
		if s >= least {
			return s
		}
	}
	return steps[len(steps)-1]
}

// floor is the last time before or at t, which is not before 1970, that is a number of steps
// after that.
func floor(t time.Time, step time.Duration) time.Time {
	return time.Unix(0, t.UnixNano()-t.UnixNano()%int64(step)).UTC()
}

// drawing makes the timeline of one camera.
type drawing struct {
	t                                     *Timeline
	out                                   CameraTimeline
	continuous, recorded, beside, damaged []TimeSpan
	busy                                  []time.Duration // in each bucket
	many                                  bool
	stopped, stuck                        time.Time // since when a gap goes on, and one of the disk; zero for none
}

func newDrawing(t *Timeline, camera media.CameraID) *drawing {
	n := int(t.To.Sub(t.From) / t.Step)
	return &drawing{t: t, out: CameraTimeline{Camera: camera, Events: map[media.Kind][]int{}}, busy: make([]time.Duration, n)}
}

// count adds events that began at a time.
func (d *drawing) count(kind media.Kind, at time.Time, n int) {
	if at.Before(d.t.From) || !at.Before(d.t.To) {
		return
	}
	if d.out.Events[kind] == nil {
		d.out.Events[kind] = make([]int, len(d.busy))
	}
	d.out.Events[kind][at.Sub(d.t.From)/d.t.Step] += n
}

// last is where what has no end yet ends.
func (d *drawing) last(start, end time.Time) time.Time {
	if end.IsZero() {
		end = d.t.Now
	}
	if end.Before(start) { // the clock was set back
		return start
	}
	return end
}

// event draws one event.
func (d *drawing) event(e store.TimelineEvent) {
	d.count(e.Kind, e.Start, 1)
	d.went(e.Start, d.last(e.Start, e.End))
	d.out.Named = append(d.out.Named, NamedEvent{ID: e.Event, Kind: e.Kind, Start: e.Start, End: e.End, Star: e.Star})
}

// went adds a time in which an event went on to the buckets that it touches.
func (d *drawing) went(from, to time.Time) {
	for i := max(0, int(from.Sub(d.t.From)/d.t.Step)); i < len(d.busy); i++ {
		begins := d.t.From.Add(time.Duration(i) * d.t.Step)
		if !begins.Before(to) {
			return
		}
		d.busy[i] += earlier(to, begins.Add(d.t.Step)).Sub(later(from, begins))
	}
}

// stop is where what is being written ends by now: where a gap begins that goes on. One of the main
// stream is none of the sub stream, but a disk takes both or none.
func (d *drawing) stop(beside bool) time.Time {
	if beside {
		return d.stuck
	}
	return d.stopped
}

// clip draws one clip.
func (d *drawing) clip(k store.TimelineClip) {
	end := k.Start.Add(k.Duration)
	if k.Open {
		if end = d.last(k.Start, d.stop(k.Beside)); !end.After(k.Start) {
			return // nothing of it is recorded yet
		}
	}
	switch s := (TimeSpan{k.Start, end}); {
	case k.Damaged:
		d.damaged = append(d.damaged, s)
	case k.Beside:
		d.beside = append(d.beside, s)
	default:
		d.record(k.Stretch, s)
	}
}

func (d *drawing) record(stretch bool, s TimeSpan) {
	if stretch {
		d.continuous = append(d.continuous, s)
	} else {
		d.recorded = append(d.recorded, s)
	}
}

// sums draws sums, by the step in which what they sum up began. What is longer than that
// goes on in those behind: events, clips and stretches of a camera follow each other.
func (d *drawing) sums(list []store.Activity) {
	slices.SortFunc(list, func(a, b store.Activity) int { return a.Start.Compare(b.Start) })
	for _, a := range list {
		for i, n := range a.Events {
			if n > 0 {
				d.count(store.ActivityKinds[i], a.Start, n)
			}
		}
	}
	spread(list, func(a store.Activity) time.Duration { return a.Busy }, func(s TimeSpan) { d.went(s.From, s.To) })
	spread(list, func(a store.Activity) time.Duration { return a.Clips }, func(s TimeSpan) { d.record(false, s) })
	spread(list, func(a store.Activity) time.Duration { return a.Stretches }, func(s TimeSpan) { d.record(true, s) })
	spread(list, func(a store.Activity) time.Duration { return a.Beside }, func(s TimeSpan) { d.beside = append(d.beside, s) })
	for _, a := range list {
		if a.Damaged > 0 { // of both streams at once, perhaps: how much of the step is not known
			d.damaged = append(d.damaged, TimeSpan{a.Start, a.Start.Add(d.t.Step)})
		}
	}
}

// spread lays what is summed up from the begin of each on, one behind the other.
func spread(list []store.Activity, of func(store.Activity) time.Duration, draw func(TimeSpan)) {
	var until time.Time
	for _, a := range list {
		from := later(a.Start, until)
		if until = from.Add(of(a)); from.Before(until) {
			draw(TimeSpan{from, until})
		}
	}
}

// timeline is what was drawn; at most so many events are named.
func (d *drawing) timeline(named int) CameraTimeline {
	d.out.Continuous, d.out.Recorded, d.out.Beside, d.out.Damaged = d.joined(d.continuous), d.joined(d.recorded), d.joined(d.beside), d.joined(d.damaged)
	d.out.Busy = make([]uint8, len(d.busy))
	for i, busy := range d.busy {
		// what went on for a moment went on
		d.out.Busy[i] = uint8(min(100, (100*busy+d.t.Step-1)/d.t.Step))
	}
	if d.out.Many = d.many || len(d.out.Named) > named; d.out.Many {
		d.out.Named = nil
	}
	slices.SortFunc(d.out.Named, func(a, b NamedEvent) int { return a.Start.Compare(b.Start) })
	return d.out
}

// joined are spans as far as they are seen, those less than a bucket apart as one.
func (d *drawing) joined(spans []TimeSpan) (out []TimeSpan) {
	slices.SortFunc(spans, func(a, b TimeSpan) int { return a.From.Compare(b.From) })
	for _, s := range spans {
		s.From, s.To = later(s.From, d.t.From), earlier(s.To, d.t.To)
		if d.many {
			s.From, s.To = floor(s.From, d.t.Step), floor(s.To.Add(d.t.Step-1), d.t.Step)
		}
		if !s.From.Before(s.To) {
			continue
		}
		if n := len(out) - 1; n >= 0 && s.From.Sub(out[n].To) < d.t.Step {
			out[n].To = later(out[n].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// gaps draws gaps: those that begin in one bucket, or go on for the same cause, as one.
func (d *drawing) gaps(list []store.TimelineGap) {
	slices.SortFunc(list, func(a, b store.TimelineGap) int { return a.From.Compare(b.From) })
	var longest time.Duration // of those in the last one
	for _, g := range list {
		if g.To.IsZero() && d.stopped.IsZero() {
			d.stopped = g.From
		}
		if g.To.IsZero() && g.Cause == recorder.GapDisk && d.stuck.IsZero() {
			d.stuck = g.From
		}
		one := TimelineGap{From: later(g.From, d.t.From), To: earlier(d.last(g.From, g.To), d.t.To), Cause: g.Cause, Count: g.Count, Open: g.To.IsZero()}
		if !one.From.Before(d.t.To) || one.To.Before(d.t.From) {
			continue
		}
		length := one.To.Sub(one.From)
		if n := len(d.out.Gaps) - 1; n >= 0 {
			last := &d.out.Gaps[n]
			together := floor(last.From, d.t.Step).Equal(floor(one.From, d.t.Step))
			if together || last.Cause == one.Cause && one.From.Sub(last.To) < d.t.Step {
				last.To, last.Open, last.Count = later(last.To, one.To), last.Open || one.Open, last.Count+one.Count
				if length > longest {
					last.Cause, longest = one.Cause, length
				}
				continue
			}
		}
		d.out.Gaps, longest = append(d.out.Gaps, one), length
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
