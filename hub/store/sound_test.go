package store

import (
	"bytes"
	"context"
	"testing"
)

// TestSound: what was said of a camera is read as it was written, and is of no other;
// it is bounded, and ends when the camera goes out of use.
func TestSound(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "Ann")
	door, yard, shed := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard"), addCamera(t, s, ann, "shed")
	put := func(doors, yards []byte) {
		t.Helper()
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutSound(ctx, door, doors) })
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutSound(ctx, yard, yards) })
	}
	kept := func(doors, yards []byte) {
		t.Helper()
		all, err := s.Sounds(t.Context())
		got, err1 := s.Sound(t.Context(), door)
		other, err2 := s.Sound(t.Context(), yard)
		none, err3 := s.Sound(t.Context(), shed)
		if err != nil || err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err, err1, err2, err3)
		}
		if !bytes.Equal(got, doors) || !bytes.Equal(all[door], doors) || !bytes.Equal(other, yards) || !bytes.Equal(all[yard], yards) || none != nil {
			t.Errorf("%d and %d bytes, and %v; of all %d", len(got), len(other), none, len(all))
		}
	}
	kept(nil, nil)
	put(random(80), random(80))
	most, yards := random(4<<10), random(90)
	put(most, yards)
	kept(most, yards)
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSound(t.Context(), door, append(most, 0)) })
	if err == nil {
		t.Error("more than 4 KiB are kept")
	}
	kept(most, yards)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, door, ann, t0) })
	kept(nil, yards)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RetireCamera(ctx, yard, ann, t0, random(80)) })
	kept(nil, nil)
}
