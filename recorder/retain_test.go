package recorder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/retention"
)

// room is what the file system says of itself.
type room struct{ free, total atomic.Int64 }

func (d *room) of(s pool.Space) pool.Space {
	s.Free, s.Total = d.free.Load(), d.total.Load()
	return s
}

// on has a recorder believe a disk of a size with so much free.
func (d *room) on(free, total int64) func(*Config, *Recorder) {
	d.free.Store(free)
	d.total.Store(total)
	return func(_ *Config, r *Recorder) {
		if r != nil {
			r.disks[0].space = d.of
			r.disks[0].measure()
		}
	}
}

// policy has a recorder keep what p points to.
func policy(p *atomic.Pointer[retention.Policy]) func(*Config, *Recorder) {
	return func(c *Config, _ *Recorder) {
		c.Retention = func(context.Context) (retention.Policy, error) {
			if p.Load() == nil {
				return retention.Policy{}, errBroken
			}
			return *p.Load(), nil
		}
	}
}

// place makes a file for a row, with nothing in it: it is not lost.
func (h *house) place(row ClipRow) {
	h.t.Helper()
	folder := filepath.Join(h.dir, "clips", row.Camera.String(), row.Start.UTC().Format("2006-01"))
	must(h.t, os.MkdirAll(folder, 0o700))
	must(h.t, os.WriteFile(filepath.Join(folder, row.Clip.String()+".lar"), nil, 0o600))
}

// shelve enters clips of a camera that began so many hours ago, and says which.
func (h *house) shelve(id media.CameraID, kind media.Kind, bytes int64, hours ...int) (ids []media.ClipID) {
	h.index.mu.Lock()
	defer h.index.mu.Unlock()
	for _, n := range hours {
		event := media.NewEventID()
		row := ClipRow{Clip: media.NewClipID(), Camera: id, Event: event, Start: h.clock.Now().Add(-time.Duration(n) * time.Hour), Bytes: bytes, State: StateComplete}
		h.index.clips[row.Clip] = row
		h.place(row)
		if kind != "" {
			h.index.events[event] = EventRow{Event: event, Camera: id, Kind: kind, Start: row.Start, End: row.Start}
		}
		ids = append(ids, row.Clip)
	}
	return ids
}

// beside has clips be of the sub stream.
func (h *house) beside(ids []media.ClipID) []media.ClipID {
	h.index.mu.Lock()
	defer h.index.mu.Unlock()
	for _, id := range ids {
		row := h.index.clips[id]
		row.Event, row.Beside, row.Stretch = media.EventID{}, true, true
		h.index.clips[id] = row
	}
	return ids
}

// left are the clips that are listed.
func (h *house) left() (ids []media.ClipID) {
	for _, row := range h.index.all() {
		ids = append(ids, row.Clip)
	}
	return ids
}

// settles lets the clock go on until ages count.
func (h *house) settles() {
	h.retain()
	h.clock.Advance(15 * time.Minute)
	h.retain()
}

// TestBesideLeavesRoom: where there is no room for both streams the sub stream stays for longer, but no more
// of it than a quarter of what there is of its camera.
func TestBesideLeavesRoom(t *testing.T) {
	h := newHouse(t)
	small := h.beside(h.shelve(h.cam.id, "", 100, 100, 80, 60, 40))
	main := h.shelve(h.cam.id, media.KindMotion, 300, 30, 20, 10)
	var p atomic.Pointer[retention.Policy]
	p.Store(&retention.Policy{Cameras: map[media.CameraID]retention.Camera{h.cam.id: retention.Camera{}.WithBeside()}})
	h.start(policy(&p), func(c *Config, _ *Recorder) { c.LimitBytes = 850 })
	wait(t, "the limit to hold", func() bool { return h.r.Health().Bytes <= 850 })
	// of 1,300 the sub stream has 400, and one goes; then one of the main stream does, and another of the sub stream
	if want := slices.Concat(small[2:], main[1:]); !slices.Equal(h.left(), want) {
		t.Errorf("of %v and %v are left %v", small, main, h.left())
	}
}

