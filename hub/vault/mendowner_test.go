package vault

import (
	"context"
	"errors"
	"testing"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestRepairRingHandedOver: only a camera's owner keeps keys of it, and of one that was
// handed over that is still whoever had it: what was recorded until then is theirs, and
// what the camera became the taker's.
func TestRepairRingHandedOver(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	given := r.camera(ann)
	_, before := r.kids(given)
	r.must(r.epoch(given, Change{Owner: ann.OpenedAccount}))
	_, last := r.kids(given)
	next := store.Camera{ID: media.NewCameraID(), Owner: bob.ID(), Name: "door", Added: r.clock.Now()}
	next.Access = r.vault.SealAccess(next.ID, next.Owner, []byte("rtsp://camera"))
	nowhere := r.vault.SealAccess(given.ID, given.Owner, []byte("{}"))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		r.vault.HandedOver(tx, HandedOver{Camera: given.ID, At: r.clock.Now(), Next: next.ID, Taker: bob.ID()})
		return errors.Join(tx.RetireCamera(ctx, given.ID, given.Owner, r.clock.Now(), nowhere), tx.AddCamera(ctx, next),
			r.vault.NewEpoch(ctx, tx, next, Change{Owner: bob.OpenedAccount}))
	}))
	_, since := r.kids(next)
	r.damage(func(b []byte) []byte { b[ringHeader+entryHead+4] ^= 1; return b })
	r.must(r.mended())
	r.must(r.open())
	r.must(r.vault.Confirmed(t.Context()))
	for who, had := range map[person]bool{ann: true, bob: false} {
		a, err := r.signIn(who, password(who.name))
		r.must(err)
		want(t, who.name+", what was given away", r.opensAll(a, given, before, last), had, had)
		want(t, who.name+", what it became", r.opensAll(a, next, since), !had)
	}
	if r.wraps(given, bob) != 0 || r.wraps(next, ann) != 0 {
		t.Errorf("bob has %d keys of before, ann %d of since", r.wraps(given, bob), r.wraps(next, ann))
	}
}
