package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestRequestsAreOneView: many requests for the same clip are one line of the
// journal, with all their bytes; the start is there at once.
func TestRequestsAreOneView(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := View{Kind: Clip, Account: store.AccountID{1}, Session: [16]byte{2}, Object: [16]byte{3}}
	for range 40 {
		d := r.Begin(v)
		d.Bytes(1000)
		d.Bytes(24)
		d.End()
		d.End() // twice is fine
		r.clock.Advance(viewIdle / 2)
		r.must(r.Flush(t.Context()))
		if len(r.rows()) != 1 {
			t.Fatalf("%+v", r.rows())
		}
	}
	r.clock.Advance(viewIdle)
	r.must(r.Flush(t.Context()))
	rows := r.rows()
	if len(rows) != 2 || rows[0].Kind != "clip" || rows[1].Kind != "clip-end" || rows[1].Bytes != 40*1024 || rows[1].Span != 39*viewIdle/2 ||
		!rows[1].At.Equal(t0.Add(39*viewIdle/2)) || rows[1].Object != v.Object || !rows[0].At.Equal(t0) {
		t.Errorf("%+v", rows)
	}
	// Later it is another view, and other clips and sessions are always others.
	for _, o := range []View{v, {Kind: Clip, Session: [16]byte{2}, Object: [16]byte{4}}, {Kind: Clip, Session: [16]byte{9}, Object: [16]byte{3}}, {Kind: Export, Session: [16]byte{2}, Object: [16]byte{3}}} {
		r.Begin(o).End()
	}
	r.must(r.Flush(t.Context()))
	if len(r.rows()) != 6 {
		t.Errorf("%+v", r.rows())
	}
}

// TestWatching: an open live view is there while it lasts, for the owner alone.
func TestWatching(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, bob, camera := store.NewAccountID(), store.AccountID{5}, media.NewCameraID()
	r.household(owner, camera)
	d := r.Begin(View{Kind: Live, Account: bob, Session: [16]byte{6}, Camera: camera})
	if w := r.Watching(owner, [16]byte{}); len(w) != 1 || w[0] != (Watcher{camera, owner, Live, bob, [16]byte{6}, t0}) {
		t.Errorf("%+v", w)
	}
	if w := r.Watching(bob, [16]byte{}); len(w) != 0 {
		t.Errorf("the viewer is told as an owner: %+v", w)
	}
	if w := r.Watching(owner, [16]byte{6}); len(w) != 0 {
		t.Errorf("the asking session is listed: %+v", w)
	}
	d.End()
	if w := r.Watching(owner, [16]byte{}); len(w) != 0 {
		t.Errorf("it goes on after its end: %+v", w)
	}
}

// TestWatchingAgain: who asks for what is shown anew each second is there for as long, and
// a few seconds, and that is one view.
func TestWatchingAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, bob, camera := store.NewAccountID(), store.AccountID{5}, media.NewCameraID()
	r.household(owner, camera)
	for range 20 {
		d := r.Begin(View{Kind: Live, Account: bob, Session: [16]byte{6}, Camera: camera})
		d.Bytes(300)
		d.Again()
		d.End()
		r.clock.Advance(time.Second)
		if w := r.Watching(owner, [16]byte{}); len(w) != 1 || w[0] != (Watcher{camera, owner, Live, bob, [16]byte{6}, t0}) {
			t.Fatalf("%+v", w)
		}
	}
	r.clock.Advance(askedAgain - time.Second)
	if w := r.Watching(owner, [16]byte{}); len(w) != 0 {
		t.Errorf("it goes on: %+v", w)
	}
	r.clock.Advance(viewIdle)
	r.must(r.Flush(t.Context()))
	if rows := r.rows(); len(rows) != 2 || rows[1].Kind != "live-end" || rows[1].Span != 19*time.Second || rows[1].Bytes != 6000 {
		t.Errorf("%+v", rows)
	}
}