// TestGroupsShareTheLimit: who records much pushes out their own, not what is another's.
func TestGroupsShareTheLimit(t *testing.T) {
	h := newHouse(t)
	ann, bob := retention.Group{1}, retention.Group{2}
	yard, shed := media.NewCameraID(), media.NewCameraID()
	hers := h.shelve(h.cam.id, media.KindMotion, 100, 9, 8, 7)
	yards := h.shelve(yard, media.KindMotion, 100, 6, 5, 4)
	his := h.shelve(shed, media.KindMotion, 100, 90, 80)
	var p atomic.Pointer[retention.Policy]
	p.Store(&retention.Policy{Cameras: map[media.CameraID]retention.Camera{h.cam.id: {Group: ann}, yard: {Group: ann}, shed: {Group: bob}}})
	h.start(policy(&p), func(c *Config, _ *Recorder) { c.LimitBytes = 500 })
	want := slices.Concat(his, yards)
	wait(t, "the oldest of who has most to go", func() bool { return len(h.left()) <= len(want) })
	if !slices.Equal(h.left(), want) {
		t.Errorf("of %v, %v and %v are left %v", hers, yards, his, h.left())
	}
	p.Store(&retention.Policy{Cameras: p.Load().Cameras, Quotas: map[retention.Group]int64{bob: 150}})
	h.r.Reconsider()
	wait(t, "a quota to hold", func() bool { return len(h.left()) == 4 })
	if want := append(his[1:], yards...); !slices.Equal(h.left(), want) {
		t.Errorf("left %v, want %v", h.left(), want)
	}
}

// TestAges: what is too old goes, by its kind, once the clock can be believed, and what
// somebody starred stays.
func TestAges(t *testing.T) {
	h := newHouse(t)
	motion := h.shelve(h.cam.id, media.KindMotion, 100, 50, 49, 47)
	bell := h.shelve(h.cam.id, media.KindDoorbell, 100, 60)
	h.setStar(motion[0])
	var p atomic.Pointer[retention.Policy]
	p.Store(&retention.Policy{Cameras: map[media.CameraID]retention.Camera{h.cam.id: {Rule: retention.Rule{Days: 2}, Kinds: map[media.Kind]retention.Rule{media.KindDoorbell: {Days: 3}}}}})
	h.start(policy(&p))
	<-h.r.counted
	h.retain()
	if len(h.left()) != 4 {
		t.Fatalf("%d left just after a start", len(h.left()))
	}
	h.settles()
	if got, want := h.left(), []media.ClipID{bell[0], motion[0], motion[2]}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
	h.clock.Advance(-time.Hour) // as it may: nothing more goes
	h.retain()
	if len(h.left()) != 3 {
		t.Errorf("%d left", len(h.left()))
	}
}

// TestNoPolicyNoRemoval: while it is not known whose what is, nothing goes.
func TestNoPolicyNoRemoval(t *testing.T) {
	h := newHouse(t)
	h.shelve(h.cam.id, media.KindMotion, 100, 3, 2, 1)
	var p atomic.Pointer[retention.Policy]
	h.start(policy(&p), func(c *Config, _ *Recorder) { c.LimitBytes = 150 })
	<-h.r.counted
	h.retain()
	if len(h.left()) != 3 {
		t.Errorf("%d left", len(h.left()))
	}
	p.Store(&retention.Policy{})
	h.r.Reconsider()
	wait(t, "the limit to hold", func() bool { return len(h.left()) == 1 })
}

