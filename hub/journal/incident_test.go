package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestIncidentFindsThree: among lawful deliveries of every kind, exactly the
// three crossings are found, each with who, what, when and how much.
func TestIncidentFindsThree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, eve := store.NewAccountID(), store.NewAccountID(), store.NewAccountID()
	door, yard := media.NewCameraID(), media.NewCameraID()
	r.household(ann, door, yard)
	r.household(bob)
	r.household(eve)
	session := map[store.AccountID][16]byte{ann: {1}, bob: {2}, eve: {3}}
	see := func(kind Kind, who store.AccountID, camera media.CameraID, n int, lasts time.Duration) {
		d := r.Begin(View{Kind: kind, Account: who, Session: session[who], Camera: camera, Object: [16]byte{9}})
		d.Bytes(n / 2)
		r.clock.Advance(lasts)
		d.Bytes(n - n/2)
		d.End()
		r.clock.Advance(viewIdle)
		r.must(r.Flush(t.Context()))
	}
	must := func(e Entry) { r.must(r.Put(t.Context(), e)) }

	see(Live, ann, door, 100, time.Minute)
	must(Entry{Kind: Granted, Account: ann, Camera: door, Other: bob})
	see(Live, bob, door, 100, time.Hour)
	see(Clip, bob, yard, 111, time.Minute) // 1: another camera of the same owner
	must(Entry{Kind: Revoked, Account: ann, Camera: door, Other: bob})
	see(Export, bob, door, 222, time.Minute) // 2: after the revoke
	must(Entry{Kind: Granted, Account: ann, Camera: yard, Other: eve, Detail: map[string]any{"expires": stamp(r.clock.Now().Add(time.Hour))}})
	see(Clip, eve, yard, 100, time.Minute)
	r.clock.Advance(2 * time.Hour)
	r.Seen(View{Kind: Thumbnails, Account: eve, Session: session[eve], Camera: yard}, 333) // 3: after its end
	r.clock.Advance(seenWindow)
	r.Denied(View{Account: eve, Session: session[eve], Camera: door})
	for range 7 {
		r.Crossed(vault.Crossing{Site: "clip row", Camera: door, Account: eve})
	}
	r.clock.Advance(deniedWindow)
	r.must(r.Flush(t.Context()))

	c, err := r.Check(t.Context(), CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second)})
	r.must(err)
	if len(c.WithoutGrant) != 3 {
		t.Fatalf("%d findings: %+v", len(c.WithoutGrant), c.WithoutGrant)
	}
	for i, want := range []Finding{
		{Kind: Clip, Account: bob, Camera: yard, Bytes: 111},
		{Kind: Export, Account: bob, Camera: door, Bytes: 222},
		{Kind: Thumbnails, Account: eve, Camera: yard, Bytes: 333},
	} {
		f := c.WithoutGrant[i]
		if f.Kind != want.Kind || f.Account != want.Account || f.Camera != want.Camera || f.Bytes != want.Bytes || f.Owner != ann || f.Seq == 0 || f.From.IsZero() {
			t.Errorf("finding %d: %+v", i, f)
		}
	}
	if f := c.WithoutGrant[0]; f.Until.Sub(f.From) != time.Minute {
		t.Errorf("it lasted %v", f.Until.Sub(f.From))
	}
	if !c.Report.OK() || c.Deliveries != 6 || c.Refused["clip row"] != 7 || c.Denied != 1 {
		t.Errorf("%+v", c)
	}
	if len(c.Of(ann).WithoutGrant) != 3 || len(c.Of(bob).WithoutGrant) != 0 {
		t.Error("an owner is told of others' cameras")
	}

	// Told to everybody, on their pages.
	r.must(r.Publish(t.Context(), c, Entry{Via: ViaConsole}))
	for id, kind := range map[store.AccountID]NoticeKind{ann: NoticeAffected, bob: NoticeAffected, eve: NoticeAffected} {
		list, err := r.Notices(t.Context(), id)
		r.must(err)
		if len(list) == 0 || list[0].Kind != kind {
			t.Errorf("told %+v", list)
		}
	}
	// A window that saw nothing of it, and those who are not concerned.
	later, err := r.Check(t.Context(), CheckQuery{Since: r.clock.Now(), Until: r.clock.Now().Add(time.Hour)})
	r.must(err)
	r.clock.Advance(time.Second)
	r.must(r.Publish(t.Context(), later, Entry{Via: ViaConsole}))
	list, err := r.Notices(t.Context(), bob)
	r.must(err)
	if len(later.WithoutGrant) != 0 || list[0].Kind != NoticeNotAffected {
		t.Errorf("%+v; told %+v", later, list)
	}
}

