package recorder

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// cams are several cameras of one house.
type cams map[media.CameraID]*cam

func (all cams) Read(id media.CameraID, s media.StreamID, preRoll time.Duration) (media.Reader, error) {
	return all[id].Read(id, s, preRoll)
}

func (all cams) Snapshot(ctx context.Context, id media.CameraID) (media.Unit, error) {
	return all[id].Snapshot(ctx, id)
}

func (all cams) Frame(ctx context.Context, id media.CameraID, since time.Time, large bool) (time.Time, media.Unit, error) {
	return all[id].Frame(ctx, id, since, large)
}

func (all cams) Newest(id media.CameraID, s media.StreamID) (time.Time, error) {
	return all[id].Newest(id, s)
}

// loses has what waits for the camera's readers go, as where it is too much.
func (c *cam) loses() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.readers {
		for len(r.units) > 0 {
			<-r.units
		}
		r.lag <- struct{}{}
	}
	c.since = gop // nothing decodes until the next IDR
}

// TestStalledDisk: a disk that does not answer stops nobody but whose files wait for it. It is
// told as a gap of the disk while it lasts; of what was waiting nothing is missing behind it,
// and what there was no room for is a gap of the disk, too. Recording goes on by itself.
func TestStalledDisk(t *testing.T) {
	h := newHouse(t)
	other := h.camera(media.NewCameraID())
	var gate sync.RWMutex
	h.start(func(c *Config, r *Recorder) {
		c.Source = cams{h.cam.id: h.cam, other.id: other}
		if r != nil {
			r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error { // it answers nothing while the gate is held
				if (s.Op == pool.OpWrite || s.Op == pool.OpSync) && strings.Contains(s.Name, h.cam.id.String()) {
					gate.RLock()
					defer gate.RUnlock()
				}
				return take()
			})
		}
	})
	h.r.Watch(other.id)
	other.newRun(h.r)
	for _, c := range []*cam{h.cam, other} {
		c.picture()
		h.r.Plan(c.id, Plan{Mode: media.ModeContinuous})
		wait(t, "a clip to open", func() bool { s, _ := h.r.Status(c.id); return s.Recording })
	}
	both := func(pictures int) {
		for range pictures {
			h.cam.picture()
			other.picture()
			wait(t, "the other camera to be read", other.taken)
		}
	}
	stalls := func(meanwhile func()) {
		t.Helper()
		gate.Lock()
		both(100)
		open := h.gap(1, true)
		if is := h.r.Pools()[0].Trouble; is != PoolSlow {
			t.Errorf("the disk is %q", is)
		}
		if s, _ := h.r.Status(h.cam.id); open.Cause != GapDisk || open.Camera != h.cam.id || s.Gap.Cause != GapDisk || s.Writes.Most < 9*time.Second {
			t.Errorf("while it stalls: %+v, %+v", open, s.Gap)
		}
		if s, _ := h.r.Status(other.id); s.Problem != "" || !s.Recording || !s.Gap.From.IsZero() || h.clock.Now().Sub(s.Durable) > 2*time.Second {
			t.Errorf("the other camera meanwhile: %+v", s)
		}
		meanwhile()
		gate.Unlock()
		wait(t, "a loss to be noticed", func() bool {
			h.cam.mu.Lock()
			defer h.cam.mu.Unlock()
			for r := range h.cam.readers {
				return len(r.lag) == 0
			}
			return false
		})
		both(2 * gop)
		wait(t, "what is waiting to be written", func() bool { s, _ := h.r.Status(h.cam.id); return h.clock.Now().Sub(s.Durable) < 2*time.Second })
		h.drained() // that says when something was written, and not what
	}
	both(100)
	h.drained()
	stalls(func() {})
	h.listed()
	if rows := h.index.allGaps(); len(rows) != 0 {
		t.Errorf("nothing is missing, and there are %+v", rows)
	}
	stalls(h.cam.loses)
	if g := h.gap(1, false); g.Cause != GapDisk || g.Camera != h.cam.id || g.To.Sub(g.From) < 18*time.Second || g.To.Sub(g.From) > 26*time.Second {
		t.Errorf("%+v", g)
	}
	for _, c := range []*cam{h.cam, other} {
		h.r.Plan(c.id, Plan{})
	}
	wait(t, "the clips to end", func() bool {
		a, _ := h.r.Status(h.cam.id)
		b, _ := h.r.Status(other.id)
		return !a.Recording && !b.Recording && !h.pending()
	})
	var mine, others []ClipRow
	for _, row := range h.index.all() {
		if row.Camera == other.id {
			others = append(others, row)
		} else {
			mine = append(mine, row)
		}
	}
	if first, last := h.whole(others); len(others) != 1 || first != 0 || last+2 < other.n {
		t.Errorf("the other camera has pictures %d to %d of %d in %d files", first, last, other.n, len(others))
	}
	if len(mine) != 2 {
		t.Fatalf("%d files", len(mine))
	}
	_, last := h.open(mine[0], h.vault.store).contiguous(t)
	next, _ := h.open(mine[1], h.vault.store).contiguous(t)
	if missing := next - last; missing < 90 || missing > 150 {
		t.Errorf("between the files %d pictures are missing", missing)
	}
}

// TestStalledDiskEvents: what waits for a disk while another event begins is recorded in whichever is
// older, though it came longer ago than a new reader reaches back; also of a camera without the sub stream
// that is to be recorded.
func TestStalledDiskEvents(t *testing.T) {
	for name, plan := range map[string]Plan{
		"events": {Mode: media.ModeEvents}, "both": {Mode: media.ModeBoth}, "no sub stream": {Mode: media.ModeEvents, Streams: media.StreamsSub},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			var gate sync.RWMutex
			h.start(func(_ *Config, r *Recorder) {
				if r != nil {
					r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
						if s.Op == pool.OpWrite || s.Op == pool.OpSync {
							gate.RLock()
							defer gate.RUnlock()
						}
						return take()
					})
				}
			})
			h.r.Plan(h.cam.id, plan)
			if plan.Mode == media.ModeBoth {
				h.cam.picture()
				wait(t, "the stretch", func() bool { s, _ := h.r.Status(h.cam.id); return s.Recording })
				h.cam.pictures(40)
				h.drained()
			} else {
				h.motion(40)
			}
			gate.Lock()
			h.cam.pictures(100)
			at, event := h.cam.n, h.trigger(Trigger{Kind: media.KindDoorbell, Hold: true})
			h.cam.pictures(250)
			gate.Unlock()
			h.drained()
			h.trigger(Trigger{Active: false})
			h.r.Plan(h.cam.id, Plan{})
			h.finish()
			next, behind := uint64(0), false
			rows := h.index.all()
			for i, row := range rows {
				first, last := h.open(row, h.vault.store).contiguous(t)
				if i > 0 && first > next || i == 0 && first > 40 {
					t.Errorf("clip %d of %d begins with picture %d, up to %d are recorded", i, len(rows), first, next)
				}
				next = max(next, last+1)
				behind = behind || row.Event == event && first <= at+gop && last >= at+100
			}
			if !behind || next < at+250 {
				t.Errorf("rung at picture %d, recorded up to %d: %+v", at, next, rows)
			}
		})
	}
}