// TestFloor: so much of the disk stays free that recording goes on; the file system has a
// while to show what is free, and not more goes than has to.
func TestFloor(t *testing.T) {
	h := newHouse(t)
	const mega = 1 << 20
	h.shelve(h.cam.id, media.KindMotion, 30*mega, 9, 8, 7, 6, 5, 4)
	var d room
	h.start(d.on(110*mega, 2000*mega)) // 100 MiB are to be free
	<-h.r.counted
	h.retain()
	if len(h.left()) != 6 {
		t.Fatalf("%d left with enough free", len(h.left()))
	}
	d.free.Store(70 * mega)
	h.retain()
	if len(h.left()) != 5 {
		t.Errorf("%d left for want of 30 MiB", len(h.left()))
	}
	for _, free := range []int64{70, 65, 80} { // a file that is being read is not free yet, whatever is written meanwhile
		d.free.Store(free * mega)
		h.retain()
		if len(h.left()) != 5 {
			t.Errorf("%d left before the disk shows it", len(h.left()))
		}
	}
	d.free.Store(86 * mega) // it shows more than half, and needs more
	h.retain()
	if len(h.left()) != 4 {
		t.Errorf("%d left", len(h.left()))
	}
	h.clock.Advance(freedWithin)
	h.retain()
	if len(h.left()) != 3 {
		t.Errorf("%d left of a disk that never shows it", len(h.left()))
	}
	d.free.Store(150 * mega)
	h.retain()
	if len(h.left()) != 3 {
		t.Errorf("%d left with enough free again", len(h.left()))
	}
	for _, c := range []struct{ total, floor int64 }{{10 << 40, 2 << 30}, {20 << 30, 1 << 30}, {64 * mega, 16 * mega}} {
		d.total.Store(c.total)
		h.r.disks[0].measure()
		if all, err := h.r.Recorded(); err != nil || all.Pools[0].Floor != c.floor {
			t.Errorf("of %d bytes %d stay free, %v", c.total, all.Pools[0].Floor, err)
		}
	}
}

// TestRetainCrashed: a stop in the middle of a removal leaves nothing behind, and takes
// nothing that was to stay, wherever it comes.
func TestRetainCrashed(t *testing.T) {
	for _, step := range []string{"marked", "file gone"} {
		h := newHouse(t)
		h.cam.pad = 2000
		h.start()
		for range 3 {
			h.moment(40)
		}
		rows := h.index.all()
		h.halt()
		crash := &dies{index: h.index, after: step, file: h.file(rows[0].Clip)}
		small := func(c *Config, _ *Recorder) { c.LimitBytes = rows[1].Bytes + rows[2].Bytes + 1 }
		h.start(small, func(c *Config, _ *Recorder) { c.Index = crash })
		wait(t, "the crash", crash.dead.Load)
		h.halt()
		if left := h.index.all(); len(left) != 3 || left[0].State != StateRemoving || left[1].State != StateComplete {
			t.Fatalf("%s: %+v", step, left)
		}
		if _, err := os.Stat(h.file(rows[0].Clip)); errors.Is(err, fs.ErrNotExist) != (step == "file gone") {
			t.Errorf("%s: the file: %v", step, err)
		}
		h.start(small)
		wait(t, "the removal to go on", func() bool { return len(h.left()) == 2 })
		h.counted()
		if !slices.Equal(h.left(), []media.ClipID{rows[1].Clip, rows[2].Clip}) || h.r.Health().Bytes != rows[1].Bytes+rows[2].Bytes {
			t.Errorf("%s: left %v with %d bytes", step, h.left(), h.r.Health().Bytes)
		}
		if _, err := os.Stat(h.file(rows[0].Clip)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the file stays: %v", step, err)
		}
		h.halt()
	}
}

// dies is an index that answers no more after a step of a removal.
type dies struct {
	*index
	after, file string
	dead        atomic.Bool
}

func (x *dies) ClipRemoving(ctx context.Context, clip media.ClipID) (bool, error) {
	if x.dead.Load() {
		return false, errBroken
	}
	ok, err := x.index.ClipRemoving(ctx, clip)
	if x.after == "marked" {
		x.dead.Store(true)
		return false, errBroken
	}
	return ok, err
}

