package recorder

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// TestGapOfEvents: where events alone are recorded it is a gap when none could have been: the
// camera is away, the disk takes nothing, the camera is off the air, the hub does not run. While
// nothing happens nothing is missing, and in mode off nothing is due.
func TestGapOfEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var free atomic.Int64
		free.Store(1 << 30)
		h.start(func(_ *Config, r *Recorder) {
			if r != nil {
				r.disks[0].space = func(s pool.Space) pool.Space { s.Free, s.Total = free.Load(), 4<<30; return s }
			}
		})
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeEvents})
		var want []GapRow
		// lacks lets five minutes go by in which no event could be recorded.
		lacks := func(cause GapCause, begin, end func()) {
			t.Helper()
			h.steady(100)
			h.over(t, want)
			from := h.clock.Now()
			begin()
			for range 300 {
				if cause == GapDisk {
					h.steady(10)
					continue
				}
				h.cam.skip(10)
				time.Sleep(time.Second)
				synctest.Wait()
			}
			end()
			h.steady(20)
			want = append(want, GapRow{Camera: h.cam.id, From: from, To: h.clock.Now(), Cause: cause, Count: 1})
			h.over(t, want)
		}
		lacks(GapCamera, func() { h.cam.drop() }, func() {})
		lacks(GapDisk, func() { free.Store(startSpace - 1) }, func() { free.Store(1 << 30) })
		lacks(GapPrivacy, func() { h.r.Rest(h.cam.id) }, func() {
			h.r.Watch(h.cam.id)
			h.r.Plan(h.cam.id, Plan{Mode: media.ModeEvents})
			h.cam.newRun(h.r)
		})
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeOff})
		h.clock.Advance(time.Hour)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		h.over(t, want)
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeEvents})
		h.steady(100)
		h.over(t, want)
	})
}

// over fails unless there are those gaps, with ends that are right within some seconds, and all
// are over.
func (h *house) over(t *testing.T, want []GapRow) {
	t.Helper()
	rows := h.index.allGaps()
	ok := len(rows) == len(want)
	for i := 0; ok && i < len(want); i++ {
		got, w := rows[i], want[i]
		ok = got.Cause == w.Cause && got.Event.IsZero() && got.Count == 1 && got.From.Sub(w.From).Abs() < 3*time.Second && got.To.Sub(w.To).Abs() < 5*time.Second
	}
	if !ok {
		t.Fatalf("gaps %+v\nwant %+v", rows, want)
	}
}

// TestHubWasDown: a hub that was told to stop, and one that was killed, tells at its start of the
// time in which it recorded no event; of a camera of which nothing was to be recorded then,
// and of one that is none any more, it tells nothing.
func TestHubWasDown(t *testing.T) {
	for name, c := range map[string]struct {
		before, after media.Mode
		killed, gone  bool
		want          bool
	}{
		"told to":           {before: media.ModeEvents, after: media.ModeEvents, want: true},
		"killed":            {before: media.ModeEvents, after: media.ModeEvents, killed: true, want: true},
		"killed, now all":   {before: media.ModeEvents, after: media.ModeBoth, killed: true, want: true},
		"killed, now off":   {before: media.ModeEvents, after: media.ModeOff, killed: true, want: true},
		"killed, was off":   {before: media.ModeOff, after: media.ModeEvents, killed: true},
		"was off":           {before: media.ModeOff, after: media.ModeEvents},
		"killed, then gone": {before: media.ModeEvents, killed: true, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.start()
				h.r.Plan(h.cam.id, Plan{Mode: media.ModeEvents})
				h.steady(100)
				h.r.Plan(h.cam.id, Plan{Mode: c.before})
				h.steady(600)
				due := h.index.due
				stopped := h.clock.Now()
				h.halt()
				if c.killed { // its last words are not there
					clear(h.index.gaps)
					h.index.due = due
				}
				h.clock.Advance(time.Hour)
				started := h.clock.Now()
				h.start()
				if c.gone {
					h.r.Forget(h.cam.id)
				} else {
					h.r.Plan(h.cam.id, Plan{Mode: c.after})
				}
				h.steady(200)
				rows := h.index.allGaps()
				if !c.want {
					if len(rows) > 0 {
						t.Fatalf("gaps %+v", rows)
					}
					return
				}
				early := 2 * time.Second
				if c.killed {
					early = dueEvery + 2*time.Second
				}
				if len(rows) != 1 || rows[0].Cause != GapHub || rows[0].From.After(stopped) || stopped.Sub(rows[0].From) > early || rows[0].To.Sub(started).Abs() > 3*time.Second {
					t.Fatalf("gaps %+v, want one from %v to %v", rows, stopped, started)
				}
			})
		})
	}
}

// TestDueIsNoted: what is due is noted once a minute while nothing changes, and at each change.
func TestDueIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		notes := 0
		h.start(func(c *Config, r *Recorder) {
			if r == nil {
				c.Index = counted{h.index, &notes}
			}
		})
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeEvents})
		h.steady(3000)
		if notes < 4 || notes > 6 {
			t.Errorf("noted %d times in five minutes", notes)
		}
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeOff})
		h.steady(20)
		if was := notes; len(h.index.due.Cameras) > 0 {
			t.Errorf("%+v is due, noted %d times", h.index.due, was)
		}
		was := notes
		h.steady(3000)
		if notes != was {
			t.Errorf("noted %d times that nothing is due", notes-was)
		}
	})
}

// counted counts how often is noted what is due.
type counted struct {
	*index
	notes *int
}

func (c counted) DuePut(ctx context.Context, d Due) error {
	*c.notes++
	return c.index.DuePut(ctx, d)
}
