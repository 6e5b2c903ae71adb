package account

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// own gives Ann a camera, and says what hub/gate does for it.
func (r *rig) own(owner Caller) store.Camera {
	r.t.Helper()
	ctx := r.t.Context()
	opened, err := r.vault.Unlock(ctx, owner.Proof())
	if err != nil {
		r.t.Fatal(err)
	}
	c := store.Camera{ID: media.NewCameraID(), Owner: owner.Account, Name: "door", Added: r.clock.Now()}
	c.Access = r.vault.SealAccess(c.ID, c.Owner, []byte("rtsp://camera"))
	err = r.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.AddCamera(ctx, c), r.vault.NewEpoch(ctx, tx, c, vault.Change{Owner: opened}))
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.cfg.Bump = func(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, all bool) ([]media.CameraID, error) {
		if signs, err := r.vault.Signs(ctx, tx.View, owner, c.ID); err != nil || signs && !all {
			return nil, err
		}
		return []media.CameraID{c.ID}, r.vault.NewEpoch(ctx, tx, c, vault.Change{Owner: owner})
	}
	r.cfg.Rekeyed = func(id media.CameraID) { r.rekeyed = append(r.rekeyed, id) }
	return c
}

// TestRotate: somebody may know it. Everything ends, and begins with other keys.
func TestRotate(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	cam := r.own(ann.Caller)
	code := r.code(ann.Caller)
	secret := r.secondFactor(ann.Caller)
	other, err := r.SignIn(ctx, Visit{Source: here, Code: r.totp(secret)}, "ann", good)
	if err != nil {
		t.Fatal(err)
	}
	bob := r.signIn("bob", good)
	if _, err := r.Rotate(ctx, from(here), ann.Caller, fresh, ""); !errors.Is(err, ErrCredentials) {
		t.Errorf("with a wrong password: %v", err)
	}
	if _, err := r.Rotate(ctx, from(here), ann.Caller, good, "short"); !errors.Is(err, ErrPassword) {
		t.Errorf("with a weak new one: %v", err)
	}
	shed := store.Camera{ID: media.NewCameraID(), Owner: bob.Caller.Account, Name: "shed", Access: []byte("sealed"), Added: r.clock.Now()}
	exit := store.Exit{ID: store.NewExitID(), Camera: cam.ID, Account: ann.Caller.Account, Kind: store.ExitDetector, Sealed: []byte("sealed"), Since: r.clock.Now()}
	bobs := exit
	bobs.ID, bobs.Camera, bobs.Account = store.NewExitID(), shed.ID, shed.Owner
	offer := store.Transfer{ID: store.NewTransferID(), Camera: cam.ID, Owner: ann.Caller.Account, Taker: bob.Caller.Account, Access: []byte("sealed"), Created: r.clock.Now(), Expires: r.clock.Now().Add(time.Hour)}
	bobsOffer := offer
	bobsOffer.ID, bobsOffer.Camera, bobsOffer.Owner, bobsOffer.Taker = store.NewTransferID(), shed.ID, offer.Taker, offer.Owner
	if err := r.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.AddCamera(ctx, shed), tx.PutExit(ctx, exit), tx.PutExit(ctx, bobs), tx.AddTransfer(ctx, offer), tx.AddTransfer(ctx, bobsOffer))
	}); err != nil {
		t.Fatal(err)
	}
	out, err := r.Rotate(ctx, from(there), ann.Caller, good, fresh)
	if err != nil || out.Sessions != 2 || out.Tokens != 0 || out.Token == ann.Token || out.Scope == ann.Scope {
		t.Fatalf("%+v, %v", out, err)
	}
	if !slices.Equal(r.ended, []SessionID{other.Caller.Session}) || !slices.Equal(r.rekeyed, []media.CameraID{cam.ID}) {
		t.Errorf("heard of %v and %v", r.ended, r.rekeyed)
	}
	if left, err := r.store.Exits(ctx); err != nil || len(left) != 1 || left[0].ID != bobs.ID {
		t.Errorf("exits that go on: %+v, %v", left, err)
	}
	if left, err := r.store.AllTransfers(ctx); err != nil || len(left) != 1 || left[0].ID != bobsOffer.ID {
		t.Errorf("offers that stand: %+v, %v", left, err)
	}
	for name, c := range map[string]struct {
		in   SignedIn
		ends bool
	}{"the one that asked": {ann, true}, "another": {other, true}, "the new": {out.SignedIn, false}, "bob's": {bob, false}} {
		_, err := r.Authenticate(ctx, c.in.Token, c.in.Scope)
		if c.ends != errors.Is(err, ErrCredentials) || c.ends == r.opens(c.in.Caller) {
			t.Errorf("%s session: %v", name, err)
		}
	}
	r.clock.Advance(totpStep)
	with := Visit{Source: here, Code: r.totp(secret)}
	if _, err := r.SignIn(ctx, with, "ann", good); !errors.Is(err, ErrCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, _, err := r.Recover(ctx, with, "ann", code, good); !errors.Is(err, ErrRecoveryCode) {
		t.Errorf("the old recovery code: %v", err)
	}
	if _, err := r.SignIn(ctx, with, "ann", fresh); err != nil {
		t.Errorf("the new password with the same second factor: %v", err)
	}
	r.clock.Advance(totpStep)
	if _, _, err := r.Recover(ctx, Visit{Source: here, Code: r.totp(secret)}, "ann", out.Recovery, good); err != nil {
		t.Errorf("the new recovery code: %v", err)
	}
	if n := r.vault.Refusals().Snapshot(); len(n) != 0 {
		t.Errorf("crossed wires counted without a fault: %v", n)
	}
}

