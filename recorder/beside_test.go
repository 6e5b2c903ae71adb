package recorder

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// twin is a house whose camera has a sub stream.
type twin struct {
	*house
	sub *cam
}

func newTwin(t *testing.T) *twin {
	t.Helper()
	w := &twin{house: newHouse(t)}
	w.sub = w.camera(w.cam.id)
	w.sub.of, w.sub.pad = media.StreamSub, 7
	w.cam.sub = w.sub
	return w
}

// streams sends pictures of both, each once the one before was read where anybody reads.
func (w *twin) streams(pictures int) {
	w.t.Helper()
	for range pictures {
		for _, c := range []*cam{w.sub, w.cam} {
			c.picture()
			wait(w.t, "a stream to be read", func() bool { return c.taken() || !c.watched() })
		}
	}
}

// reads says whether somebody reads each of the streams.
func (w *twin) reads(main, sub bool) {
	w.t.Helper()
	for c, wanted := range map[*cam]bool{w.cam: main, w.sub: sub} {
		wait(w.t, "a stream to be read, or not", func() bool { return c.watched() == wanted })
	}
}

// ends has nothing recorded any more, and lists what was: of the camera's own loop, and beside.
func (w *twin) ends() (own, beside []ClipRow) {
	w.t.Helper()
	w.plan(Plan{Mode: media.ModeOff})
	w.reads(false, false)
	w.paused()
	wait(w.t, "all clips to end", func() bool {
		return !slices.ContainsFunc(w.index.all(), func(r ClipRow) bool { return r.State == StateOpen })
	})
	w.listed()
	for _, row := range w.index.all() {
		if row.Beside {
			beside = append(beside, row)
		} else {
			own = append(own, row)
		}
	}
	return own, beside
}

// TestBothStreams: where both streams are recorded the sub stream is all the time, as one
// stretch beside what is recorded of the main one, whatever becomes an event; each is whole.
func TestBothStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t)
		w.start()
		goes := func(pictures int) { // as fast as they do, for what is missing is looked for meanwhile
			for range pictures {
				w.streams(1)
				time.Sleep(2 * interval)
				synctest.Wait()
			}
		}
		w.r.Plan(w.cam.id, Plan{Mode: media.ModeEvents, Streams: media.StreamsBoth})
		w.reads(false, true)
		goes(2 * gop)
		event := w.trigger(Trigger{Kind: media.KindDoorbell, Hold: true})
		w.reads(true, true)
		goes(2 * gop)
		w.recording()
		for range 400 {
			if s, _ := w.r.Status(w.cam.id); s.Event.IsZero() {
				break
			}
			goes(1)
		}
		w.reads(false, true)
		goes(5 * gop) // longer than a first picture may take
		sent := w.sub.n
		own, beside := w.ends()
		if len(own) != 1 || own[0].Event != event || own[0].Stretch {
			t.Errorf("of the main stream there is %+v", own)
		}
		if len(beside) != 1 || !beside[0].Stretch || beside[0].Event == event || beside[0].Thumbnail || beside[0].Preview || beside[0].State != StateComplete {
			t.Fatalf("beside it there is %+v", beside)
		}
		if first, last := w.whole(beside); first != 0 || last+2 < sent {
			t.Errorf("of the sub stream there are pictures %d to %d of %d", first, last, sent)
		}
		if heads, err := w.clip(beside[0]).Records(); err != nil || !heads[0].Beside {
			t.Errorf("its head is %+v, %v", heads[0], err)
		}
		if gaps := w.index.allGaps(); len(gaps) > 0 {
			t.Errorf("gaps %+v", gaps)
		}
		var found []ClipRow
		if _, err := Survey(t.Context(), w.pools(), w.vault.Signers(), func(r ClipRow) error { found = append(found, r); return nil }); err != nil || len(found) != 2 {
			t.Fatalf("a survey finds %+v, %v", found, err)
		}
		for _, row := range found {
			if row.Beside != (row.Clip == beside[0].Clip) {
				t.Errorf("a survey finds %+v", row)
			}
		}
	})
}

// TestSubInPlace: the sub stream is recorded in the place of the main one, from its next picture
// that stands alone on, and the other way round; an event goes on over it.
func TestSubInPlace(t *testing.T) {
	w := newTwin(t)
	w.start()
	w.r.Plan(w.cam.id, Plan{Mode: media.ModeContinuous})
	w.reads(true, false)
	w.streams(gop + 5)
	w.r.Plan(w.cam.id, Plan{Mode: media.ModeContinuous, Streams: media.StreamsSub})
	w.streams(gop)
	w.reads(false, true)
	w.streams(3 * gop)
	w.r.Plan(w.cam.id, Plan{Mode: media.ModeContinuous})
	w.streams(gop)
	w.reads(true, false)
	w.streams(2 * gop)
	own, beside := w.ends()
	if len(own) != 3 || len(beside) > 0 {
		t.Fatalf("%+v, %+v", own, beside)
	}
	for i, row := range own {
		if first, last := w.whole(own[i : i+1]); first%gop != 0 || last < first+gop-1 || !row.Stretch {
			t.Errorf("file %d has pictures %d to %d: %+v", i, first, last, row)
		}
	}
	if gaps := w.index.allGaps(); len(gaps) > 0 {
		t.Errorf("gaps %+v", gaps)
	}
}

// TestNoSub: of a camera without a sub stream the main one is recorded in its place, and what is
// to be beside it is told as missing.
func TestNoSub(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous, Streams: media.StreamsSub})
	h.recording()
	h.goOn(2 * gop)
	if s, _ := h.r.Status(h.cam.id); s.Problem != "" {
		t.Errorf("it is a problem that %s", s.Problem)
	}
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous, Streams: media.StreamsBoth})
	h.goOn(gop)
	wait(t, "that to be told", func() bool { s, _ := h.r.Status(h.cam.id); return s.Problem == problemNoSub && s.Recording })
	h.r.Plan(h.cam.id, Plan{Mode: media.ModeContinuous})
	wait(t, "it to be over", func() bool { s, _ := h.r.Status(h.cam.id); return s.Problem == "" })
	h.plan(Plan{Mode: media.ModeOff})
	h.paused()
	h.listed()
	if first, last := h.whole(h.index.all()); first != 0 || last+2 < h.cam.n {
		t.Errorf("pictures %d to %d of %d", first, last, h.cam.n)
	}
}