// TestIncidentEdges: the two seconds that a revoke may take are no incident;
// two minutes are; a grant from before the oldest row counts, one that is
// younger and has no row does not; an open view without an end is seen.
func TestIncidentEdges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, eve, old := store.NewAccountID(), store.NewAccountID(), store.NewAccountID(), store.NewAccountID()
	door := media.NewCameraID()
	r.household(ann, door)
	for _, id := range []store.AccountID{bob, eve, old} {
		r.household(id)
	}
	grant := func(who store.AccountID, at time.Time) {
		r.must(r.store.Update(t.Context(), func(tx *store.Tx) error {
			return tx.PutGrant(t.Context(), store.Grant{Camera: door, Account: who, Actions: 1, HistoryFrom: at, Granted: at})
		}))
	}
	grant(old, t0.Add(-time.Hour))
	r.must(r.Put(t.Context(), Entry{Kind: Granted, Account: ann, Camera: door, Other: bob}))
	r.clock.Advance(time.Hour)
	grant(eve, r.clock.Now()) // forged: nobody journalled it
	d := r.Begin(View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door})
	d.Bytes(1)
	r.must(r.Put(t.Context(), Entry{Kind: Revoked, Account: ann, Camera: door, Other: bob}))
	r.clock.Advance(1900 * time.Millisecond)
	d.Bytes(1)
	d.End()
	r.clock.Advance(viewIdle)
	check := func() []Finding {
		t.Helper()
		c, err := r.Check(t.Context(), CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second)})
		r.must(err)
		return c.WithoutGrant
	}
	if f := check(); len(f) != 0 {
		t.Errorf("within two seconds of a revoke: %+v", f)
	}
	r.Begin(View{Kind: Live, Account: old, Session: [16]byte{2}, Camera: door})
	if f := check(); len(f) != 0 {
		t.Errorf("a grant from before the journal: %+v", f)
	}
	r.Begin(View{Kind: Live, Account: eve, Session: [16]byte{3}, Camera: door})
	if f := check(); len(f) != 1 || f[0].Account != eve {
		t.Errorf("an open view by a forged grant: %+v", f)
	}
	// A stream that outlives its grant is found by its end.
	r.must(r.Put(t.Context(), Entry{Kind: Granted, Account: ann, Camera: door, Other: bob}))
	late := r.Begin(View{Kind: Live, Account: bob, Session: [16]byte{4}, Camera: door})
	r.must(r.Put(t.Context(), Entry{Kind: Revoked, Account: ann, Camera: door, Other: bob}))
	r.clock.Advance(2 * time.Minute)
	late.Bytes(5)
	late.End()
	r.clock.Advance(viewIdle)
	if f := check(); len(f) != 2 || f[1].Account != bob || f[1].Bytes != 5 {
		t.Errorf("a stream beyond its grant: %+v", f)
	}
}