func (x *dies) ClipRemoved(ctx context.Context, clip media.ClipID) error {
	if x.after == "file gone" {
		x.dead.Store(true)
	}
	if x.dead.Load() {
		return errBroken
	}
	return x.index.ClipRemoved(ctx, clip)
}

// TestStarredMeanwhile: a star that comes after a clip was listed keeps it.
func TestStarredMeanwhile(t *testing.T) {
	h := newHouse(t)
	ids := h.shelve(h.cam.id, media.KindMotion, 100, 3, 2, 1)
	h.start(func(c *Config, _ *Recorder) {
		c.Index, c.LimitBytes = &stars{index: h.index, h: h, clip: ids[0]}, 250
	})
	wait(t, "another one to go", func() bool { return len(h.left()) == 2 })
	if !slices.Equal(h.left(), []media.ClipID{ids[0], ids[2]}) {
		t.Errorf("left %v of %v", h.left(), ids)
	}
}

// stars is an index in which somebody stars a clip just when it was listed as one that may go.
type stars struct {
	*index
	h    *house
	clip media.ClipID
}

func (x *stars) Clips(ctx context.Context, q ClipQuery) ([]ClipRow, error) {
	rows, err := x.index.Clips(ctx, q)
	if q.Loose {
		x.h.setStar(x.clip)
	}
	return rows, err
}

// TestPreviewIsWhatGoes: what a change is said to delete is what it then deletes, and
// counting deletes nothing.
func TestPreviewIsWhatGoes(t *testing.T) {
	bells := map[media.Kind]retention.Rule{media.KindDoorbell: {AtLeast: 5}}
	for name, c := range map[string]retention.Camera{
		"nothing":              {},
		"days":                 {Rule: retention.Rule{Days: 2}},
		"bytes":                {Rule: retention.Rule{Bytes: 850}},
		"both":                 {Rule: retention.Rule{Bytes: 450, Days: 3}},
		"bells stay":           {Rule: retention.Rule{Bytes: 350}, Kinds: bells},
		"not even bells stay":  {Rule: retention.Rule{Bytes: 150}, Kinds: bells},
		"days of one kind":     {Kinds: map[media.Kind]retention.Rule{media.KindMotion: {Days: 1}}},
		"bytes of one kind":    {Kinds: map[media.Kind]retention.Rule{media.KindMotion: {Bytes: 250}}},
		"so much of one stays": {Rule: retention.Rule{Bytes: 450}, Kinds: map[media.Kind]retention.Rule{media.KindDoorbell: {AtLeastBytes: 250}}},
		"all of these":         {Rule: retention.Rule{Bytes: 450, Days: 3}, Kinds: map[media.Kind]retention.Rule{media.KindMotion: {Bytes: 350}, media.KindDoorbell: {Days: 9, AtLeastBytes: 150}}},
		"all but what is kept": {Rule: retention.Rule{Bytes: 1}},
	} {
		h := newHouse(t)
		motion := h.shelve(h.cam.id, media.KindMotion, 100, 99, 80, 60, 40, 20, 1)
		h.shelve(h.cam.id, media.KindDoorbell, 100, 98, 70, 30)
		h.shelve(h.cam.id, "", 70, 61)
		h.shelve(media.NewCameraID(), media.KindMotion, 1000, 200, 100)
		h.setStar(motion[1])
		var p atomic.Pointer[retention.Policy]
		p.Store(&retention.Policy{})
		h.start(policy(&p))
		h.settles()
		before, bytes := h.left(), h.r.Health().Bytes
		clips, freed, err := h.r.Preview(t.Context(), h.cam.id, c)
		if err != nil || len(h.left()) != len(before) || h.r.Health().Bytes != bytes {
			t.Fatalf("%s: %v; counting left %d of %d", name, err, len(h.left()), len(before))
		}
		p.Store(&retention.Policy{Cameras: map[media.CameraID]retention.Camera{h.cam.id: c}})
		h.r.Reconsider()
		h.retain()
		if gone := len(before) - len(h.left()); gone != clips || bytes-h.r.Health().Bytes != freed || (name == "nothing") != (clips == 0) {
			t.Errorf("%s: %d clips of %d bytes went, told were %d of %d", name, gone, bytes-h.r.Health().Bytes, clips, freed)
		}
		h.halt()
	}
}

