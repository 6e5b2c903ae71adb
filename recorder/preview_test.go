package recorder

import (
	"fmt"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder/sealed"
)

// TestFramesAreEven: of a file of any length a preview has a bounded number of pictures,
// about as far apart, from its first to its last; few of those that stand alone are drawn.
func TestFramesAreEven(t *testing.T) {
	start := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, gop := range []time.Duration{time.Second / 10, time.Second, 2 * time.Second, 4 * time.Second, 10 * time.Second} {
		for _, length := range []time.Duration{15 * time.Second, 40 * time.Second, 5 * time.Minute} {
			p, drawn := newPreview(start, frameStep), 0
			for at := time.Duration(0); at < length; at += gop {
				if now := start.Add(at); !now.Before(p.next) {
					drawn++
					p.add(frame{at: now})
				}
			}
			what := fmt.Sprintf("of %v, each %v", length, gop)
			stand, n := int(length/gop), len(p.frames)
			if most := mostFrames + 4*mostFrames/2; drawn > most {
				t.Errorf("%s: %d were drawn", what, drawn)
			}
			if n > mostFrames || n < min(stand, mostFrames/2) {
				t.Errorf("%s: %d frames", what, n)
			}
			if !p.frames[0].at.Equal(start) {
				t.Errorf("%s: the first is of %v", what, p.frames[0].at)
			}
			least, most := length, time.Duration(0)
			for i := 1; i < n; i++ {
				apart := p.frames[i].at.Sub(p.frames[i-1].at)
				least, most = min(least, apart), max(most, apart)
			}
			if most > 2*least {
				t.Errorf("%s: from %v to %v apart", what, least, most)
			}
			if left := start.Add(length).Sub(p.frames[n-1].at); left > 2*most+gop {
				t.Errorf("%s: %v behind the last one", what, left)
			}
		}
	}
}

// frames lets groups of pictures go by until the recorder has so many small ones more.
func (h *house) frames(groups int) {
	h.t.Helper()
	for range groups {
		before := h.cam.given()
		h.pass(gop)
		wait(h.t, "a small picture", func() bool { return h.cam.given() > before })
	}
}

