package recorder

import (
	"cmp"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"lares/cameras/media"
)

// set is what the machine's clock tells at a moment once somebody set it: another wall time
// beside the same monotonic one, which package time makes of no public function.
func set(now, wall time.Time) time.Time {
	layout := (*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&now))
	const hasMonotonic, since1885 = 1 << 63, 30
	seconds := uint64(wall.Unix() - time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	layout.wall = hasMonotonic | seconds<<since1885 | uint64(wall.Nanosecond())
	return now
}

// shows has the house's clock show a time from now on.
func (h *house) shows(wall time.Time) { h.clock.Set(set(h.clock.Now(), wall)) }

// steps has it show another one.
func (h *house) steps(by time.Duration) { h.shows(h.clock.Now().Add(by)) }

// spans fails where a clip lasts another time than its pictures, but for what is left out of a stretch
// that is ahead of the clock, or two of them overlap.
func (h *house) spans(rows []ClipRow) {
	h.t.Helper()
	slices.SortFunc(rows, func(a, b ClipRow) int { return a.Start.Compare(b.Start) })
	for i, row := range rows {
		h.lasts(row, len(h.open(row, h.vault.store).numbers))
		if i > 0 && rows[i-1].Start.Add(rows[i-1].Duration).After(row.Start) {
			h.t.Errorf("a clip of %v, %v long, overlaps one of %v", rows[i-1].Start, rows[i-1].Duration, row.Start)
		}
	}
}

// lasts fails where a clip of so many pictures is longer or shorter than it may be.
func (h *house) lasts(row ClipRow, pictures int) {
	h.t.Helper()
	if pictures == 1 {
		return // nobody knows how long
	}
	was, least := time.Duration(pictures)*interval, time.Duration(pictures)*interval
	if row.Stretch {
		least -= was / slewPart
	}
	if row.Duration > was+time.Millisecond || row.Duration < least-time.Millisecond {
		h.t.Errorf("%v with %d pictures", row.Duration, pictures)
	}
}

func TestSetClock(t *testing.T) {
	now := time.Now()
	wall := time.Date(1970, 1, 2, 3, 4, 5, 6, time.UTC)
	stepped := set(now, wall)
	if !stepped.Round(0).Equal(wall) || stepped.Sub(now) != 0 || stepped.Add(time.Second).Sub(now) != time.Second {
		t.Fatalf("%v, %v after it was %v", stepped, stepped.Sub(now), now)
	}
}

// TestClockIsSet records all the time, and an event, while the clock is set: no picture is lost, no
// clip is shorter or longer for it, none is removed, and none overlaps another one.
func TestClockIsSet(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		from time.Time
		by   time.Duration
	}{
		"an hour on":           {noon, time.Hour},
		"an hour back":         {noon, -time.Hour},
		"a second back":        {time.Date(2026, 12, 31, 23, 59, 50, 0, time.UTC), -time.Second}, // as a leap second is
		"summer begins":        {time.Date(2026, 3, 29, 1, 59, 50, 0, berlin), 0},
		"summer ends":          {time.Date(2026, 10, 25, 2, 59, 50, 0, berlin), 0},
		"never set until then": {time.Unix(30, 0), noon.Sub(time.Unix(30, 0))},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.shows(test.from)
				h.start(func(c *Config, _ *Recorder) { c.MaxClip, c.PostRoll = 10*time.Second, 2*time.Second })
				h.r.Plan(h.cam.id, Plan{Mode: media.ModeBoth})
				h.steady(120)
				h.steps(test.by)
				h.steady(120)
				before := h.cam.n
				h.trigger(Trigger{Kind: media.KindMotion, Active: true})
				h.steady(60)
				h.steps(test.by)
				h.steady(120)
				h.trigger(Trigger{Kind: media.KindMotion})
				h.steady(60)
				h.r.Plan(h.cam.id, Plan{Mode: media.ModeOff})
				h.steady(2)
				h.listed()
				var stretches, event []ClipRow
				have := map[uint64]int{}
				for _, row := range h.index.all() {
					if row.Stretch {
						stretches = append(stretches, row)
						for _, n := range h.open(row, h.vault.store).numbers {
							have[n]++
						}
						continue
					}
					event = append(event, row)
				}
				for n := range before - 1 {
					if have[n] != 1 {
						t.Fatalf("picture %d of %d is recorded %d times", n, before, have[n])
					}
				}
				h.spans(event)
				h.spans(stretches)
				e := h.index.event(event[0].Event)
				if long := e.End.Sub(e.Start); long != 18*time.Second || len(event) < 2 {
					t.Errorf("an event of %v in %d clips", long, len(event))
				}
				if first, last := event[0], event[len(event)-1]; e.Start.Before(first.Start) || e.End.After(last.Start.Add(last.Duration)) {
					t.Errorf("an event from %v to %v in clips from %v to %v", e.Start, e.End, first.Start, last.Start.Add(last.Duration))
				}
				for _, gap := range h.index.gaps {
					if !gap.To.IsZero() && gap.To.Before(gap.From) {
						t.Errorf("a gap ends before it begins: %+v", gap)
					}
				}
			})
		})
	}
}

