package recorder

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
)

// plan says what is recorded, and waits until all the time is if it says so.
func (h *house) plan(p Plan) {
	h.t.Helper()
	h.r.Plan(h.cam.id, p)
	if p.Mode.Continuous() {
		h.cam.picture()
		h.watched()
	}
}

// goOn sends pictures, each once the one before was read.
func (h *house) goOn(n int) {
	h.t.Helper()
	for range n {
		h.cam.picture()
		h.read()
	}
}

// read waits until a reader has taken every unit.
func (h *house) read() {
	h.t.Helper()
	wait(h.t, "a reader that has read", h.cam.taken)
}

// passes goes on until an event is over and the stretch behind it is recorded. Pictures come
// in heaps, so that some have come before the stretch is read.
func (h *house) passes() {
	h.t.Helper()
	for range 400 {
		if s, _ := h.r.Status(h.cam.id); s.Event.IsZero() {
			break
		}
		h.cam.pictures(2*gop + 3)
		h.read()
	}
	h.recording()
}

// listed waits until the index has taken all rows.
func (h *house) listed() {
	h.t.Helper()
	wait(h.t, "all rows", func() bool { return !h.pending() })
}

// whole says which pictures files of one kind hold, that none of them is there twice, and none
// missing.
func (h *house) whole(rows []ClipRow) (first, last uint64) {
	h.t.Helper()
	for i, row := range rows {
		from, to := h.open(row, h.vault.store).contiguous(h.t)
		if i == 0 {
			first = from
		} else if from != last+1 {
			h.t.Errorf("file %d begins with picture %d, behind %d", i, from, last)
		}
		last = to
	}
	return first, last
}

// TestStretches: where all is recorded, an event has files of its own, with its pre-roll;
// what was before and behind it is a stretch, and no picture is missing or twice but
// those of the pre-roll. No stretch is an event.
func TestStretches(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeBoth})
	h.recording()
	h.goOn(104)
	before := h.clipOpen(t)
	event := h.trigger(Trigger{Kind: media.KindDoorbell, Hold: true})
	wait(t, "the event to be recorded", func() bool { s, _ := h.r.Status(h.cam.id); return s.Recording && s.Clip != before })
	h.passes()
	h.goOn(50)
	h.plan(Plan{Mode: media.ModeOff})
	h.paused()
	h.listed()
	rows := h.clips(3)
	if !rows[0].Stretch || rows[1].Stretch || !rows[2].Stretch || rows[1].Event != event || rows[0].Event == rows[2].Event {
		t.Fatalf("%+v", rows)
	}
	for _, row := range []ClipRow{rows[0], rows[2]} {
		heads, err := h.clip(row).Records()
		if e := h.index.event(row.Event); !e.Event.IsZero() || row.Part != 0 || row.State != StateComplete || err != nil || !heads[0].Stretch {
			t.Errorf("a stretch is %+v, its event %+v, its head %+v, %v", row, e, heads[0], err)
		}
	}
	if first, last := h.whole(rows[:1]); first != 0 || last < 103 { // the newest may be in hand
		t.Errorf("before are pictures %d to %d, want 0 to 104", first, last)
	}
	first, last := h.whole(rows[1:])
	if _, until := h.whole(rows[1:2]); first != 40 || until < 205 || until > 225 || until%gop != gop-1 {
		t.Errorf("the event has pictures %d to %d", first, until)
	}
	if want := h.cam.n - 1; last+1 < want {
		t.Errorf("the last picture is %d, not %d", last, want)
	}
	if o := h.open(rows[0], h.vault.store); len(o.notes) != 0 {
		t.Errorf("a stretch says %+v", o.notes)
	}
}

// TestBurst: a camera that was held up sends all at once what it could not. Files last as long as
// their pictures, and each begins behind the one before it, whenever it came.
func TestBurst(t *testing.T) {
	h := newHouse(t)
	h.start(func(c *Config, _ *Recorder) { c.MaxClip = 10 * time.Second })
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(30)
	h.cam.burst = true
	h.goOn(150)
	h.cam.burst = false
	h.goOn(120)
	h.plan(Plan{Mode: media.ModeOff})
	h.paused()
	h.listed()
	rows := h.index.all()
	if len(rows) < 3 {
		t.Fatalf("%d files", len(rows))
	}
	for i, row := range rows[1:] {
		if end := rows[i].Start.Add(rows[i].Duration).Truncate(time.Millisecond); row.Start.Before(end) {
			t.Errorf("file %d is until %v, and the next one from %v on", i, end, row.Start)
		}
	}
	if first, last := h.whole(rows); first != 0 || last < h.cam.n-2 {
		t.Errorf("pictures %d to %d of %d", first, last, h.cam.n)
	}
}

