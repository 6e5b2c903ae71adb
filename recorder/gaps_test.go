package recorder

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// gaps are the rows of all gaps, the oldest first.
func (x *index) allGaps() (rows []GapRow) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, g := range x.gaps {
		rows = append(rows, g)
	}
	slices.SortFunc(rows, func(a, b GapRow) int { return a.From.Compare(b.From) })
	return rows
}

// gap waits until the newest of so many gaps goes on, or is over.
func (h *house) gap(n int, open bool) GapRow {
	h.t.Helper()
	var rows []GapRow
	wait(h.t, "a gap", func() bool {
		rows = h.index.allGaps()
		return len(rows) == n && rows[n-1].To.IsZero() == open
	})
	return rows[n-1]
}

// at is when a picture came, of those since the house was built; every picture took a tenth
// of a second.
func (h *house) at(n uint64) time.Time {
	return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(time.Duration(n) * interval)
}

// leaves has the camera go away for so many pictures, and come back with another worker.
func (h *house) leaves(pictures int, meanwhile func()) {
	h.t.Helper()
	h.cam.away(true)
	h.cam.drop()
	h.cam.skip(pictures)
	meanwhile()
	h.cam.newRun(h.r)
	h.cam.away(false)
	h.cam.pictures(gop)
	h.recording()
}

// TestGapOfACamera: where all is recorded, what a camera does not bring is a gap from its last
// picture to the next one, told while it goes on; a short one is none.
func TestGapOfACamera(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	h.leaves(100, func() {
		open := h.gap(1, true)
		if open != (GapRow{Camera: h.cam.id, From: h.at(59), Cause: GapCamera, Count: 1}) {
			t.Errorf("%+v, want one from %v on", open, h.at(59))
		}
		if s, _ := h.r.Status(h.cam.id); !s.Gap.From.Equal(open.From) || s.Gap.Cause != GapCamera {
			t.Errorf("%+v", s)
		}
	})
	if g := h.gap(1, false); !g.To.Equal(h.at(160)) {
		t.Errorf("it ends %v, not %v", g.To, h.at(160))
	}
	h.goOn(gop + 5)
	h.cam.drop()
	h.cam.skip(15) // up to where a group begins
	h.cam.newRun(h.r)
	h.cam.picture()
	h.goOn(gop)
	h.listed()
	if s, _ := h.r.Status(h.cam.id); len(h.index.allGaps()) != 1 || !s.Gap.From.IsZero() {
		t.Errorf("%+v, %+v", h.index.allGaps(), s)
	}
}

// TestGapInAnEvent: what is missing in an event is told as the event's.
func TestGapInAnEvent(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.away(true)
	h.cam.skip(300)
	event := h.trigger(Trigger{Kind: media.KindDoorbell, Hold: true})
	h.cam.skip(80)
	g := h.gap(1, true)
	if g.Event != event || !g.From.Equal(h.at(300)) || g.Cause != GapCamera {
		t.Errorf("%+v", g)
	}
	h.cam.skip(100)
	h.idle()
	if over := h.gap(1, false); !over.To.Equal(h.at(400)) { // its post-roll is ten seconds
		t.Errorf("%+v, want until %v", over, h.at(400))
	}
	h.cam.newRun(h.r)
	h.cam.away(false)
	h.cam.pictures(100)
	h.moment(40)
	for i, row := range h.index.allGaps() { // behind the event none could be recorded for a while
		if i > 0 && (!row.Event.IsZero() || row.From.Before(h.at(400)) || row.To.After(h.clock.Now()) || row.Cause != GapCamera) {
			t.Errorf("%+v", row)
		}
	}
}

