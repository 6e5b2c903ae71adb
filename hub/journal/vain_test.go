package journal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestVainTriesPushNothingOut: whoever tries for a day leaves few rows, whatever
// it varies, and no count is lost.
func TestVainTriesPushNothingOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tries := int64(0)
	for minute := range 24 * 60 {
		for source := range 3 {
			r.SignInRefused(store.AccountID{1}, fmt.Sprintf("192.0.2.%d", (minute+source)%250))
			tries++
		}
		r.clock.Advance(time.Minute)
		if minute%30 == 0 {
			r.must(r.Flush(t.Context()))
		}
	}
	r.must(r.Flush(t.Context()))
	if n := len(r.rows()); n > maxVain+24*12+maxOwn+24+1 || n < maxVain {
		t.Errorf("%d rows of %d tries", n, tries)
	}
	r.must(r.Close())
	for _, row := range r.rows() {
		tries -= row.Count
	}
	if tries != 0 {
		t.Errorf("%d are not counted", tries)
	}
	r.open()
}

// TestVainTriesHideNoOthers: whoever tries so often that rows have to wait hides no first
// try of anybody else, nor one of the own at what another owns, nor a crossing elsewhere:
// each is in the journal a moment later, whatever becomes of the hub.
func TestVainTriesHideNoOthers(t *testing.T) {
	t.Parallel()
	ann, bob, eve := store.NewAccountID(), store.NewAccountID(), store.NewAccountID()
	hers, his := media.NewCameraID(), media.NewCameraID()
	tried := func(who store.AccountID, camera media.CameraID, i int) func(*rig) {
		return func(r *rig) {
			r.Denied(View{Account: who, Session: [16]byte{byte(i), byte(i >> 8), 1}, Camera: camera, Place: fmt.Sprintf("127.0.%d.%d", i>>8, i&255)})
		}
	}
	crossed := func(who store.AccountID, camera media.CameraID, owner store.AccountID, site fault.Site) func(*rig) {
		return func(r *rig) {
			r.Crossed(vault.Crossing{Site: site, Camera: camera, Account: who, Owner: owner})
		}
	}
	for what, c := range map[string]struct {
		flood func(r *rig, i int)
		then  func(*rig)
		row   func(Entry) bool
	}{
		"another's try": {
			func(r *rig, i int) { tried(eve, his, i)(r) }, tried(bob, hers, 0),
			func(e Entry) bool { return e.Kind == Denied && e.Account == bob && e.Camera == hers },
		},
		"a try at what another owns": {
			func(r *rig, i int) { tried(eve, his, i)(r) }, tried(eve, hers, 0),
			func(e Entry) bool { return e.Kind == Denied && e.Account == eve && e.Camera == hers },
		},
		"a guest's try": {
			func(r *rig, i int) { tried(store.AccountID{}, his, i)(r) }, tried(store.AccountID{}, hers, 0),
			func(e Entry) bool { return e.Kind == Denied && e.Camera == hers },
		},
		"a wrong password": {
			func(r *rig, i int) { r.SignInRefused(ann, fmt.Sprintf("192.0.%d.%d", i>>8, i&255)) },
			func(r *rig) { r.SignInRefused(bob, "192.0.2.1") },
			func(e Entry) bool { return e.Kind == SignInRefused && e.Account == bob },
		},
		"a crossing elsewhere": {
			func(r *rig, i int) { crossed(eve, media.NewCameraID(), bob, "camera identity")(r) }, crossed(eve, his, bob, "clip row"),
			func(e Entry) bool { return e.Kind == Refused && e.Camera == his },
		},
		"a crossing of another's": {
			func(r *rig, i int) { crossed(eve, media.NewCameraID(), bob, "clip row")(r) }, crossed(eve, hers, ann, "clip row"),
			func(e Entry) bool { return e.Kind == Refused && e.Owner == ann },
		},
	} {
		r := newRig(t)
		r.household(ann, hers)
		r.household(bob, his)
		r.household(eve)
		for i := range 4 * maxVain {
			c.flood(r, i)
		}
		c.then(r)
		r.must(r.Flush(t.Context()))
		r.hurried.Wait()
		r.must(r.heads.close()) // and nothing else: the hub is gone
		r.open()
		if !slices.ContainsFunc(r.rows(), func(row store.JournalRow) bool { return c.row(entry(row)) }) {
			t.Errorf("%s is not in the journal", what)
		}
	}
}

// TestSharesAreBounded: whoever comes again and again as others has no more kept of them
// than of a few, and those that need it no more are forgotten.
func TestSharesAreBounded(t *testing.T) {
	t.Parallel()
	s, now := newShares(), t0
	for i := range 2 * maxParties {
		s.take(parties{kind: Denied, who: store.AccountID{byte(i), byte(i >> 8)}}, now)
	}
	if n := len(s.own); n != maxParties {
		t.Errorf("%d are kept", n)
	}
	now = now.Add(2 * ownEvery)
	for range maxVain {
		s.take(parties{kind: Denied}, now)
	}
	if !s.take(parties{kind: Denied, who: store.AccountID{1, 1, 1}}, now) || len(s.own) > 2 {
		t.Errorf("%d are kept of those that are whole again", len(s.own))
	}
}