// TestContinuous: where nothing but stretches is recorded nothing begins an event, whatever
// its kind, and files follow each other without a hole. What goes on when events
// begin again is one from then.
func TestContinuous(t *testing.T) {
	h := newHouse(t)
	h.start(func(c *Config, _ *Recorder) { c.MaxClip = 10 * time.Second })
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(100)
	for _, kind := range []media.Kind{media.KindMotion, media.KindSound, media.KindDoorbell, media.KindTamper, media.KindTrigger, media.KindCamera} {
		if id := h.trigger(Trigger{Kind: kind, Hold: true}); !id.IsZero() {
			t.Errorf("%s began an event", kind)
		}
		h.goOn(20)
	}
	h.trigger(Trigger{Kind: media.KindCamera, Active: true})
	h.trigger(Trigger{Kind: media.KindMotion, Active: true})
	h.r.Arm(h.cam.id, false)
	h.listed()
	rows := h.index.all()
	if first, _ := h.whole(rows[:len(rows)-1]); first != 0 || len(rows) < 3 || slices.ContainsFunc(rows, func(r ClipRow) bool { return !r.Stretch }) {
		t.Errorf("from picture %d: %+v", first, rows)
	}
	h.plan(Plan{Mode: media.ModeEvents})
	s, _ := h.r.Status(h.cam.id)
	wait(t, "the event to be recorded", func() bool {
		now, _ := h.r.Status(h.cam.id)
		return now.Recording && !h.index.event(s.Event).Event.IsZero()
	})
	if e := h.index.event(s.Event); e.Kind != media.KindCamera || !e.Start.Equal(h.clock.Now()) {
		t.Errorf("%+v began, at %v", e, h.clock.Now())
	}
	h.trigger(Trigger{Kind: media.KindCamera})
	h.finish()
	if rows := h.index.all(); rows[len(rows)-1].Event != s.Event {
		t.Errorf("the last file is %+v", rows[len(rows)-1])
	}
}

// TestEventInAnOutage: an event of which nothing was recorded, for it began and ended while the camera was
// away, takes nothing from the stretch behind it: that begins with what came before it could be read.
func TestEventInAnOutage(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeBoth})
	h.recording()
	h.goOn(59)
	h.cam.away(true)
	h.cam.drop()
	h.cam.skip(50)
	event := h.trigger(Trigger{Hold: true})
	h.cam.skip(250)
	wait(t, "the event to end", func() bool { return !h.index.event(event).End.IsZero() })
	back := h.cam.n
	h.cam.newRun(h.r)
	h.cam.pictures(2*gop + 5)
	h.cam.away(false)
	h.recording()
	h.goOn(gop)
	h.plan(Plan{Mode: media.ModeOff})
	h.paused()
	h.listed()
	rows := h.clips(2)
	if first, _ := h.open(rows[1], h.vault.store).contiguous(t); first != back || !rows[1].Stretch {
		t.Errorf("recorded from picture %d on, and not from %d: %+v", first, back, rows[1])
	}
}

// TestModeOff: nothing is recorded while nothing is to be, not even what goes on, and
// later no pre-roll of it is.
func TestModeOff(t *testing.T) {
	h := newHouse(t)
	h.start()
	event := h.motion(60)
	h.goOn(5)
	at := h.clock.Now()
	h.plan(Plan{Mode: media.ModeOff})
	h.idle()
	if e := h.index.event(event); !e.End.Equal(at) {
		t.Errorf("the event ends %v, not %v", e.End, at)
	}
	h.cam.pictures(40)
	if id := h.trigger(Trigger{Kind: media.KindDoorbell, Hold: true}); !id.IsZero() {
		t.Error("a bell began an event")
	}
	h.trigger(Trigger{Active: false})
	h.cam.pictures(15)
	h.clips(1)
	on := h.cam.n
	h.plan(Plan{Mode: media.ModeEvents})
	h.cam.pictures(30)
	h.trigger(Trigger{Hold: true})
	h.recording()
	h.finish()
	rows := h.clips(2)
	if first, _ := h.open(rows[1], h.vault.store).contiguous(t); first < on || first >= on+gop {
		t.Errorf("recorded from picture %d; from %d on something is to be", first, on)
	}
}

