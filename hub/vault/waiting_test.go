package vault

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/hub/store"
)

// confirm accepts somebody's other keys, as hub/gate does.
func (r *rig) confirm(cam store.Camera, owner, who person) {
	r.t.Helper()
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		g, err := tx.Grant(ctx, cam.ID, who.ID())
		g.Unconfirmed = false
		return errors.Join(err, tx.PutGrant(ctx, g), tx.RemoveEpochWraps(ctx, cam.ID, who.ID()),
			r.vault.ShareHistory(ctx, tx, owner.OpenedAccount, cam, who.ID(), g.HistoryFrom, nil),
			r.vault.NewEpoch(ctx, tx, cam, Change{Owner: owner.OpenedAccount, Add: &Member{Principal: who.ID(), Store: true, Confirmed: true}}))
	}))
}

// TestWaitingGrant: a grant that waits for its owner, because the account has other
// keys, is in no record of an epoch. What a start takes over keeps it waiting, unless
// it was revoked or confirmed since; and the owner is asked for what still waits only.
func TestWaitingGrant(t *testing.T) {
	const gone, waits, holds = "gone", "waits", "holds"
	for name, c := range map[string]struct {
		before, cut []step // of the moment that the database is put back to
		want        string
		altered     []AlteredKind
		told        int // how often ann was asked to confirm, in all
	}{
		"another epoch":          {steps(rotates, bumps), steps(bumps), waits, nil, 1},
		"the epoch without it":   {steps(rotates), steps(bumps), waits, nil, 1},
		"new keys":               {nil, steps(rotates), waits, []AlteredKind{AlteredRotated}, 1},
		"new keys and an epoch":  {nil, steps(rotates, bumps), waits, []AlteredKind{AlteredRotated}, 1},
		"revoked":                {steps(rotates, bumps), steps(revokes), gone, []AlteredKind{AlteredRevoked}, 1},
		"new keys, revoked":      {nil, steps(rotates, bumps, revokes), gone, []AlteredKind{AlteredRotated, AlteredRevoked}, 0},
		"confirmed":              {steps(rotates, bumps), steps(confirms), holds, []AlteredKind{AlteredConfirmed}, 1},
		"new keys, confirmed":    {nil, steps(rotates, confirms), holds, []AlteredKind{AlteredRotated, AlteredConfirmed}, 0},
		"confirmed, and another": {nil, steps(rotates, confirms, rotates, bumps), waits, []AlteredKind{AlteredRotated, AlteredRotated}, 1},
		"given, new keys":        {steps(revokes), steps(shares, rotates), waits, []AlteredKind{AlteredRotated, AlteredGranted}, 1},
		"given, and an epoch":    {steps(revokes), steps(shares, rotates, bumps), waits, []AlteredKind{AlteredRotated, AlteredGranted}, 1},
		"given, confirmed":       {steps(revokes), steps(shares, rotates, confirms), holds, []AlteredKind{AlteredRotated, AlteredGranted}, 0},
		"narrowed, new keys":     {nil, steps(narrows, rotates, bumps), waits, []AlteredKind{AlteredRotated, AlteredGranted}, 1},
		"given anew, waiting":    {steps(rotates, bumps), steps(revokes, narrows, rotates, bumps), waits, []AlteredKind{AlteredRotated, AlteredGranted}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			r.share(cam, ann, bob)
			for _, f := range c.before {
				f(r, cam, ann, &bob)
			}
			before := r.copyDB()
			for _, f := range c.cut {
				f(r, cam, ann, &bob)
			}
			r.putBack(before)
			got := gone
			if g, err := r.store.Grant(t.Context(), cam.ID, bob.ID()); err == nil && g.Unconfirmed {
				got = waits
			} else if err == nil {
				got = holds
			}
			list, err := r.vault.Altered(t.Context())
			r.must(err)
			var kinds []AlteredKind
			for _, a := range list {
				kinds = append(kinds, a.Kind)
				if a.Waits != (a.Kind == AlteredGranted && c.want == waits) {
					t.Errorf("the grant: %s, and listed as %+v", c.want, a)
				}
			}
			told := 0
			notices, err := r.store.Notices(t.Context(), ann.ID(), 10)
			r.must(err)
			for _, n := range notices {
				if n.Kind == store.NoticeUnconfirmed {
					told++
				}
			}
			if got != c.want || !slices.Equal(kinds, c.altered) || told != c.told {
				t.Errorf("the grant: %s, altered %v, told %d; want %s, %v, %d", got, kinds, told, c.want, c.altered, c.told)
			}
			r.must(r.vault.Confirmed(t.Context()))
			if c.want == waits { // it can still be confirmed
				r.confirm(cam, ann, bob)
			}
			if c.want == gone {
				return
			}
			a, err := r.signIn(bob, password("bob"))
			r.must(err)
			if _, err := a.EpochKey(t.Context(), cam.ID, "store", newestKID(r, cam)); err != nil {
				t.Errorf("confirmed, and no key: %v", err)
			}
		})
	}
}

type step = func(r *rig, cam store.Camera, ann person, bob *person)

func steps(list ...step) []step { return list }

func rotates(r *rig, _ store.Camera, _ person, bob *person) {
	bob.OpenedAccount = r.rotate(*bob)
	w, err := bob.NewPassword(r.t.Context(), password("bob"))
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.PutPassword(ctx, tx, w) }))
}
func confirms(r *rig, cam store.Camera, ann person, bob *person) { r.confirm(cam, ann, *bob) }
func revokes(r *rig, cam store.Camera, _ person, bob *person)    { r.revoke(cam, *bob) }
func shares(r *rig, cam store.Camera, ann person, bob *person)   { r.share(cam, ann, *bob) }
func narrows(r *rig, cam store.Camera, ann person, bob *person) {
	r.must(r.update(func(_ context.Context, tx *store.Tx) error {
		return r.grant(tx, cam, ann, *bob, store.Grant{Actions: 4, Granted: r.clock.Now()})
	}))
}
func bumps(r *rig, cam store.Camera, _ person, _ *person) {
	r.clock.Advance(time.Minute)
	r.must(r.epoch(cam, Change{}))
}