// TestSecondComesTwice has events follow each other while the clock is put back by a second, as
// some machines do at a leap second, or by a correction: no time has two pictures but where one picture is in two
// clips, before an event and in what was before it; and an event lies in its clips.
func TestSecondComesTwice(t *testing.T) {
	for name, test := range map[string]struct {
		mode media.Mode
		pre  time.Duration
		by   time.Duration
		rest int // pictures between the end of one and the clock's step
	}{
		"one behind the other":        {media.ModeEvents, 0, -time.Second, 0},
		"with what was before":        {media.ModeEvents, 5 * time.Second, -time.Second, 0},
		"a little later":              {media.ModeEvents, 0, -time.Second, 4},
		"much later":                  {media.ModeEvents, 0, -time.Second, 30},
		"a correction":                {media.ModeEvents, 2 * time.Second, -time.Minute, 2},
		"a correction, the other way": {media.ModeEvents, 2 * time.Second, time.Minute, 2},
		"all is recorded":             {media.ModeBoth, 0, -time.Second, 0},
		"all, with what was before":   {media.ModeBoth, 5 * time.Second, -time.Second, 4},
		"an hour, on":                 {media.ModeBoth, 5 * time.Second, time.Hour, 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.shows(time.Date(2026, 12, 31, 23, 59, 30, 0, time.UTC))
				h.start()
				h.r.Plan(h.cam.id, Plan{Mode: test.mode, Rolls: Rolls{"": {Pre: test.pre, Post: time.Second}}})
				h.steady(60)
				h.trigger(Trigger{Kind: media.KindMotion, Hold: true})
				for h.steady(1); ; h.steady(1) {
					if s, _ := h.r.Status(h.cam.id); s.Event.IsZero() {
						break
					}
				}
				h.steady(test.rest)
				h.steps(test.by)
				h.trigger(Trigger{Kind: media.KindMotion, Hold: true})
				h.steady(60)
				h.r.Plan(h.cam.id, Plan{Mode: media.ModeOff})
				h.steady(2)
				h.listed()
				h.dated()
			})
		})
	}
}

// TestEventAfterStep: an event that is told just after the clock was set, by however much, is of
// the clock's time with all that is recorded before it.
func TestEventAfterStep(t *testing.T) {
	for _, by := range []time.Duration{-time.Hour, -time.Second, time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t)
			h.shows(h.clock.Now())
			h.start()
			h.steady(100)
			h.steps(by)
			h.steady(20)
			now := h.clock.Now()
			event := h.trigger(Trigger{Kind: media.KindMotion, Hold: true})
			h.steady(200)
			h.listed()
			if e := h.index.event(event); !e.Start.Equal(now.Round(0)) {
				t.Errorf("%v: an event of %v, which came at %v", by, e.Start, now)
			}
			h.dated()
		})
	}
}

