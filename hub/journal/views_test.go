package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
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
	if w := r.Watching(owner, [16]byte{}); len(w) != 1 || w[0] != (Watcher{camera, Live, bob, [16]byte{6}, t0}) {
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

// TestSmallThingsAreCounted: thumbnails of a page, and tries, are one row with
// a count; nothing of it is lost when there are very many.
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
	if len(rows) != 3 {
		t.Fatalf("%+v", rows)
	}
	for _, row := range rows {
		if row.Count != 50 || (row.Kind == "thumbnails") != (row.Bytes == 500) || (row.Owner == owner) != (row.Camera == camera) {
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
	if n := len(r.rows()) - 3; n > maxVain {
		t.Errorf("%d rows push others out", n)
	}
	r.settle(r.clock.Now(), true) // what waits for a place is written when the hub stops
	r.must(r.Flush(t.Context()))
	sum := int64(0)
	for _, row := range r.rows()[3:] {
		sum += row.Count
	}
	if sum != 3*maxTries {
		t.Errorf("%d tries of %d are counted", sum, 3*maxTries)
	}
}
