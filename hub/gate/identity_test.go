package gate

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// device is a camera's pin as devices of today show it.
func device(vendor, number string) cameras.Pin {
	return cameras.Pin{Kind: cameras.PinSerial, Value: number, Vendor: vendor, Model: "dome"}
}

// TestKnownDevice: a device is one owner's until its cameras go out of use; who
// presents it as well is refused, counted and told of.
func TestKnownDevice(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	list := r.told()
	r.vault.Refusals().Hear(r.Gate.cfg.Journal.Crossed)
	ann, bob := r.person("ann"), r.person("bob")
	pin := device("acme", "SN-A1B2C3")
	cam, bobs := r.camera(ann, "door"), r.camera(bob, "hall")
	r.must(r.Learned(ctx, cam, pin))
	r.must(r.Learned(ctx, cam, pin))
	counted := func() uint64 { return r.Refused()["camera identity"] }
	for i, as := range []cameras.Pin{pin, {Kind: pin.Kind, Value: pin.Value}} { // that tells nothing of its maker
		if err := r.Learned(ctx, bobs, as); !errors.Is(err, cameras.ErrOtherCamera) || counted() != uint64(i+1) {
			t.Errorf("another owner's: %v, counted %d", err, counted())
		}
		if a, err := r.reach(bobs); err != nil || !a.Pin.IsZero() {
			t.Errorf("it learned %v, %v", a.Pin, err)
		}
	}
	if _, err := r.AddCamera(ctx, bob, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://192.0.2.9/", Pin: pin}}); err != ErrKnownDevice || counted() != 3 {
		t.Errorf("added with a known pin: %v, counted %d", err, counted())
	}
	for range 20 {
		_ = r.Learned(ctx, bobs, pin)
	}
	reads := func(c account.Caller, camera media.CameraID) (count int64) {
		for _, e := range list(c) {
			if e.Kind != journal.Refused {
				continue
			}
			if count += e.Count; e.Camera != camera {
				t.Errorf("it names %v in %+v", e.Camera, e)
			}
		}
		return count
	}
	if anns, bobs := reads(ann, cam), reads(bob, media.CameraID{}); anns != 23 || bobs != 23 { // whose it is, is not said
		t.Errorf("ann reads of %d tries, bob of %d", anns, bobs)
	}
	if err := r.Learned(ctx, bobs, cameras.Pin{Kind: cameras.PinMAC, Value: "02:00:00:00:00:09"}); !errors.Is(err, cameras.ErrOtherCamera) {
		t.Errorf("of another kind, at the same address: %v", err)
	}
	away, err := r.AddCamera(ctx, bob, NewCamera{Name: "away", Access: cameras.Access{Main: "rtsp://192.0.2.8/"}})
	r.must(err)
	r.must(r.Learned(ctx, away, cameras.Pin{Kind: cameras.PinMAC, Value: pin.Value})) // of another kind
	other := r.camera(bob, "yard")
	r.must(r.Learned(ctx, other, device("other", pin.Value))) // of another maker
	third := r.camera(bob, "roof")
	r.must(r.RemoveCamera(ctx, r.pass(ann, cam, Manage)))
	r.must(r.Learned(ctx, third, pin))
	row, err := r.store.Camera(ctx, third)
	r.must(err)
	if string(row.PinHash) != string(r.vault.PinHash(pin.Kind, pin.Value, pin.Vendor, pin.Model, "")) {
		t.Errorf("hash %x", row.PinHash)
	}
}

// TestOneOwner: one owner has a device several times, but not one stream of it.
func TestOneOwner(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	for _, pin := range []cameras.Pin{device("acme", "SN-A1B2C3"), {Kind: cameras.PinMAC, Value: "02:00:00:00:00:01"}} {
		add := func(main string) media.CameraID {
			id, err := r.AddCamera(ctx, ann, NewCamera{Name: "x", Access: cameras.Access{Main: main}})
			r.must(err)
			return id
		}
		r.must(r.Learned(ctx, add("rtsp://192.0.2.7/Streaming/Channels/101"), pin))
		r.must(r.Learned(ctx, add("rtsp://192.0.2.7/Streaming/Channels/201"), pin)) // the second channel of a recorder
		r.must(r.Learned(ctx, add("rtsp://192.0.2.7/cam?channel=2"), pin))
		r.must(r.Learned(ctx, add("rtsp://192.0.2.8/Streaming/Channels/101"), pin)) // behind one repeater
		for _, same := range []string{"rtsp://192.0.2.7/Streaming/Channels/101", "rtsp://192.0.2.7:554/Streaming/Channels/101/", "RTSP://192.0.2.7/cam?channel=2"} {
			if err := r.Learned(ctx, add(same), pin); !errors.Is(err, cameras.ErrOtherCamera) {
				t.Errorf("%s again: %v", same, err)
			}
		}
	}
}

