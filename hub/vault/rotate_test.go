package vault

import (
	"context"
	"errors"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// rotate gives somebody other keys, and their cameras new epochs.
func (r *rig) rotate(p person, cameras ...store.Camera) *OpenedAccount {
	r.t.Helper()
	next, err := r.vault.Next(r.t.Context(), p.ID())
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		if err := r.vault.Rotate(ctx, tx, p.OpenedAccount, next); err != nil {
			return err
		}
		for _, c := range cameras {
			if err := r.vault.NewEpoch(ctx, tx, c, Change{Owner: next}); err != nil {
				return err
			}
		}
		return nil
	}))
	return next
}

// opensAll reports which of some store keys an account opens.
func (r *rig) opensAll(a *OpenedAccount, c store.Camera, kids ...media.KeyID) (got []bool) {
	for _, kid := range kids {
		_, err := a.EpochKey(r.t.Context(), c.ID, seal.Store, kid)
		got = append(got, err == nil)
	}
	return got
}

func want(t *testing.T, what string, got []bool, want ...bool) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: opens %v, want %v", what, got, want)
			return
		}
	}
}

// TestRotateOwner: other keys open what the old ones did; what is recorded from
// then on opens with them alone.
func TestRotateOwner(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	_, first := r.kids(cam)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true}}))
	_, second := r.kids(cam)
	secret := []byte("12345678901234567890")
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		f := ann.SealTOTP(secret)
		f.LastStep, f.Created, f.Confirmed = 7, r.clock.Now(), r.clock.Now()
		return errors.Join(tx.PutTOTP(ctx, f), r.vault.PutRecovery(ctx, tx, ann.NewRecovery("a code")))
	}))
	next := r.rotate(ann, cam)
	_, third := r.kids(cam)
	want(t, "ann's next keys", r.opensAll(next, cam, first, second, third), true, true, true)
	want(t, "bob", r.opensAll(bob.OpenedAccount, cam, first, second, third), false, true, true)
	if n := r.refused(); n != 0 {
		t.Fatalf("%d crossings counted without a fault", n)
	}
	want(t, "ann's old keys", r.opensAll(ann.OpenedAccount, cam, first, second, third), false, false, false)
	if next.version != 2 || next.kem.Public().Fingerprint() == ann.kem.Public().Fingerprint() {
		t.Error("the next keys are the old ones")
	}
	f, err := r.store.TOTP(t.Context(), ann.ID())
	r.must(err)
	if got, err := next.OpenTOTP(f); err != nil || string(got) != string(secret) || f.LastStep != 7 || f.Confirmed.IsZero() {
		t.Errorf("the second factor: %v, %+v", err, f)
	}
	if _, err := ann.OpenTOTP(f); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("the second factor with the old keys: %v", err)
	}
	for what, find := range map[string]func() error{
		"session":  func() error { _, err := r.store.SessionWrap(t.Context(), ann.proof.session, ann.ID()); return err },
		"password": func() error { _, err := r.store.PasswordWrap(t.Context(), ann.ID()); return err },
		"recovery": func() error { _, err := r.store.RecoveryWrap(t.Context(), ann.ID()); return err },
	} {
		if err := find(); !errors.Is(err, store.ErrNoRow) {
			t.Errorf("the wrap of a %s outlived its secret: %v", what, err)
		}
	}
	p, err := r.store.NewestPrincipal(t.Context(), ann.ID())
	if err != nil || !seal.Verify(ann.principal().SignPublic, handoverLabel, r.vault.principalBytes(p), p.Handover) {
		t.Errorf("the old keys did not sign the next ones: %v", err)
	}
	if signs, err := r.vault.Signs(t.Context(), r.store.View, next, cam.ID); err != nil || !signs {
		t.Errorf("the newest epoch is not signed with the next keys: %v", err)
	}
	// The hub alone still takes away, and the old record stands.
	r.must(r.epoch(cam, Change{Keep: func(id store.PrincipalID) bool { return id == ann.ID() }}))
	_, fourth := r.kids(cam)
	want(t, "after a taking", r.opensAll(next, cam, first, fourth), true, true)
	want(t, "bob after it", r.opensAll(bob.OpenedAccount, cam, fourth), false)
}

// TestRotateMember: the old record goes on with keys sealed anew; the next one
// leaves the member out until the owner has confirmed.
func TestRotateMember(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true}}))
	_, first := r.kids(cam)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutGrant(ctx, store.Grant{Camera: cam.ID, Account: bob.ID(), Actions: 1, Granted: r.clock.Now(), HistoryFrom: r.clock.Now()})
	}))
	next := r.rotate(bob)
	want(t, "bob's next keys", r.opensAll(next, cam, first), true)
	g, err := r.store.Grants(t.Context(), cam.ID)
	if err != nil || len(g) != 1 || !g[0].Unconfirmed {
		t.Errorf("grants %+v, %v", g, err)
	}
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	_, second := r.kids(cam)
	want(t, "before the owner confirmed", r.opensAll(next, cam, first, second), true, false)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true, Confirmed: true}}))
	_, third := r.kids(cam)
	want(t, "after it", r.opensAll(next, cam, third), true)
	if n := r.refused(); n != 0 {
		t.Errorf("%d crossings counted without a fault", n)
	}
	// A next version that the one before did not vouch for is an alarm.
	r.rotate(person{OpenedAccount: next})
	r.sql("UPDATE principal SET handover = randomblob(64) WHERE id = ? AND version = 3", bob.proof.account[:])
	r.crossed("a forged handover", func() error { return r.epoch(cam, Change{Owner: ann.OpenedAccount}) })
}

// TestEpochOfOldKeys: a secret that was opened before its account got other keys
// signs no epoch any more.
func TestEpochOfOldKeys(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	next := r.rotate(ann, cam)
	before, _ := r.kids(cam)
	for name, c := range map[string]Change{
		"a share": {Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true}}, "the next": {Owner: ann.OpenedAccount},
	} {
		if err := r.epoch(cam, c); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now, _ := r.kids(cam); now != before {
		t.Error("an epoch of old keys was begun")
	}
	r.must(r.epoch(cam, Change{Owner: next}))
}
