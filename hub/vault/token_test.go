package vault

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
)

// TestStoredTokensOpenNothing: whoever has the whole database and hub.key has no
// token, no link and no guest: what is stored of them, used as if it were the
// secret, leads nowhere (HAZARDS A4, A5).
func TestStoredTokensOpenNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, ann := t.Context(), r.account("ann")
	cam := r.camera(ann)
	clip := media.NewClipID()
	r.must(r.store.ClipClosed(ctx, recorder.ClipRow{Clip: clip, Camera: cam.ID, Start: t0, State: recorder.StateComplete}))
	n, err := r.vault.NewToken(ann.ID())
	r.must(err)
	key := [seal.KeySize]byte(run(0xe0, seal.KeySize))
	link, secret := r.vault.NewGuestLink(store.GuestLink{Account: ann.ID(), Camera: cam.ID, Clip: clip, Views: 1, ViewsLeft: 1, Expires: t0.Add(time.Hour)}, key)
	guest, err := r.vault.NewGuest(link, secret, t0.Add(time.Hour))
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.AddToken(ctx, n.Token, n.Principal, nil), r.vault.ShareHistory(ctx, tx, ann.OpenedAccount, cam, n.Principal.ID, time.Unix(0, 0), nil),
			tx.AddLink(ctx, link), tx.AddGuest(ctx, guest.Guest))
	}))
	_, stored := r.kids(cam)
	opens := func(secret [seal.KeySize]byte) error {
		a, err := r.vault.Unlock(ctx, NewTokenProof(ann.ID(), n.Token.ID, secret))
		if err != nil {
			return err
		}
		_, err = a.EpochKey(ctx, cam.ID, seal.Store, stored)
		return err
	}
	shown := func(cookie [seal.KeySize]byte) error {
		got, err := r.vault.ClipKey(ctx, NewGuestProof(guest.Guest.ID, cookie), cam.ID, clip, stored, nil)
		if err == nil && got != key {
			t.Error("a guest got another key")
		}
		return err
	}
	r.must(errors.Join(opens(n.Secret), shown(guest.Token)))

	for name, b := range map[string][]byte{
		"a token's hash": n.Token.TokenHash, "a scope's hash": n.Token.ScopeHash, "a link's hash": link.SecretHash, "a guest's hash": guest.Guest.TokenHash,
		"a guest's scope's hash": guest.Guest.ScopeHash, "a link's wrap": link.Sealed[:32], "a guest's wrap": guest.Guest.Sealed[:32],
		"the hub's sealing key": r.vault.key.sealing, "the hub's identity": r.vault.key.identity.Seed(), "the link's secret": secret[:],
	} {
		try := [seal.KeySize]byte(b)
		r.crossed(name+" as a token", func() error { return opens(try) })
		r.crossed(name+" as a guest's cookie", func() error { return shown(try) })
		if try != secret {
			r.crossed(name+" as a link's secret", func() error { _, err := r.vault.NewGuest(link, try, t0.Add(time.Hour)); return err })
		}
		forged := link
		forged.SecretHash = GuestSecretHash(try) // whoever writes rows makes them fit
		if try != secret {
			r.crossed(name+" as the secret of a forged row", func() error { _, err := r.vault.NewGuest(forged, try, t0.Add(time.Hour)); return err })
		}
	}
	// A token's keys come with its own row alone.
	if err := func() error {
		_, err := r.vault.Unlock(ctx, NewTokenProof(ann.ID(), store.TokenID(ann.ID()), n.Secret))
		return err
	}(); !errors.Is(err, seal.ErrCrossed) {
		t.Errorf("a token in the name of an account: %v", err)
	}
	r.crossed("a token as the owner of an epoch", func() error {
		a, err := r.vault.Unlock(ctx, NewTokenProof(ann.ID(), n.Token.ID, n.Secret))
		r.must(err)
		return r.epoch(cam, Change{Owner: a, Add: &Member{Principal: a.ID(), Store: true}})
	})
	r.crossed("a token shares history", func() error {
		a, err := r.vault.Unlock(ctx, NewTokenProof(ann.ID(), n.Token.ID, n.Secret))
		r.must(err)
		return r.update(func(ctx context.Context, tx *store.Tx) error {
			return r.vault.ShareHistory(ctx, tx, a, cam, n.Principal.ID, time.Unix(0, 0), nil)
		})
	})
}
