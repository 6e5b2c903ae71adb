package journal

import (
	"context"
	"strconv"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// killed drops the journal as kill -9 does, and opens another one.
func (r *rig) killed() {
	r.t.Helper()
	r.must(r.heads.close())
	r.open()
}

// TestViewsOfAKilledHubEnd: what a killed hub left open is ended at the next start,
// once, by a row that says so; what ended is left alone, nobody is watching, and the
// check takes nobody's word for when it really ended.
func TestViewsOfAKilledHubEnd(t *testing.T) {
	t.Parallel()
	for what, stand := range map[string]bool{"from what stood": true, "from the newest rows": false} {
		r := newRig(t)
		ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
		r.household(ann, door)
		r.household(bob)
		r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
		r.must(r.Put(t.Context(), Entry{Kind: Granted, Camera: door, Other: bob}))
		live := View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door, Place: "192.0.2.7"}
		r.Begin(live) // row 3
		over := r.Begin(View{Kind: Export, Account: bob, Session: [16]byte{1}, Camera: door, Object: [16]byte{5}})
		over.End()
		r.clock.Advance(viewIdle)
		r.must(r.Flush(t.Context()))
		r.clock.Advance(standEvery)
		if stand {
			r.must(r.stand(t.Context()))
		}
		r.Begin(View{Kind: Guest, Via: ViaGuest, Session: [16]byte{2}, Camera: door, Object: [16]byte{6}, Start: t0})
		r.must(r.Put(t.Context(), Entry{Kind: Revoked, Camera: door, Other: bob}))
		r.clock.Advance(5 * time.Second)
		r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: bob}))
		died := r.clock.Now()
		before := r.newest()
		r.clock.Advance(time.Hour)
		r.killed()
		if w := r.Watching(ann, [16]byte{}); len(w) != 0 {
			t.Errorf("%s: watching: %+v", what, w)
		}
		again := r.Begin(live) // anew, before the old one is ended
		r.must(r.Flush(t.Context()))
		r.must(r.closeViews(t.Context(), r.opened))
		rows := r.rows()[before+1:]
		if len(rows) != 2 || rows[0].Kind != "live-end" || rows[1].Kind != "guest-end" {
			t.Fatalf("%s: %+v", what, rows)
		}
		end := rows[0]
		if end.Account != bob || end.Owner != ann || end.Camera != door || end.Place != live.Place || !end.At.Equal(died) || end.Span != died.Sub(t0) ||
			end.Detail != `{"began":3,"cut_short":true}` || rows[1].Detail != `{"began":`+itoa(before-2)+`,"cut_short":true,"start":"`+stamp(t0)+`"}` {
			t.Errorf("%s: %+v", what, rows)
		}
		// The grant went before the hub, and the view with it: it is no finding. That live
		// begins anew without it is one.
		c := r.check(CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second), Owner: ann})
		if n := len(c.WithoutGrant); n != 2 || c.WithoutGrant[0].Kind != Guest || c.WithoutGrant[1].Kind != Live || !c.Report.OK() {
			t.Errorf("%s: %+v", what, c.WithoutGrant)
		}
		// Killed again: the new view is ended, the others are not ended twice.
		again.Bytes(1)
		r.killed()
		r.must(r.closeViews(t.Context(), r.opened))
		c = r.check(CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second), Owner: ann})
		if n := len(c.WithoutGrant); n != 2 || c.WithoutGrant[1].Until.Before(c.WithoutGrant[1].From) {
			t.Errorf("%s, again: %+v", what, c.WithoutGrant)
		}
		rows = r.rows()[before+3:]
		if len(rows) != 1 || rows[0].Kind != "live-end" || rows[0].Detail != `{"began":`+itoa(before+1)+`,"cut_short":true}` {
			t.Errorf("%s, again: %+v", what, rows)
		}
		r.killed()
		n := r.newest()
		r.must(r.closeViews(t.Context(), r.opened))
		if r.newest() != n {
			t.Errorf("%s: ended twice", what)
		}
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// TestForgedViewsStayOpen: a start that the hub did not write gets no end from it.
func TestForgedViewsStayOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(5, 5)
	r.must(r.heads.close())
	r.forge(1)
	r.hand("UPDATE journal SET kind = 'live' WHERE seq = 6")
	r.open()
	r.must(r.Flush(t.Context()))
	r.must(r.closeViews(t.Context(), r.newest()))
	for _, row := range r.rows() {
		if row.Kind == "live-end" {
			t.Errorf("%+v", row)
		}
	}
}

// TestRunEndsThem: a hub does it when it starts.
func TestRunEndsThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Begin(View{Kind: Clip, Session: [16]byte{1}, Object: [16]byte{2}})
	r.must(r.Flush(t.Context()))
	r.killed()
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	for deadline := time.Now().Add(10 * time.Second); len(r.rows()) < 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was ended")
		}
	}
	cancel()
	r.must(<-ran)
	if rows := r.rows(); len(rows) != 2 || rows[1].Kind != "clip-end" {
		t.Errorf("%+v", rows)
	}
}