// TestPassEnds: many removals are done in passes, and all are.
func TestPassEnds(t *testing.T) {
	h := newHouse(t)
	hours := make([]int, 3*passMost)
	for i := range hours {
		hours[i] = 100 + i
	}
	ids := h.shelve(h.cam.id, media.KindMotion, 10, hours...)
	var p atomic.Pointer[retention.Policy]
	p.Store(&retention.Policy{})
	h.start(policy(&p))
	h.settles()
	p.Store(&retention.Policy{Cameras: map[media.CameraID]retention.Camera{h.cam.id: {Rule: retention.Rule{Days: 1}}}})
	h.r.tidy.Lock()
	h.r.keeper.left = nil
	h.r.retain(t.Context())
	if got := len(h.left()); got != len(ids)-passMost {
		t.Errorf("%d left after one pass", got)
	}
	h.r.tidy.Unlock()
	wait(t, "all to go", func() bool { return len(h.left()) == 0 })
}

// TestBytesOfKinds: what a kind takes too much goes, its oldest first and of no other kind, by
// what its event turned out to be; so much of a kind as is to stay outlasts all that is younger.
func TestBytesOfKinds(t *testing.T) {
	h := newHouse(t)
	h.cam.pad = 2000
	var p atomic.Pointer[retention.Policy]
	p.Store(&retention.Policy{})
	h.start(policy(&p))
	const bell, motion = media.KindDoorbell, media.KindMotion
	for _, kinds := range [][]media.Kind{{bell}, {motion}, {bell}, {motion}, {bell}, {media.KindSound, motion}} {
		h.cam.pictures(40)
		for _, k := range kinds {
			h.trigger(Trigger{Kind: k, Hold: true})
		}
		h.recording()
		h.finish()
	}
	rows := h.clips(6)
	keep := func(all retention.Rule, kinds map[media.Kind]retention.Rule, want ...int) {
		t.Helper()
		p.Store(&retention.Policy{Cameras: map[media.CameraID]retention.Camera{h.cam.id: {Rule: all, Kinds: kinds}}})
		h.r.Reconsider()
		h.retain()
		var left []int
		var bytes int64
		for i, row := range rows {
			listed := slices.Contains(h.left(), row.Clip)
			if _, err := os.Stat(h.file(row.Clip)); errors.Is(err, fs.ErrNotExist) == listed {
				t.Errorf("clip %d is listed: %v; its file: %v", i, listed, err)
			}
			if listed {
				left, bytes = append(left, i), bytes+row.Bytes
			}
		}
		if !slices.Equal(left, want) || h.r.Health().Bytes != bytes {
			t.Errorf("left %v with %d bytes, want %v with %d", left, h.r.Health().Bytes, want, bytes)
		}
	}
	two := func(a, b int) int64 { return rows[a].Bytes + rows[b].Bytes }
	keep(retention.Rule{}, map[media.Kind]retention.Rule{motion: {Bytes: two(3, 5)}, bell: {AtLeastBytes: 1}}, 0, 2, 3, 4, 5)
	keep(retention.Rule{Bytes: two(2, 4)}, map[media.Kind]retention.Rule{bell: {AtLeastBytes: two(2, 4)}}, 2, 4)
	keep(retention.Rule{Bytes: rows[4].Bytes}, map[media.Kind]retention.Rule{bell: {AtLeastBytes: rows[4].Bytes}}, 4)
}