// TestStretchGoesOn: a stretch outlives other keys and lost connections as an event does,
// and says why it stands still.
func TestStretchGoesOn(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	before := h.vault.store
	h.vault.bump(t)
	h.cam.newRun(h.r) // before the IDR that is due
	h.goOn(40)
	h.listed()
	rows := h.clips(2)
	if _, last := h.open(rows[0], before).contiguous(t); last != 59 {
		t.Errorf("under the key of before up to picture %d, want 59", last)
	}
	reads := func() int {
		h.cam.mu.Lock()
		defer h.cam.mu.Unlock()
		return h.cam.reads
	}
	first := reads()
	h.cam.drop()
	wait(t, "the camera to be read again", func() bool { return reads() > first })
	h.goOn(30)
	h.cam.away(true)
	h.cam.drop()
	wait(t, "the trouble", func() bool { s, _ := h.r.Status(h.cam.id); return !s.Recording && s.Problem == problemSilent })
	h.r.Plan(h.cam.id, Plan{})
	wait(t, "the trouble to be over", func() bool { s, _ := h.r.Status(h.cam.id); return s.Problem == "" })
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
	h.cam.skip(71)
	h.cam.newRun(h.r) // first: what came before is not read again
	h.cam.away(false)
	h.cam.pictures(20)
	h.recording()
	h.goOn(20)
	h.plan(Plan{})
	h.paused()
	h.listed()
	rows = h.clips(4)
	if first, last := h.open(rows[1], h.vault.store).contiguous(t); first != 60 || last != 99 {
		t.Errorf("the second has pictures %d to %d", first, last)
	}
	if first, last := h.open(rows[2], h.vault.store).contiguous(t); first != 100 || last != 129 {
		t.Errorf("behind the lost connection are pictures %d to %d, want 100 to 129", first, last)
	}
	if first, _ := h.open(rows[3], h.vault.store).contiguous(t); first != 220 {
		t.Errorf("behind the time without a camera: picture %d, want 220", first)
	}
	if s, _ := h.r.Status(h.cam.id); s.Problem != "" || s.Continuous {
		t.Errorf("%+v", s)
	}
}

// TestStretchCrash: a stretch that a crash left open is ended at the next start, and a file
// that no row names says by itself that it is one.
func TestStretchCrash(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(60)
	h.listed()
	image := h.image()
	image.index.clips[h.clipOpen(t)] = h.clips(1)[0]
	image.start()
	image.listed()
	if now := image.clips(1)[0]; now.State != StateRecovered || !now.Stretch {
		t.Errorf("%+v", now)
	}
	image.halt()
	var found []ClipRow
	if _, err := Survey(t.Context(), image.pools(), h.vault.Signers(), func(r ClipRow) error { found = append(found, r); return nil }); err != nil || len(found) != 1 || !found[0].Stretch {
		t.Errorf("found %+v, %v", found, err)
	}
}

// TestSilentFiles: sound that is not to be recorded is in no file, from when that is said on,
// and no picture is lost for it.
func TestSilentFiles(t *testing.T) {
	h := newHouse(t)
	config := fmp4test.LawConfig(media.PCMA)
	h.cam.custom = &config
	h.start()
	sounds := func(n int) {
		for range n {
			h.goOn(1)
			h.cam.mu.Lock()
			h.cam.hear(config.Tracks[1])
			h.cam.mu.Unlock()
		}
		h.read()
	}
	audio := func(row ClipRow) bool {
		t.Helper()
		o := h.open(row, h.vault.store)
		tracks, err := fmp4.ReadInit(o.mp4[:bytes.Index(o.mp4, []byte("sidx"))-4])
		if err != nil {
			t.Fatal(err)
		}
		return len(tracks) > 1
	}
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	sounds(50)
	h.plan(Plan{Mode: media.ModeContinuous, Silent: true})
	sounds(50)
	h.plan(Plan{Mode: media.ModeContinuous})
	sounds(50)
	h.plan(Plan{Mode: media.ModeOff})
	h.paused()
	h.listed()
	rows := h.clips(3)
	if first, last := h.whole(rows); first != 0 || last+2 < h.cam.n {
		t.Errorf("pictures %d to %d", first, last)
	}
	for i, want := range []bool{true, false, true} {
		if got := audio(rows[i]); got != want {
			t.Errorf("file %d has sound: %v", i, got)
		}
	}
	first := h.open(rows[0], h.vault.store).mp4
	if !bytes.Contains(first, fmp4test.LawSound(45)) || bytes.Contains(first, fmp4test.LawSound(57)) {
		t.Error("the first file has not the sound of up to when it was to have none")
	}
}

// TestRolls: what is recorded before and after an event is what was said of its kind, or of
// all kinds.
func TestRolls(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Rolls: Rolls{"": {Pre: 0, Post: 3 * time.Second}, media.KindDoorbell: {Pre: 8 * time.Second, Post: 20 * time.Second}}})
	for _, c := range []struct {
		kind      media.Kind
		pre, post int // pictures: at least before, and after
	}{{media.KindMotion, 0, 30}, {media.KindDoorbell, 80, 200}, {media.KindTrigger, 0, 30}} {
		h.cam.pictures(120)
		n := h.cam.n
		h.trigger(Trigger{Kind: c.kind, Hold: true})
		h.recording()
		h.finish()
		rows := h.index.all()
		first, last := h.open(rows[len(rows)-1], h.vault.store).contiguous(t)
		if before := int(n - first); before < c.pre || before > c.pre+gop {
			t.Errorf("%s: %d pictures before, want %d", c.kind, before, c.pre)
		}
		if after := int(last - n); after < c.post-1 || after > c.post+1 {
			t.Errorf("%s: %d pictures after, want %d", c.kind, after, c.post)
		}
	}
}