// TestGapOfTheDisk: a disk that is full makes a gap, from the last picture that is on it.
func TestGapOfTheDisk(t *testing.T) {
	h := newHouse(t)
	full := h.startOnFullDisk()
	h.plan(Plan{Mode: media.ModeBoth})
	h.recording()
	h.goOn(59)
	full.Store(true)
	h.cam.pictures(100)
	open := h.gap(1, true)
	full.Store(false)
	for range 400 {
		if s, _ := h.r.Status(h.cam.id); s.Recording {
			break
		}
		h.cam.pictures(gop)
		h.drained()
	}
	h.recording()
	g := h.gap(1, false)
	wait(t, "the torn clip to be ended", func() bool { return h.index.all()[0].State == StateCut })
	rows := h.index.all()
	if g.Cause != GapDisk || g.From != open.From || len(rows) != 2 {
		t.Fatalf("%+v, clips %+v", g, rows)
	}
	_, last := h.open(rows[0], h.vault.store).contiguous(t)
	next := uint64(rows[1].Start.Sub(h.at(0)) / interval)
	if s, _ := h.r.Status(h.cam.id); s.Waiting.Dropped < int64(next-last)-2 || s.Waiting.Dropped > int64(next-last)+2 {
		t.Errorf("%d pictures are lost, %d are told", next-last-1, s.Waiting.Dropped)
	}
	if end := rows[0].Start.Add(rows[0].Duration); end.Sub(g.From).Abs() > interval || !g.To.Equal(rows[1].Start) {
		t.Errorf("a gap from %v to %v; a clip ends %v, the next begins %v", g.From, g.To, end, rows[1].Start)
	}
}

// TestGapOfAnOverload: what a hub that reads too slowly loses is a gap of that cause.
func TestGapOfAnOverload(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	h.read()
	h.cam.mu.Lock()
	for r := range h.cam.readers {
		r.lag <- struct{}{}
	}
	h.cam.mu.Unlock()
	wait(t, "the loss to be told", func() bool { return h.problem() == problemLag })
	h.cam.skip(40)
	h.cam.pictures(gop)
	h.recording()
	if g := h.gap(1, false); g.Cause != GapOverload || !g.From.Equal(h.at(59)) || !g.To.Equal(h.at(100)) {
		t.Errorf("%+v", g)
	}
}

// TestGapWhileTheDiskIsBusy: a camera that brings nothing is to blame, though its loop just waits for a write that
// takes its time; where pictures came meanwhile the hub is.
func TestGapWhileTheDiskIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var busy atomic.Bool
		free := make(chan struct{})
		h.start(func(_ *Config, r *Recorder) {
			if r == nil {
				return
			}
			r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
				if s.Op == pool.OpSync && busy.Load() {
					<-free
				}
				return take()
			})
		})
		h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
		h.steady(60)
		from := h.clock.Now().Add(-interval)
		busy.Store(true)
		h.cam.skip(60) // its file ends
		time.Sleep(tick)
		synctest.Wait()
		c := h.r.camera(h.cam.id)
		c.mu.Lock()
		waits := c.waits
		c.mu.Unlock()
		if is := c.seems(h.clock.Now()); waits || is != GapCamera {
			t.Errorf("it seems to be the %s; the loop waits for the camera: %v", is, waits)
		}
		time.Sleep(gapsEvery)
		if g := h.gap(1, true); g.Cause != GapCamera || !g.From.Equal(from) {
			t.Errorf("%+v, want from %v", g, from)
		}
		h.cam.picture()
		if is := c.seems(h.clock.Now()); is != GapOverload {
			t.Errorf("a picture came, and it seems to be the %s", is)
		}
		close(free)
		h.halt()
	})
}

// TestGapOfPrivacy: a camera off the air has a gap that is meant to be, where all would be
// recorded; what begins behind it is no gap.
func TestGapOfPrivacy(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	h.r.Rest(h.cam.id)
	from := h.clock.Now()
	h.r.Rest(h.cam.id) // it is said again each minute
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
	h.cam.skip(100)
	g := h.gap(1, true)
	if g.Cause != GapPrivacy || !g.From.Equal(from) {
		t.Errorf("%+v, want from %v", g, from)
	}
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeOff}) // a time of the week ends
	to := h.clock.Now()
	if g = h.gap(1, false); !g.To.Equal(to) {
		t.Errorf("%+v, want to %v", g, to)
	}
	h.cam.skip(50)
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
	h.gap(2, true)
	h.cam.skip(50)
	to = h.clock.Now()
	h.r.Watch(h.cam.id)
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
	h.cam.skip(40)
	h.cam.newRun(h.r)
	h.cam.pictures(gop + 1)
	h.recording()
	h.listed()
	if g = h.gap(2, false); g.Cause != GapPrivacy || !g.To.Equal(to) {
		t.Errorf("%+v, want to %v", g, to)
	}
}

