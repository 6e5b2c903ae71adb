package vault

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// TestNarrowedStaysNarrow: whose grant was cut since the copy of the database has
// no more than it was cut to, also when the old database is confirmed.
func TestNarrowedStaysNarrow(t *testing.T) {
	for _, live := range []bool{true, false} {
		r := newRig(t)
		ann, bob := r.account("ann"), r.account("bob")
		cam := r.camera(ann)
		r.share(cam, ann, bob)
		_, old := r.kids(cam)
		week := r.copyDB()
		r.clock.Advance(time.Hour)
		g := store.Grant{Camera: cam.ID, Account: bob.ID(), Actions: 4, HistoryFrom: r.clock.Now(), Expires: t0.Add(48 * time.Hour), Granted: r.clock.Now()}
		if live {
			g.Actions = 1
		}
		r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.RemoveEpochWraps(ctx, cam.ID, bob.ID()), tx.PutGrant(ctx, g),
				r.vault.NewEpoch(ctx, tx, cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: !live}}))
		}))
		r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
		_, now := r.kids(cam)
		r.putBack(week)
		if got, err := r.store.Grant(t.Context(), cam.ID, bob.ID()); err != nil || got != g {
			t.Errorf("the grant is %+v, %v", got, err)
		}
		if !r.rolledBack() {
			t.Error("not noticed")
		}
		r.must(r.vault.Confirmed(t.Context()))
		b, err := r.signIn(bob, password("bob"))
		r.must(err)
		for kid, may := range map[media.KeyID]bool{old: false, now: !live} {
			if _, err := b.EpochKey(t.Context(), cam.ID, seal.Store, kid); (err == nil) != may || !may && !errors.Is(err, ErrNoKey) {
				t.Errorf("live only: %v; a key that bob may have: %v; %v", live, may, err)
			}
		}
		r.close()
	}
}