// TestChannels: channels of one recorder may be of two owners where the recorder
// names them; where it names one of the two only, they may be one.
func TestChannels(t *testing.T) {
	for _, c := range []struct {
		ann, bob string
		two      bool
	}{{"1", "2", true}, {"1", "1", false}, {"1", "", false}, {"", "2", false}, {"", "", false}} {
		r := newRig(t)
		add := func(who account.Caller, source string) error {
			id, err := r.AddCamera(t.Context(), who, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://192.0.2.7/" + source, Source: source}})
			r.must(err)
			return r.Learned(t.Context(), id, device("acme", "SN-A1B2C3"))
		}
		r.must(add(r.person("ann"), c.ann))
		if err := add(r.person("bob"), c.bob); (err == nil) != c.two || err != nil && !errors.Is(err, cameras.ErrOtherCamera) {
			t.Errorf("%q and %q: %v", c.ann, c.bob, err)
		}
	}
}

// TestBetterPin: pins from before maker and model were kept, and those that many
// devices have, are replaced by what the same device shows; no other is.
func TestBetterPin(t *testing.T) {
	ctx := t.Context()
	old, weak, mac := cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}, cameras.Pin{Kind: cameras.PinSerial, Value: "123456"}, cameras.Pin{Kind: cameras.PinMAC, Value: "m"}
	for name, c := range map[string]struct {
		had, shows cameras.Pin
		want       bool
	}{
		"it tells its maker":  {old, device("acme", "SN-A1B2C3"), true},
		"another number":      {old, device("acme", "SN-D4E5F6"), false},
		"a MAC instead":       {old, mac, false},
		"weak, a MAC instead": {weak, mac, true},
		"weak, as weak":       {weak, device("acme", "123456"), false},
		"weak, a number":      {weak, device("acme", "SN-A1B2C3"), true},
		"less than before":    {device("acme", "SN-A1B2C3"), old, false},
		"its maker respelled": {device("acme", "SN-A1B2C3"), device("acme inc.", "SN-A1B2C3"), true}, // cameras asks where it was seen
		"respelled, weak":     {device("acme", "123456"), device("acme inc.", "123456"), false},
		"of a MAC":            {mac, device("acme", "SN-A1B2C3"), false},
	} {
		r := newRig(t)
		id, err := r.AddCamera(ctx, r.person("ann"), NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://192.0.2.7/", Pin: c.had}})
		r.must(err)
		err = r.Learned(ctx, id, c.shows)
		want := map[bool]cameras.Pin{true: c.shows, false: c.had}[c.want]
		if a, e := r.reach(id); e != nil || a.Pin != want || (err == nil) != c.want {
			t.Errorf("%s: %+v, %v, %v", name, a.Pin, err, e)
		}
		if n := r.Refused()["camera pin"]; (n == 0) != c.want {
			t.Errorf("%s: counted %d", name, n)
		}
	}
}

// TestFollowSharedAddress: what several cameras have in common says of none where
// it is, unless they are channels of one recorder, which moves with all of them.
func TestFollowSharedAddress(t *testing.T) {
	const mac = "02:00:00:00:00:07"
	repeater := cameras.Pin{Kind: cameras.PinMAC, Value: mac}
	for name, c := range map[string]struct {
		pins    [2]cameras.Pin
		hosts   [2]string
		follows int
	}{
		"cameras behind a repeater":       {[2]cameras.Pin{repeater, repeater}, [2]string{"192.0.2.7", "192.0.2.8"}, 0},
		"with serial numbers":             {[2]cameras.Pin{device("a", "SN-A1B2C3"), device("a", "SN-D4E5F6")}, [2]string{"192.0.2.7", "192.0.2.8"}, 0},
		"channels of a recorder":          {[2]cameras.Pin{device("a", "SN-A1B2C3"), device("a", "SN-A1B2C3")}, [2]string{"192.0.2.7", "192.0.2.7"}, 2},
		"one has moved":                   {[2]cameras.Pin{device("a", "SN-A1B2C3"), device("a", "SN-A1B2C3")}, [2]string{"192.0.2.7", newHost}, 1},
		"channels of one without numbers": {[2]cameras.Pin{repeater, repeater}, [2]string{"192.0.2.7", "192.0.2.7"}, 2},
	} {
		r := newRig(t)
		ann := r.person("ann")
		var away []media.CameraID
		for i, host := range c.hosts {
			id, err := r.AddCamera(t.Context(), ann, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://" + host + "/" + string(rune('a'+i)), Pin: c.pins[i], MAC: mac}})
			r.must(err)
			if host != newHost {
				away = append(away, id)
			}
		}
		r.cfg.LinkAddresses = kernel(map[string]string{newHost: mac})
		r.cfg.Finder = &noticed{list: []discover.Candidate{{ID: "1", Addresses: []netip.Addr{netip.MustParseAddr(newHost)}}}}
		moved, err := r.Follow(t.Context(), away)
		if err != nil || len(moved) != c.follows {
			t.Errorf("%s: %d moved, %v", name, len(moved), err)
		}
	}
}

// TestIdentify: pins from before there were hashes get theirs; the second of
// two entries for one device starts anew, to be refused.
func TestIdentify(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	pin := cameras.Pin{Kind: cameras.PinMAC, Value: "02:00:00:00:00:01"}
	one := r.camera(ann, "door")
	r.clock.Advance(time.Second)
	two := r.camera(bob, "hall")
	for _, id := range []media.CameraID{one, two} {
		row, err := r.store.Camera(ctx, id)
		r.must(err)
		access, err := r.openAccess(row)
		r.must(err)
		access.Pin = pin
		r.must(r.setAccess(ctx, row, access))
		row, err = r.store.Camera(ctx, id)
		r.must(err)
		r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetCameraAccess(ctx, id, row.Access, row.Access, nil) }))
	}
	r.changed = nil
	r.must(r.identify(ctx))
	for id, want := range map[media.CameraID]cameras.Pin{one: pin, two: {}} {
		if a, err := r.reach(id); err != nil || a.Pin != want {
			t.Errorf("%v: %v, %v", id, a.Pin, err)
		}
	}
	if !slices.Equal(r.changed, []media.CameraID{two}) || r.Refused()["camera identity"] != 1 {
		t.Errorf("changed %v, refused %v", r.changed, r.Refused())
	}
	if err := r.Learned(ctx, two, pin); !errors.Is(err, cameras.ErrOtherCamera) {
		t.Errorf("met again: %v", err)
	}
}
