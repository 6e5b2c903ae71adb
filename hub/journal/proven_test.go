package journal

import (
	"fmt"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestNoForgedRowGivesARight: however many rows were put in, and whatever number a
// changed one stands under, none of them gives anybody a right.
func TestNoForgedRowGivesARight(t *testing.T) {
	t.Parallel()
	for what, forge := range map[string]func(r *rig, revoked int64){
		"one of many that were put in": func(r *rig, _ int64) { r.forge(maxFaults + 5) },
		"changed, the rows after a deleted one moved up": func(r *rig, revoked int64) {
			r.hand(fmt.Sprintf("UPDATE journal SET kind = 'granted' WHERE seq = %d", revoked))
			r.hand("DELETE FROM journal WHERE seq = 2", "UPDATE journal SET seq = seq - 1 WHERE seq > 2")
		},
	} {
		r := newRig(t)
		ann, bob, door := store.NewAccountID(), store.NewAccountID(), media.NewCameraID()
		r.household(ann, door)
		r.household(bob)
		r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
		for range 4 {
			r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: bob}))
		}
		r.must(r.Put(t.Context(), Entry{Kind: Revoked, Account: ann, Camera: door, Owner: ann, Other: bob}))
		last, err := r.store.LastJournal(t.Context())
		r.must(err)
		r.clock.Advance(time.Hour)
		forge(r, last.Seq)
		r.clock.Advance(time.Hour)
		r.sees(View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door})
		c, err := r.Check(t.Context(), CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second)})
		r.must(err)
		if len(c.WithoutGrant) != 1 || c.Report.Faults == 0 {
			t.Errorf("%s: %d found, %d faults", what, len(c.WithoutGrant), c.Report.Faults)
		}
	}
}