// TestGapOfAStop: from the last picture before a stop to the first one behind it is a gap, of
// a hub that was told to stop as of one that was killed.
func TestGapOfAStop(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	h.listed()
	killed := h.image()
	for id, row := range h.index.clips {
		killed.index.clips[id] = row
	}
	h.halt()
	if g := h.gap(1, true); g.Cause != GapHub || !g.From.Equal(h.at(59)) {
		t.Errorf("%+v", g)
	}
	killed.clock.Advance(h.clock.Now().Sub(killed.clock.Now()))
	for name, h := range map[string]*house{"told": h, "killed": killed} {
		h.clock.Advance(time.Hour)
		started := h.clock.Now()
		h.start()
		h.plan(Plan{Mode: media.ModeContinuous})
		h.recording()
		h.goOn(gop)
		g := h.gap(1, false)
		// A killed hub loses the fragment in flight, of a second at most.
		if early := h.at(59).Sub(g.From); g.Cause != GapHub || early < 0 || early > 2*time.Second || name == "told" && early != 0 || g.To.Before(started) || g.To.Sub(started) > time.Second {
			t.Errorf("%s: from %v to %v, want %v to %v", name, g.From, g.To, h.at(59), started)
		}
		h.halt()
	}
}

// TestGapsOfAnOlderIndex: a gap that went on when the index was copied was over when something
// was recorded, as its clips show; of two that go on the older one ended where the other began.
func TestGapsOfAnOlderIndex(t *testing.T) {
	h := newHouse(t)
	row := h.one()
	other := media.NewCameraID()
	gaps := []GapRow{
		{Camera: h.cam.id, From: row.Start.Add(-time.Hour), Cause: GapCamera, Count: 1},
		{Camera: other, From: row.Start.Add(-2 * time.Hour), Cause: GapDisk, Count: 1},
		{Camera: other, From: row.Start.Add(-time.Hour), Cause: GapHub, Count: 1},
	}
	for _, g := range gaps {
		if err := h.index.GapPut(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	h.start()
	h.listed()
	h.clock.Advance(settleWithin)
	wait(t, "the gaps to be over", func() bool {
		return !slices.ContainsFunc(h.index.allGaps(), func(g GapRow) bool { return g.To.IsZero() })
	})
	started := h.clock.Now().Add(-settleWithin)
	for i, to := range map[int]time.Time{0: row.Start, 1: gaps[2].From, 2: started} {
		want := gaps[i]
		want.To = to
		if rows := h.index.allGaps(); !slices.ContainsFunc(rows, func(g GapRow) bool { return g.Camera == want.Camera && g.From.Equal(want.From) && g.To.Equal(want.To) }) {
			t.Errorf("want %+v of %+v", want, rows)
		}
	}
}

// TestGapsOutliveAClockThatRuns: old gaps go once an hour, and events of which nothing is recorded, but not while the clock runs years ahead for a while,
// nor just after.
func TestGapsOutliveAClockThatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.shows(h.clock.Now())
		h.start()
		expired := func() []time.Time {
			h.index.mu.Lock()
			defer h.index.mu.Unlock()
			return h.index.expired
		}
		minutes := func(n, want int) {
			t.Helper()
			for range n {
				h.clock.Advance(time.Minute)
				time.Sleep(gapsEvery)
				synctest.Wait()
			}
			if got := expired(); len(got) != want {
				t.Fatalf("gaps expired %d times, and not %d: %v", len(got), want, got)
			}
		}
		const years = 12 * 365 * 24 * time.Hour
		minutes(58, 0)
		h.steps(years)
		minutes(9, 0)
		h.steps(-years)
		minutes(9, 0)
		minutes(3, 1)
		if ago := h.clock.Now().Sub(expired()[0]) - gapsKept; ago < 0 || ago > 3*time.Minute {
			t.Errorf("what ended before %v went, and it is %v", expired()[0], h.clock.Now())
		}
		minutes(62, 2)
		if h.index.mu.Lock(); !slices.Equal(h.index.bare, h.index.expired) {
			t.Errorf("events went that ended before %v, gaps before %v", h.index.bare, h.index.expired)
		}
		h.index.mu.Unlock()
	})
}