// dated fails where clips overlap by more than the pictures that are in both, or an event does not lie
// in its clips.
func (h *house) dated() {
	h.t.Helper()
	type span struct{ from, to time.Time }
	events := map[media.EventID]span{}
	var rows []ClipRow
	shown := map[media.ClipID][]uint64{}
	for _, row := range h.index.all() {
		rows = append(rows, row)
		shown[row.Clip] = h.open(row, h.vault.store).numbers
		s, end := events[row.Event], row.Start.Add(row.Duration)
		if s.from.IsZero() || row.Start.Before(s.from) {
			s.from = row.Start
		}
		if end.After(s.to) {
			s.to = end
		}
		events[row.Event] = s
	}
	for id, s := range events {
		const group = gop * interval // without a pre-roll a clip begins with the next picture that stands alone
		if e := h.index.event(id); !e.Event.IsZero() && (e.Start.Before(s.from.Add(-group)) || e.End.After(s.to)) {
			h.t.Errorf("an event from %v to %v in clips from %v to %v", e.Start, e.End, s.from, s.to)
		}
	}
	slices.SortFunc(rows, func(a, b ClipRow) int { return cmp.Compare(shown[a.Clip][0], shown[b.Clip][0]) })
	for i, one := range rows {
		for _, next := range rows[i+1:] {
			both := 0
			for _, n := range shown[next.Clip] {
				if slices.Contains(shown[one.Clip], n) {
					both++
				}
			}
			over := one.Start.Add(one.Duration).Sub(next.Start)
			if over = min(over, next.Duration); over > time.Duration(both)*interval {
				h.t.Errorf("a clip of %v, %v long, and one of %v overlap by %v, and have %d pictures in common", one.Start, one.Duration, next.Start, over, both)
			}
		}
	}
}

// TestClockNeverSet: where a machine without a battery records before its clock is set, what
// it recorded is not older than what it had before, and does not go first.
func TestClockNeverSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.shows(h.clock.Now())
		h.start()
		h.moment(40)
		h.moment(40)
		h.halt()
		old := h.index.all()
		end := old[1].Start.Add(old[1].Duration)
		h.shows(time.Unix(30, 0))
		limit := old[0].Bytes + old[1].Bytes
		h.start(func(c *Config, _ *Recorder) { c.LimitBytes = limit })
		h.moment(40)
		wait(t, "room", func() bool { return len(h.index.all()) == 2 })
		rows := h.index.all()
		if rows[0].Clip != old[1].Clip || rows[1].Start.Before(end) || rows[1].Start.After(end.Add(time.Minute)) {
			t.Errorf("of %+v there is left %+v", old, rows)
		}
		if e := h.index.event(rows[1].Event); e.Start.Before(rows[1].Start) || e.End.Before(e.Start) {
			t.Errorf("its event is from %v to %v", e.Start, e.End)
		}
		h.halt()
		h.shows(end.Add(24 * time.Hour)) // it was told the time
		h.start()
		h.moment(40)
		rows = h.index.all()
		if last := rows[len(rows)-1]; last.Start.Before(end.Add(24 * time.Hour)) {
			t.Errorf("a clip of %v", last.Start)
		}
		h.spans(rows)
	})
}

// TestIDsTellNoTime: nothing of a clip's name follows from when it was recorded.
func TestIDsTellNoTime(t *testing.T) {
	const many = 4096
	var ones [8 * len(media.ClipID{})]int
	for range many {
		id := media.NewClipID()
		for bit := range ones {
			ones[bit] += int(id[bit/8] >> (bit % 8) & 1)
		}
	}
	for bit, n := range ones { // six times the deviation of a fair coin
		if off := n - many/2; off*off > 36*many/4 {
			t.Errorf("bit %d is set in %d of %d ids", bit, n, many)
		}
	}
}
