package gate

import (
	"slices"
	"testing"
	"time"

	"lares/hub/journal"
	"lares/hub/store"
)

// waits lists the kinds of the rows that wait to be chained.
func (r *rig) waits() (list []string) {
	r.t.Helper()
	rows, err := r.store.DueJournal(r.t.Context())
	r.must(err)
	for _, row := range rows {
		list = append(list, row.Kind)
	}
	return list
}

// TestRightsAreCommittedWithTheirRow: whatever gives or takes a right enters its row
// in the same transaction: it is in the database when the deed is done, whether the
// journal runs any more or not. What the journal makes of such rows is tested there.
func TestRightsAreCommittedWithTheirRow(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	done := func(what string, err error, want ...journal.Kind) {
		t.Helper()
		r.must(err)
		var kinds []string
		for _, k := range want {
			kinds = append(kinds, string(k))
		}
		if got := r.waits(); !slices.Equal(got, kinds) {
			t.Errorf("%s: %v wait", what, got)
		}
		list(ann) // chained, for the next one
		if got := r.waits(); len(got) != 0 {
			t.Errorf("%s: %v wait still", what, got)
		}
	}
	cam := r.camera(ann, "door")
	done("a camera", nil, journal.CameraAdded)
	yard := r.camera(ann, "yard")
	done("another", nil, journal.CameraAdded)
	clip, _ := r.record(cam)
	share := func(actions ...Action) error {
		return r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: actions, History: FromStart, Expires: r.clock.Now().Add(time.Hour)})
	}
	done("a grant", share(History, GuestLinks), journal.Granted)
	l, _ := r.link(bob, clip, 1)
	done("a link", nil, journal.LinkMade)
	_, err := r.EndLink(ctx, bob, l.ID)
	done("its end", err, journal.LinkEnded)
	r.link(bob, clip, 1)
	done("another link", nil, journal.LinkMade)
	done("a grant without links", share(History), journal.Granted, journal.LinkEnded)
	done("a revoke", r.Revoke(ctx, ann, cam, bob.Account), journal.Revoked)
	done("a revoke of nothing", r.Revoke(ctx, ann, cam, bob.Account))
	done("a grant again", share(Live), journal.Granted)
	r.must(r.unconfirm(ctx, cam, bob.Account))
	done("new keys", r.Confirm(ctx, ann, cam, bob.Account), journal.Confirmed)
	done("no new keys", r.Confirm(ctx, ann, cam, bob.Account))
	r.clock.Advance(2 * time.Hour)
	done("its expiry", r.expire(ctx, r.clock.Now()), journal.Expired)
	request := TokenRequest{Name: "t", Cameras: []TokenGrant{{cam, []Action{Live}, FromNow}, {yard, []Action{Live}, FromNow}}, Expires: r.clock.Now().Add(time.Hour)}
	id, _, err := r.MakeToken(ctx, ann, request)
	done("a token", err, journal.TokenMade, journal.TokenMade)
	done("its end", r.EndToken(ctx, ann, id), journal.TokenEnded, journal.TokenEnded)
	_, _, err = r.MakeToken(ctx, ann, request)
	done("another token", err, journal.TokenMade, journal.TokenMade)
	r.clock.Advance(2 * time.Hour)
	done("its expiry", r.expireTokens(ctx, r.clock.Now()), journal.TokenEnded, journal.TokenEnded)
	offer, err := r.Offer(ctx, ann, cam, eve.Account, false)
	done("an offer", err) // gives nothing yet
	_, err = r.Accept(ctx, eve, offer.ID)
	done("a handover", err, journal.Transferred, journal.CameraAdded)
	done("a removal", r.RemoveCamera(ctx, r.pass(ann, yard, Manage)), journal.CameraRemoved)
	if _, err := r.Leave(ctx, eve, Leaving{}); err != ErrOwnsCameras {
		t.Error(err)
	}
	done("a refused leaving", nil)
	_, err = r.Leave(ctx, eve, Leaving{Erase: true})
	done("an account", err, journal.AccountRemoved)
	if err := r.LockDown(ctx, ann, LockMine); err != ErrNoLift {
		t.Error(err)
	}
	done("a refused lockdown", nil)
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetRecovery(ctx, ann.Account, t0) })) // who locks can lift
	done("a lockdown", r.LockDown(ctx, ann, LockMine), journal.Lockdown)
	done("its end", r.Lift(ctx, ann, ""), journal.Lifted)
	done("no lockdown", r.Lift(ctx, ann, ""))
	c, err := r.cfg.Journal.Check(ctx, journal.CheckQuery{Until: r.clock.Now()})
	if err != nil || !c.Report.OK() || c.Report.Rows == 0 {
		t.Errorf("%+v, %v", c.Report, err)
	}
}