// TestPreview: a clip has small pictures of all of it, sealed like the rest, with their
// times; and a small one of the best picture, or else of when it began, whoever noticed it.
func TestPreview(t *testing.T) {
	h := newHouse(t)
	h.cam.draws = true
	h.start()
	h.cam.pictures(60)
	says := h.teller()
	event := h.clock.Now()
	says.tell(media.SourceCamera, true, 0, media.Event{})
	h.recording()
	h.pass(1)
	wait(h.t, "the small pictures of the pre-roll", func() bool { return h.cam.given() >= 3 })
	h.frames(3)
	h.trigger(Trigger{Active: false, Source: media.SourceCamera})
	h.finish()
	row := h.clips(1)[0]
	o := h.open(row, h.vault.store)
	if n := len(o.preview); n < 9 || n > mostFrames || !row.Preview || !row.Thumbnail {
		t.Fatalf("%d pictures, row %+v", n, row)
	}
	for i, f := range o.preview {
		at := row.Start.Add(media90(int64(f.Time), 90_000))
		if want := row.Start.Add(time.Duration(i) * gop * interval); !at.Equal(want) || string(f.JPEG) != "small "+want.Format(time.TimeOnly) {
			t.Errorf("picture %d is %q of %v, want that of %v", i, f.JPEG, at, want)
		}
	}
	// it began with picture 60, which stands alone
	if want := "small " + event.Format(time.TimeOnly); string(o.small) != want {
		t.Errorf("the small one is %q, want %q", o.small, want)
	}
	if again := told(h); again.Preview != row.Preview || again.Thumbnail != row.Thumbnail {
		t.Errorf("the file's heads tell %+v", again)
	}
	if _, err := Verify(t.Context(), h.files(h.index, h.clock.Now()), func(v Verified) error {
		if v.Fault != "" || v.Whole != row.Bytes-sealed.EndSize {
			t.Errorf("verified: %+v", v)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}

	h.cam.pictures(100)
	says.tell(media.SourceMotion, true, 0, media.Event{})
	h.recording()
	says.see(200, 0, "best")
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
	if o := h.open(h.clips(2)[1], h.vault.store); string(o.small) != "small: best" || string(o.thumb) != "best" {
		t.Errorf("of motion: %q and %q", o.small, o.thumb)
	}
}

// told is the row that the one file tells.
func told(h *house) (found ClipRow) {
	h.t.Helper()
	if _, err := Survey(h.t.Context(), h.pools(), h.vault.Signers(), func(c ClipRow) error { found = c; return nil }); err != nil {
		h.t.Fatal(err)
	}
	return found
}

// TestPictureOfNoSight: an event of which nobody gives a picture has a large one of the first
// that stands alone inside it, which is told of once; what shows motion takes its place. One of
// a camera that gives its own has that.
func TestPictureOfNoSight(t *testing.T) {
	h := newHouse(t)
	h.cam.draws = true
	var told shown
	h.start(func(c *Config, _ *Recorder) { c.Pictured = told.pictured })
	says := h.teller()
	record := func(shows func()) opened {
		t.Helper()
		h.cam.pictures(65)
		says.tell(media.SourceCamera, true, 0, media.Event{})
		h.recording()
		h.pass(1)
		wait(t, "a picture of the event", func() bool { h.pass(1); return len(told.sizes()) > 0 })
		h.pass(4 * gop)
		shows()
		h.finishAfter(func() { says.tell(media.SourceCamera, false, 0, media.Event{}) })
		all := h.index.all()
		return h.open(all[len(all)-1], h.vault.store)
	}
	o := record(func() {})
	event := told.list[0].Event
	at := told.list[0].At
	e := h.index.event(event)
	if len(told.list) != 1 || e.Start.IsZero() || at.Before(e.Start) || at.Sub(e.Start) > gop*interval {
		t.Errorf("told of %d pictures, the first of %v; the event is from %v on", len(told.list), at, e.Start)
	}
	if want := at.Format(time.TimeOnly); string(o.thumb) != "large "+want || string(o.small) != "small "+want {
		t.Errorf("%q and %q, want those of %s", o.thumb, o.small, want)
	}
	if n := h.cam.given(); n != len(o.preview) {
		t.Errorf("%d were drawn for a preview of %d", n, len(o.preview))
	}
	told.list = nil
	if o := record(func() { says.see(1, 0, "next to what moved") }); string(o.thumb) != "next to what moved" || fmt.Sprint(told.sizes()) != "[0 1]" {
		t.Errorf("%q; told of %v", o.thumb, told.sizes())
	}
	h.cam.snapshot, told.list = []byte("the camera's own"), nil
	if o := record(func() {}); string(o.thumb) != "the camera's own" || len(told.sizes()) != 1 {
		t.Errorf("%q; told of %v", o.thumb, told.sizes())
	}
}

// TestPreviewOfEachFile: each file of an event has its own pictures, none of which came
// before it began: another epoch's key opens no picture of before that epoch.
func TestPreviewOfEachFile(t *testing.T) {
	h := newHouse(t)
	h.cam.draws, h.cam.keeps = true, true
	h.start()
	h.motion(60)
	h.pass(1)
	wait(h.t, "the small pictures of the pre-roll", func() bool { return h.cam.given() >= 3 })
	h.frames(2)
	old := h.vault.store
	h.vault.bump(t)
	h.cam.newRun(h.r)
	h.frames(3)
	h.still()
	rows := h.clips(2)
	for i, key := range []int{0, 1} {
		store := old
		if key == 1 {
			store = h.vault.store
		}
		o := h.open(rows[i], store)
		if len(o.preview) < 3 {
			t.Errorf("file %d has %d pictures", i, len(o.preview))
		}
		for _, f := range o.preview {
			at := string(f.JPEG[len("small "):])
			if at < rows[i].Start.Format(time.TimeOnly) || i == 0 && at >= rows[1].Start.Format(time.TimeOnly) {
				t.Errorf("file %d, from %v on, has a picture of %s", i, rows[i].Start, at)
			}
		}
	}
}

// TestNoPreview: where no picture is drawn there is none, and the camera is asked now and
// then; the clip is as it was without.
func TestNoPreview(t *testing.T) {
	h := newHouse(t)
	h.cam.snapshot = []byte("the camera's own")
	h.start()
	h.motion(60)
	h.pass(100)
	h.still()
	row := h.clips(1)[0]
	o := h.open(row, h.vault.store)
	if o.preview != nil || o.small != nil || row.Preview || !row.Thumbnail || string(o.thumb) != "the camera's own" {
		t.Errorf("row %+v, small %q", row, o.small)
	}
	if n := h.cam.given(); n < 5 || n > int(row.Duration/frameStep)+2 {
		t.Errorf("asked %d times in %v", n, row.Duration)
	}
}

// TestFramesAreChecked: what is no small picture of this file is none of its preview.
func TestFramesAreChecked(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(60)
	c := h.r.camera(h.cam.id)
	start := h.clock.Now()
	good, _ := h.cam.run.Sealer(media.StreamCamera).Seal(nil, media.AccessUnit{Type: media.UnitSnapshot, Data: media.Pictures{Small: []byte("small")}.Append(nil)})
	other, large := good, good
	other.Run = media.NewRunID()
	large.Sealed = make([]byte, biggestFrame+1)
	for what, x := range map[string]struct {
		f    framed
		want int
	}{
		"a small picture":  {framed{frame: frame{start, good}}, 1},
		"one of before":    {framed{frame: frame{start.Add(-1), good}}, 0},
		"of another run":   {framed{frame: frame{start, other}}, 0},
		"a very large one": {framed{frame: frame{start, large}}, 0},
		"nothing":          {framed{frame: frame{at: start}}, 0},
		"none":             {framed{err: errGone}, 0},
		"for another file": {framed{part: &part{}, frame: frame{start, good}}, 0},
		"what is an event": {framed{frame: frame{start, media.Unit{Type: media.UnitEvent, Run: good.Run}}}, 0},
	} {
		p := &part{began: start, row: ClipRow{KID: storeKID(h)}, preview: newPreview(start, frameStep)}
		take := &take{c: c, part: p, frames: make(chan framed, 1), framing: true}
		if x.f.part == nil {
			x.f.part = p
		}
		take.frames <- x.f
		if take.framed(); len(p.preview.frames) != x.want || take.framing {
			t.Errorf("%s: %d pictures", what, len(p.preview.frames))
		}
	}
	h.still()
}

// storeKID is the key that the house's files are sealed to.
func storeKID(h *house) media.KeyID {
	h.t.Helper()
	_, kid, err := h.vault.StoreKey(h.t.Context(), h.cam.id)
	if err != nil {
		h.t.Fatal(err)
	}
	return kid
}
