package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestPinsAfterUpgrade: a database of version 4 keeps what identifies its cameras;
// an owner may have a device again, and nobody else may.
func TestPinsAfterUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lares.db")
	db := madeBy(t, path, 4)
	ann, bob, door := AccountID{0xa}, AccountID{0xb}, media.CameraID{0xc}
	pin := bytes.Repeat([]byte{7}, 32)
	for _, a := range []struct {
		id   AccountID
		name string
	}{{ann, "ann"}, {bob, "bob"}} {
		if _, err := db.Exec("INSERT INTO account (id, name, name_key, operator, version, created_ms) VALUES (?, ?, ?, 0, 1, 1)", a.id[:], a.name, a.name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("INSERT INTO camera (id, owner, name, access, added_ms, pin_hash) VALUES (?, ?, 'Door', x'01', 1, ?)", door[:], ann[:], pin); err != nil {
		t.Fatal(err)
	}
	db.Close()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Camera(t.Context(), door)
	if err != nil || !bytes.Equal(c.PinHash, pin) || c.Owner != ann {
		t.Errorf("it became %+v, %v", c, err)
	}
	onePerOwner(t, s, pin, ann, bob)
}

// onePerOwner tries to give a device of ann's to bob in every way.
func onePerOwner(t *testing.T, s *Store, pin []byte, ann, bob AccountID) {
	t.Helper()
	add := func(owner AccountID, pin []byte) (c Camera, err error) {
		c = Camera{ID: media.NewCameraID(), Owner: owner, Name: "x", Access: random(8), Added: time.Unix(1, 0), PinHash: pin}
		return c, s.Update(t.Context(), func(tx *Tx) error { return tx.AddCamera(t.Context(), c) })
	}
	set := func(c Camera) error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.SetCameraAccess(t.Context(), c.ID, c.Access, c.Access, pin) })
	}
	again, err := add(ann, pin)
	if err != nil {
		t.Errorf("ann has no second channel: %v", err)
	}
	if _, err := add(bob, pin); !errors.Is(err, ErrTaken) {
		t.Errorf("bob adds ann's device: %v", err)
	}
	bobs, err := add(bob, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := set(bobs); !errors.Is(err, ErrTaken) {
		t.Errorf("bob's camera becomes ann's device: %v", err)
	}
	mine, err := add(ann, nil)
	if err != nil || set(mine) != nil {
		t.Errorf("ann has no third channel: %v", err)
	}
	list, err := s.Cameras(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list { // out of use, the device is free
		if c.Owner != ann {
			continue
		}
		update(t, s, func(ctx context.Context, tx *Tx) error {
			if c.ID == again.ID {
				return tx.RetireCamera(ctx, c.ID, ann, time.Unix(2, 0), []byte{1})
			}
			return tx.RemoveCamera(ctx, c.ID, ann, time.Unix(2, 0))
		})
	}
	if err := set(bobs); err != nil {
		t.Errorf("a device that nobody has: %v", err)
	}
	if _, err := add(ann, pin); !errors.Is(err, ErrTaken) {
		t.Errorf("ann adds bob's device: %v", err)
	}
}

func TestOnePerOwner(t *testing.T) {
	s := openTest(t)
	pin, ann := random(32), addAccount(t, s, "ann")
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return tx.AddCamera(ctx, Camera{ID: media.NewCameraID(), Owner: ann, Name: "x", Access: random(8), Added: t0, PinHash: pin})
	})
	onePerOwner(t, s, pin, ann, addAccount(t, s, "bob"))
}