// TestSignInCatchesUp: cameras whose epochs are of other keys of their owner get
// new ones when the owner signs in, once.
func TestSignInCatchesUp(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	cam := r.own(ann.Caller)
	bump := r.cfg.Bump
	r.cfg.Bump = func(context.Context, *store.Tx, *vault.OpenedAccount, bool) ([]media.CameraID, error) {
		return nil, nil
	}
	if _, err := r.Rotate(ctx, from(here), ann.Caller, good, ""); err != nil {
		t.Fatal(err)
	}
	r.cfg.Bump, r.rekeyed = bump, nil
	r.signIn("bob", good)
	if len(r.rekeyed) != 0 {
		t.Errorf("somebody else's sign-in rekeyed %v", r.rekeyed)
	}
	r.signIn("ann", good)
	if !slices.Equal(r.rekeyed, []media.CameraID{cam.ID}) {
		t.Errorf("the first sign-in rekeyed %v", r.rekeyed)
	}
	r.signIn("ann", good)
	if len(r.rekeyed) != 1 {
		t.Errorf("the second one too: %v", r.rekeyed)
	}
}

// TestReopen: the console takes back ten wrong codes and a lost phone, and no
// keys.
func TestReopen(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	code := r.code(ann.Caller)
	r.secondFactor(ann.Caller)
	for i := range recoveryTries {
		r.Recover(ctx, from(there), "ann", wrongCode(i), fresh)
	}
	var wait ErrThrottled
	if _, _, err := r.Recover(ctx, from(there), "ann", code, fresh); !errors.As(err, &wait) {
		t.Fatalf("after ten wrong ones: %v", err)
	}
	if err := r.Reopen(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := r.Reopen(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if _, _, err := r.Recover(ctx, from(there), "ann", code, fresh); err != nil {
		t.Errorf("after the console: %v", err)
	}
}

// TestNewKeysAreTold: with other keys of an account, everybody who shares a
// camera with it is told in the same step, before any new epoch; nobody else is.
func TestNewKeysAreTold(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	if _, err := r.Create(ctx, "Eve", good); err != nil {
		t.Fatal(err)
	}
	bob, eve := r.signIn("bob", good).Caller, r.signIn("eve", good).Caller
	his, hers := r.own(bob), r.own(ann.Caller)
	grant := func(c store.Camera, to ID) {
		t.Helper()
		g := store.Grant{Camera: c.ID, Account: to, Actions: 1, HistoryFrom: t0, Granted: t0}
		if err := r.store.Update(ctx, func(tx *store.Tx) error { return tx.PutGrant(ctx, g) }); err != nil {
			t.Fatal(err)
		}
	}
	grant(his, ann.Caller.Account)
	grant(hers, bob.Account)
	told := func(who ID, want ...journal.NoticeKind) {
		t.Helper()
		list, err := r.store.Notices(ctx, who, 10)
		var kinds []journal.NoticeKind
		for _, n := range list {
			kinds = append(kinds, journal.NoticeKind(n.Kind))
			if wanted := map[string]media.CameraID{store.NoticeUnconfirmed: his.ID}[n.Kind]; n.Camera != wanted {
				t.Errorf("%s of camera %s", n.Kind, n.Camera)
			}
			if n.Detail != `{"account":"`+ann.Caller.Account.String()+`","name":"Ann"}` {
				t.Errorf("%s of %s", n.Kind, n.Detail)
			}
		}
		slices.Sort(kinds)
		if err != nil || !slices.Equal(kinds, want) {
			t.Errorf("told %v, %v; want %v", kinds, err, want)
		}
	}
	if _, err := r.Rotate(ctx, from(here), ann.Caller, fresh, ""); !errors.Is(err, ErrCredentials) {
		t.Fatal(err)
	}
	told(bob.Account)
	if _, err := r.Rotate(ctx, from(here), ann.Caller, good, ""); err != nil {
		t.Fatal(err)
	}
	told(bob.Account, journal.NoticeRotated, journal.NoticeUnconfirmed)
	told(ann.Caller.Account)
	grant(his, ann.Caller.Account) // confirmed
	if _, _, err := r.Renew(ctx, "ann", fresh); err != nil {
		t.Fatal(err)
	}
	told(bob.Account, journal.NoticeRecovered, journal.NoticeRotated, journal.NoticeUnconfirmed, journal.NoticeUnconfirmed)
	told(ann.Caller.Account, journal.NoticeRecovered)
	told(eve.Account)
}
