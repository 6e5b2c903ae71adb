package gate

import (
	"errors"
	"slices"
	"testing"

	"lares/cameras"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// TestAcceptDevice: another device is the camera if its owner, in person, says so,
// unless it is somebody else's camera; what the camera has stays.
func TestAcceptDevice(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door, hall := r.camera(ann, "door"), r.camera(bob, "hall")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	old, bobs, now := device("acme", "SN-A1B2C3"), device("acme", "SN-B0B0B0"), device("acme inc.", "SN-A1B2C3")
	r.must(r.Learned(ctx, door, old))
	r.must(r.Learned(ctx, hall, bobs))
	before, changed := r.reached(door), len(r.changed)
	for what, c := range map[string]account.Caller{"who may manage it": bob, "somebody else": r.person("eve")} {
		if err := r.AcceptDevice(ctx, c, door, now); err != ErrNotFound || r.MayAccept(ctx, c, door, now) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, c := range map[string]struct {
		pin  cameras.Pin
		want error
	}{"nothing": {cameras.Pin{}, ErrInput}, "a weak number": {device("acme", "123456"), ErrInput}, "bob's camera": {bobs, ErrKnownDevice}} {
		if err := r.AcceptDevice(ctx, ann, door, c.pin); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if r.MayAccept(ctx, ann, door, bobs) {
		t.Error("ann is told of bob's camera")
	}
	if r.reached(door) != before || len(r.changed) != changed || r.Refused()["camera identity"] != 1 {
		t.Errorf("it is %+v, refused %v", r.reached(door), r.Refused())
	}
	if !r.MayAccept(ctx, ann, door, now) {
		t.Error("ann is not asked")
	}
	r.must(r.AcceptDevice(ctx, ann, door, now))
	want := before
	want.Pin = now
	if got := r.reached(door); got != want || !slices.Contains(r.changed[changed:], door) {
		t.Errorf("reached by %+v, changed %v", got, r.changed)
	}
	if err := r.Learned(ctx, hall, now); err == nil {
		t.Error("bob's camera may be the device now")
	}
	told := 0
	for _, e := range list(ann) {
		if e.Kind == journal.CameraAccepted && e.Camera == door && e.Account == ann.Account && e.Detail["by"] == cameras.PinSerial {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d rows of it in the journal", told)
	}
}

// TestMayAcceptCounts: who asks about somebody else's camera is counted as trying in
// vain, of which its owner hears, and another camera's row as a crossed wire.
func TestMayAcceptCounts(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door, hall := r.camera(ann, "door"), r.camera(bob, "hall")
	now := device("acme", "SN-A1B2C3")
	if r.MayAccept(ctx, eve, door, now) || r.MayAccept(ctx, eve, media.NewCameraID(), now) || !r.MayAccept(ctx, ann, door, now) {
		t.Error("whose camera it is")
	}
	denied := map[account.ID]int64{}
	for _, e := range list(ann) {
		if e.Kind == journal.Denied && e.Camera == door {
			denied[e.Account] += e.Count
		}
	}
	if len(denied) != 1 || denied[eve.Account] != 1 {
		t.Errorf("in vain: %v", denied)
	}
	other, err := r.store.Camera(ctx, hall)
	r.must(err)
	for _, owner := range []account.Caller{ann, bob} {
		if err := r.isOwn(other, door, owner.Account); err != ErrCrossed {
			t.Errorf("another camera's row: %v", err)
		}
	}
	if n := r.Refused()[string(fault.Camera)]; n != 2 {
		t.Errorf("%d crossed wires are counted", n)
	}
}

// TestOwnCameraMeanwhile: a camera has one owner for good, so one that is somebody else's
// when it is read again was not handed over: that is refused as a crossed wire, and counted.
func TestOwnCameraMeanwhile(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, eve := r.person("ann"), r.person("eve")
	door, hall := r.camera(ann, "door"), r.camera(ann, "hall")
	again := func(id media.CameraID, who account.Caller) error {
		return r.store.Update(ctx, func(tx *store.Tx) error { _, err := r.ownCamera(ctx, tx, id, who.Account); return err })
	}
	r.must(again(door, ann))
	r.crossed("another's", func() error { return again(door, eve) })
	row, err := r.store.Camera(ctx, door)
	r.must(err)
	r.crossed("to look how it is reached", func() error { return r.stillOwn(fault.CameraAccess, row, door, eve.Account) })
	r.crossed("another camera", func() error { return r.stillOwn(fault.CameraAccess, row, hall, ann.Account) })
	for site, n := range map[fault.Site]uint64{fault.Camera: 1, fault.CameraAccess: 2} {
		if got := r.Refused()[string(site)]; got != n {
			t.Errorf("%s: counted %d times, not %d", site, got, n)
		}
	}
	offer, err := r.Offer(ctx, ann, door, eve.Account, false)
	r.must(err)
	_, err = r.Accept(ctx, eve, offer.ID)
	r.must(err)
	if err := again(door, ann); !errors.Is(err, ErrInput) {
		t.Errorf("handed over: %v", err)
	}
	if _, _, err := r.Access(ctx, ann, door); !errors.Is(err, ErrNotFound) {
		t.Errorf("how it was reached: %v", err)
	}
}
