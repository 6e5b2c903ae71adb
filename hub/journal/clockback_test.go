package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestClockSetBack: what comes after a revoke is judged so whatever the clock says,
// is found by every check of a time that came before it, and the check says that the
// clock was set back; what stood was written down in between or not.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	ann, bob, eve, door := store.NewAccountID(), store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
	granted := func(to store.AccountID, expires time.Time) Entry {
		e := Entry{Kind: Granted, Account: ann, Camera: door, Owner: ann, Other: to, Detail: map[string]any{"actions": []string{"live", "history"}, "history": "all"}}
		if !expires.IsZero() {
			e.Detail["expires"] = stamp(expires)
		}
		return e
	}
	for _, stands := range []bool{false, true} {
		r := newRig(t)
		stand := func() {
			if stands {
				r.must(r.stand(t.Context()))
			}
		}
		r.household(ann, door)
		r.household(bob)
		r.household(eve)
		r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
		r.must(r.Put(t.Context(), granted(bob, time.Time{})))
		r.must(r.Put(t.Context(), granted(eve, t0.Add(30*time.Hour))))
		r.clock.Advance(40 * time.Hour)
		stand()
		r.clock.Advance(8 * time.Hour)
		r.must(r.Put(t.Context(), Entry{Kind: Revoked, Account: ann, Camera: door, Owner: ann, Other: bob}))
		r.clock.Advance(-36 * time.Hour) // twelve hours after the beginning, it says
		r.sees(View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door})
		r.Seen(View{Kind: Thumbnails, Account: bob, Session: [16]byte{1}, Camera: door}, 5)
		r.sees(View{Kind: Live, Account: eve, Session: [16]byte{2}, Camera: door}) // her grant has not run out by this clock
		r.must(r.Put(t.Context(), granted(bob, time.Time{})))
		r.sees(View{Kind: Live, Account: bob, Session: [16]byte{3}, Camera: door})
		stand()
		r.clock.Advance(26 * time.Hour)
		r.sees(View{Kind: Live, Account: bob, Session: [16]byte{4}, Camera: door})
		for _, since := range []time.Time{t0, t0.Add(time.Hour), t0.Add(47 * time.Hour)} {
			c := r.check(CheckQuery{Since: since, Until: t0.Add(1000 * time.Hour)})
			if len(c.WithoutGrant) != 2 || c.Deliveries != 5 || len(c.Back) != 1 || c.Back[0].To.Sub(c.Back[0].From) != -36*time.Hour {
				t.Errorf("stands %v, since %v: of %d deliveries %d found %+v; set back %v", stands, since.Sub(t0), c.Deliveries, len(c.WithoutGrant), c.WithoutGrant, c.Back)
			}
		}
	}
}
