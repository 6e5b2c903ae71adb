package gate

import (
	"context"
	"testing"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
)

// TestRoom: an account has 64 cameras in use and all have 256, whether they are added or
// taken over; one that goes makes room, and what was handed over takes none.
func TestRoom(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	fill := func(who account.Caller, n int) {
		t.Helper()
		r.must(r.store.Update(ctx, func(tx *store.Tx) error {
			for range n {
				c := store.Camera{ID: media.NewCameraID(), Owner: who.Account, Name: "x", Added: t0}
				c.Access = r.vault.SealAccess(c.ID, c.Owner, []byte(`{"main":"rtsp://192.0.2.7/x"}`))
				if err := tx.AddCamera(ctx, c); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	add := func(who account.Caller, want error) (id media.CameraID) {
		t.Helper()
		id, err := r.AddCamera(ctx, who, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://192.0.2.8/x"}})
		if err != want {
			t.Errorf("%s: %v, want %v", who.Name, err, want)
		}
		return id
	}
	fill(ann, maxCameras-2)
	door := add(ann, nil)
	last := add(ann, nil)
	add(ann, ErrCamerasFull)
	offered := add(bob, nil)
	offer, err := r.Offer(ctx, bob, offered, ann.Account, false)
	r.must(err)
	if _, err := r.Accept(ctx, ann, offer.ID); err != ErrCamerasFull {
		t.Errorf("taken over: %v", err)
	}
	r.must(r.RemoveCamera(ctx, r.pass(ann, door, Manage)))
	if _, err := r.Accept(ctx, ann, offer.ID); err != nil {
		t.Errorf("taken over with room: %v", err)
	}
	add(ann, ErrCamerasFull)
	given, err := r.Offer(ctx, ann, last, bob.Account, false)
	r.must(err)
	_, err = r.Accept(ctx, bob, given.ID)
	r.must(err)
	add(ann, nil)

	for range 3 {
		fill(r.person("p"+media.NewCameraID().String()[:6]), maxCameras-1)
	}
	list, err := r.store.Cameras(context.Background())
	r.must(err)
	fill(bob, maxAllCameras-len(list)-1)
	add(eve, nil)
	add(eve, ErrHubFull)
	add(ann, ErrCamerasFull)
}
