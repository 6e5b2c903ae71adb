package vault

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestOffer: an offer opens as it was made and not otherwise, on the hub that
// made it and on what that becomes by a restore.
func TestOffer(t *testing.T) {
	r := newRig(t)
	ann, bob, eve := r.account("ann"), r.account("bob"), r.account("eve")
	cam := r.camera(ann)
	o := store.Transfer{
		ID: store.NewTransferID(), Camera: cam.ID, Owner: ann.ID(), OwnerName: "ann", Taker: bob.ID(), Name: "door",
		Created: t0, Expires: t0.Add(time.Hour),
	}
	o.Access = r.vault.SealOffer(o, []byte("rtsp://camera"))
	if b, err := r.vault.OpenOffer(o); err != nil || string(b) != "rtsp://camera" {
		t.Errorf("%q, %v", b, err)
	}
	for what, change := range map[string]func(*store.Transfer){
		"id":      func(o *store.Transfer) { o.ID = store.NewTransferID() },
		"camera":  func(o *store.Transfer) { o.Camera = media.NewCameraID() },
		"owner":   func(o *store.Transfer) { o.Owner = eve.ID() },
		"taker":   func(o *store.Transfer) { o.Taker = eve.ID() },
		"name":    func(o *store.Transfer) { o.Name = "yard" },
		"erase":   func(o *store.Transfer) { o.Erase = true },
		"expires": func(o *store.Transfer) { o.Expires = o.Expires.Add(time.Millisecond) },
		"access":  func(o *store.Transfer) { o.Access = cam.Access },
	} {
		other := o
		change(&other)
		r.crossed(what, func() error { _, err := r.vault.OpenOffer(other); return err })
	}
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return tx.AddTransfer(ctx, o) }))
	n := r.save().restore(t, "")
	row, err := n.store.Transfer(t.Context(), o.ID, t0)
	n.must(err)
	if b, err := n.vault.OpenOffer(row); err != nil || string(b) != "rtsp://camera" || bytes.Equal(row.Access, o.Access) {
		t.Errorf("after a restore: %q, %v", b, err)
	}
}

// TestPinHash: the hash says nothing without the pepper, and two kinds of one
// value are two devices.
func TestPinHash(t *testing.T) {
	r := newRig(t)
	m := hmac.New(sha256.New, r.vault.key.pepper())
	m.Write([]byte("lares camera pin v1\x00\x00\x06serial\x00\x03S-1"))
	if got := r.vault.PinHash("serial", "S-1"); !bytes.Equal(got, m.Sum(nil)) {
		t.Errorf("%x", got)
	}
	if bytes.Equal(r.vault.PinHash("serial", "S-1"), r.vault.PinHash("mac", "S-1")) || bytes.Equal(r.vault.PinHash("seria", "lS-1"), r.vault.PinHash("serial", "S-1")) {
		t.Error("two devices have one hash")
	}
	m = hmac.New(sha256.New, r.vault.key.pepper())
	m.Write([]byte("lares camera pin v2\x00\x00\x06serial\x00\x03S-1\x00\x04acme\x00\x00\x00\x011"))
	if got := r.vault.PinHash("serial", "S-1", "acme", "", "1"); !bytes.Equal(got, m.Sum(nil)) {
		t.Errorf("with what is beside: %x", got)
	}
	if !bytes.Equal(r.vault.PinHash("serial", "S-1", "", "", ""), r.vault.PinHash("serial", "S-1")) {
		t.Error("a pin of an older hub has another hash")
	}
	if bytes.Equal(r.vault.PinHash("serial", "S-1", "acme", ""), r.vault.PinHash("serial", "S-1", "", "acme")) {
		t.Error("a maker and a model have one hash")
	}
	if bytes.Equal(r.vault.PinHash("serial", "S-1"), newRig(t).vault.PinHash("serial", "S-1")) {
		t.Error("two hubs have one hash")
	}
}