// TestSmallThingsAreCounted: thumbnails of a page, and tries, are a row, and one more
// with the count of the others; nothing of it is lost when there are very many.
func TestSmallThingsAreCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, camera := store.NewAccountID(), media.NewCameraID()
	r.household(owner, camera)
	for range 50 {
		r.Seen(View{Kind: Thumbnails, Session: [16]byte{1}, Camera: camera}, 10)
		r.Denied(View{Session: [16]byte{1}, Camera: camera, Place: "a"})
		r.Denied(View{Session: [16]byte{1}, Camera: media.NewCameraID(), Place: "a"}) // nobody's
	}
	r.clock.Advance(deniedWindow)
	r.must(r.Flush(t.Context()))
	rows := r.rows()
	if len(rows) != 6 {
		t.Fatalf("%+v", rows)
	}
	for i, row := range rows {
		count := int64(1)
		if i >= 3 {
			count = 49
		}
		if row.Count != count || (row.Kind == "thumbnails") != (row.Bytes == 10*count) || (row.Owner == owner) != (row.Camera == camera) {
			t.Errorf("%+v", row)
		}
	}
	for i := range 3 * maxTries {
		r.Denied(View{Session: [16]byte{byte(i), byte(i >> 8)}, Place: "b"})
	}
	if n := len(r.tries.open[roomVain]); n > 2*maxTries+1 {
		t.Errorf("%d rows grow at once", n)
	}
	r.clock.Advance(time.Minute)
	r.must(r.Flush(t.Context()))
	if n := len(r.rows()) - 6; n > maxVain+maxOwn {
		t.Errorf("%d rows push others out", n)
	}
	r.settle(r.clock.Now(), true) // what waits for a place is written when the hub stops
	r.must(r.Flush(t.Context()))
	sum := int64(0)
	for _, row := range r.rows()[6:] {
		sum += row.Count
	}
	if sum != 3*maxTries {
		t.Errorf("%d tries of %d are counted", sum, 3*maxTries)
	}
}

// TestFirstIsWrittenAtOnce: a hub that is killed takes nothing with it but how often
// the same thing came again: who receives something is in the journal before it does,
// and who tried in vain, or would have got what is another's, a moment later.
func TestFirstIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	owner, bob, camera := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	v := View{Account: bob, Session: [16]byte{1}, Camera: camera, Place: "192.0.2.1", Start: t0.Add(-time.Hour)}
	for kind, note := range map[Kind]func(*rig){
		Events:        func(r *rig) { v.Kind = Events; r.must(r.Seen(v, 7).Durable(t.Context())) },
		Thumbnails:    func(r *rig) { v.Kind = Thumbnails; r.must(r.Seen(v, 7).Durable(t.Context())) },
		Live:          func(r *rig) { v.Kind = Live; r.must(r.Begin(v).Durable(t.Context())) },
		Denied:        func(r *rig) { r.Journal.Denied(v); r.must(r.Flush(t.Context())) }, // as Run does it all the time
		SignInRefused: func(r *rig) { r.Journal.SignInRefused(bob, "192.0.2.1"); r.must(r.Flush(t.Context())) },
		Refused: func(r *rig) {
			r.Crossed(vault.Crossing{Site: "clip row", Camera: camera, Account: bob, Owner: owner})
			r.must(r.Flush(t.Context()))
		},
	} {
		r := newRig(t)
		r.household(owner, camera)
		r.household(bob)
		note(r)
		note(r)
		r.hurried.Wait()
		r.must(r.heads.close()) // and nothing else: the hub is gone
		r.open()
		rows := r.rows()
		if len(rows) != 1 || Kind(rows[0].Kind) != kind || (rows[0].Count == 1) != (kind != Live) || rows[0].Account != bob {
			t.Errorf("%s: %+v", kind, rows)
			continue
		}
		e := entry(rows[0])
		if seen := kind == Events || kind == Thumbnails; seen && (e.Bytes != 7 || e.Detail["start"] != stamp(v.Start)) || kind != SignInRefused && e.Camera != camera {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

// TestRepeatsAreTheirOwn: the row of repeats speaks of them alone, and there is none
// where nothing came again.
func TestRepeatsAreTheirOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, camera := store.NewAccountID(), media.NewCameraID()
	r.household(owner, camera)
	v := View{Kind: Events, Account: owner, Session: [16]byte{1}, Camera: camera, Start: t0.Add(-9 * time.Hour)}
	r.Seen(v, 1)
	r.clock.Advance(eventsWindow)
	r.must(r.Flush(t.Context()))
	if n := len(r.rows()); n != 1 || len(r.tries.open[roomSeen]) != 0 {
		t.Fatalf("%d rows of one, and %d grow", n, len(r.tries.open[roomSeen]))
	}
	r.Seen(v, 1)
	for hour := range 3 {
		r.clock.Advance(time.Second)
		v.Start = t0.Add(time.Duration(hour-4) * time.Hour)
		r.Seen(v, 10)
	}
	r.clock.Advance(eventsWindow)
	r.must(r.Flush(t.Context()))
	rows := r.rows()
	if len(rows) != 3 {
		t.Fatalf("%+v", rows)
	}
	if e := entry(rows[2]); e.Count != 3 || e.Bytes != 30 || e.Span != 2*time.Second || e.Detail["start"] != stamp(t0.Add(-4*time.Hour)) {
		t.Errorf("%+v", e)
	}
}