// TestCrossingsAreToldOnce: thousands of refused crossings are few rows whose
// counts add up, and one notice for the owner and for each operator.
func TestCrossingsAreToldOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	r.household(bob)
	r.vault.Refusals().Hear(r.Crossed)
	const n = 5000
	for i := range n {
		r.vault.Refusals().Note(vault.Crossing{Site: "clip row", Camera: door, Account: bob})
		if i == n/2 {
			r.clock.Advance(deniedWindow)
			r.must(r.Flush(t.Context()))
		}
	}
	r.clock.Advance(deniedWindow)
	r.must(r.Flush(t.Context()))
	sum := int64(0)
	for _, row := range r.rows() {
		sum += row.Count
	}
	list, err := r.Notices(t.Context(), ann)
	r.must(err)
	if sum != n || len(r.rows()) > 4 || len(list) != 1 || list[0].Kind != NoticeCrossing || list[0].Camera != door || list[0].Detail["count"] != float64(n) {
		t.Errorf("%d in %d rows; told %+v", sum, len(r.rows()), list)
	}
	// A second session on a connection is counted and needs nobody.
	r.vault.Refusals().Note(vault.Crossing{Site: siteConnection, Camera: door})
	r.clock.Advance(deniedWindow)
	r.must(r.Flush(t.Context()))
	if list, err := r.Notices(t.Context(), ann); err != nil || len(list) != 1 || r.vault.Refusals().Snapshot()[siteConnection] != 1 {
		t.Errorf("told of a connection: %+v %v", list, err)
	}
	if told, err := r.Notices(t.Context(), bob); err != nil || len(told) != 0 {
		t.Errorf("who would have received it is told: %+v %v", told, err)
	}
	if r.vault.Refusals().Snapshot()["clip row"] != n {
		t.Error("not all are counted")
	}
	// Once it was read, the next is news.
	r.must(r.ReadNotices(t.Context(), ann))
	r.vault.Refusals().Note(vault.Crossing{Site: "clip row", Camera: door})
	r.clock.Advance(deniedWindow)
	r.must(r.Flush(t.Context()))
	if n, err := r.Unread(t.Context(), ann); err != nil || n != 1 {
		t.Errorf("%d unread, %v", n, err)
	}
}

// TestWhoIsToldOfACrossing: who runs the hub, and the owner of the camera or whose it
// was; never who would have received it, and nobody who has no page.
func TestWhoIsToldOfACrossing(t *testing.T) {
	t.Parallel()
	ann, bob, nobody, door := store.NewAccountID(), store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	for what, c := range map[string]struct {
		crossing vault.Crossing
		told     bool // ann
	}{
		"her camera":            {vault.Crossing{Site: "epoch wrap", Camera: door, Account: bob}, true},
		"her keys":              {vault.Crossing{Site: "session wrap", Owner: ann}, true},
		"her camera, her deed":  {vault.Crossing{Site: "clip key", Camera: door, Account: ann}, true},
		"nobody's":              {vault.Crossing{Site: "keyring"}, false},
		"another's":             {vault.Crossing{Site: "account", Account: ann, Owner: bob}, false},
		"a token's, of no page": {vault.Crossing{Site: "account key", Owner: nobody}, false},
	} {
		r := newRig(t)
		r.household(ann, door)
		r.household(bob)
		runs := store.NewAccountID()
		r.household(runs)
		r.must(r.store.Update(t.Context(), func(tx *store.Tx) error { return tx.SetOperator(t.Context(), runs, true) }))
		r.vault.Refusals().Hear(r.Crossed)
		r.vault.Refusals().Note(c.crossing)
		r.clock.Advance(deniedWindow)
		r.must(r.Flush(t.Context()))
		for who, want := range map[store.AccountID]bool{nobody: false, ann: c.told, bob: c.crossing.Owner == bob, runs: true} {
			list, err := r.Notices(t.Context(), who)
			r.must(err)
			if (len(list) == 1) != want || want && (list[0].Kind != NoticeCrossing || list[0].Detail["site"] != string(c.crossing.Site)) {
				t.Errorf("%s: %+v", what, list)
			}
		}
	}
}
