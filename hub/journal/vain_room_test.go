package journal

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestVainTriesHideNobody: however many vain tries there are, from wherever and in
// whatever sessions, the rows of what somebody received and of crossings say who and
// of which camera, and a check finds each of them lawful or not.
func TestVainTriesHideNobody(t *testing.T) {
	t.Parallel()
	ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	number := func(i int) (id [16]byte) {
		binary.BigEndian.PutUint32(id[:], uint32(i)+1)
		return id
	}
	for what, try := range map[string]func(r *rig, i int){
		"wrong passwords of one network": func(r *rig, i int) { r.SignInRefused(ann, fmt.Sprintf("2001:db8::%x", i)) },
		"wrong passwords of many":        func(r *rig, i int) { r.SignInRefused(ann, fmt.Sprintf("2001:db8:%x::1", i)) },
		"wrong passwords for many":       func(r *rig, i int) { r.SignInRefused(number(i), "192.0.2.1") },
		"many sessions":                  func(r *rig, i int) { r.Denied(View{Account: bob, Session: number(i), Place: "192.0.2.1"}) },
		"many guests":                    func(r *rig, i int) { r.Denied(View{Session: number(i), Camera: door, Place: "192.0.2.1"}) },
		"crossings of many": func(r *rig, i int) {
			r.Crossed(vault.Crossing{Site: "clip row", Camera: door, Account: number(i)})
		},
	} {
		r := newRig(t)
		r.household(ann, door)
		r.household(bob)
		r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
		r.must(r.Put(t.Context(), Entry{Kind: Granted, Account: ann, Camera: door, Other: bob, Detail: map[string]any{"actions": []string{"live", "history"}, "history": "all"}}))
		before := len(r.rows())
		const n = 3*maxTries + 10
		for i := range n {
			try(r, i)
		}
		session := [16]byte{2}
		for _, kind := range []Kind{Thumbnails, Events} {
			r.Seen(View{Kind: kind, Account: bob, Session: session, Camera: door, Place: "192.0.2.9"}, 10)
		}
		r.Crossed(vault.Crossing{Site: "event row", Camera: door, Account: bob})
		for i, in := range r.tries.open {
			if len(in) > 2*maxTries+2 {
				t.Errorf("%s: room %d holds %d", what, i, len(in))
			}
		}
		r.clock.Advance(eventsWindow)
		r.settle(r.clock.Now(), true)
		r.must(r.Flush(t.Context()))
		sum, seen := int64(0), 0
		for _, row := range r.rows()[before:] {
			switch e := entry(row); {
			case e.Kind == Thumbnails || e.Kind == Events:
				seen++
				if e.Account != bob || e.Session != session || e.Camera != door || e.Owner != ann || e.Place != "192.0.2.9" {
					t.Errorf("%s: %+v", what, e)
				}
			case e.Kind == Refused && (e.Camera != door || e.Owner != ann):
				t.Errorf("%s: %+v", what, e)
			default:
				sum += e.Count
			}
		}
		if seen != 2 || sum < n {
			t.Errorf("%s: %d rows of what was seen, %d tries of %d", what, seen, sum, n)
		}
		c := r.check(CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second)})
		if len(c.WithoutGrant) != 0 || c.Deliveries != 2 || c.Unnamed != 0 {
			t.Errorf("%s: %d deliveries, found %+v", what, c.Deliveries, c.WithoutGrant)
		}
	}
}

// TestManyAtOnceAreNamed: where more sessions see something at once than rows can
// grow, each row says still whose it is; a row of an older hub that does not is no
// guest's.
func TestManyAtOnceAreNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, door := store.NewAccountID(), media.NewCameraID()
	r.household(ann, door)
	r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
	const n = maxTries + 20
	for i := range n {
		r.Seen(View{Kind: Thumbnails, Account: ann, Session: [16]byte{1, byte(i), byte(i >> 8)}, Camera: door}, 1)
	}
	r.clock.Advance(seenWindow)
	r.must(r.Put(t.Context(), Entry{Kind: Thumbnails, Count: 7, Detail: map[string]any{"many": true}}))
	r.must(r.Flush(t.Context()))
	for _, row := range r.rows()[1:] {
		if row.Account != ann && row.Count != 7 {
			t.Fatalf("%+v", row)
		}
	}
	c := r.check(CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second)})
	if len(c.WithoutGrant) != 0 || c.Deliveries != n || c.Unnamed != 7 {
		t.Errorf("%d deliveries, %d of nobody, found %+v", c.Deliveries, c.Unnamed, c.WithoutGrant)
	}
}
