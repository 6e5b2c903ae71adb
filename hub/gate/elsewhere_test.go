package gate

import (
	"errors"
	"net/netip"
	"testing"

	"lares/cameras"
	"lares/cameras/discover"
	"lares/cameras/media"
	"lares/hub/journal"
)

// TestAnswerPlace: where two claim to be a camera that is gone, its owner alone
// says which it is, and what is not is not asked about again, also after a restart.
func TestAnswerPlace(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	before := cameras.Access{Main: "rtsp://192.0.2.7:8554/main", Password: "camera secret", Pin: cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3"}}
	door, err := r.AddCamera(ctx, ann, NewCamera{Name: "door", Access: before})
	r.must(err)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	bell := r.camera(bob, "bell")
	device := func(id, host string) discover.Candidate {
		return discover.Candidate{ID: id, UUID: "u-1", Name: "says " + host, Addresses: []netip.Addr{netip.MustParseAddr(host)}}
	}
	const third = "192.0.2.78"
	finder := &noticed{list: []discover.Candidate{device("1", oldHost)}}
	r.cfg.Finder = finder
	r.must(r.Recognised(ctx, nil)) // it is not live
	r.must(r.Recognised(ctx, []media.CameraID{door}))
	if c, err := r.WorkerCamera(ctx, door); err != nil || c.Access.UUID != "u-1" {
		t.Fatalf("%+v, %v", c.Access, err)
	}
	finder.list = []discover.Candidate{device("1", newHost), device("2", third)}
	follow := func() {
		t.Helper()
		for range 2 {
			if moved, err := r.Follow(ctx, []media.CameraID{door}); err != nil || len(moved) != 0 {
				t.Fatalf("followed %v, %v", moved, err)
			}
		}
	}
	places := func(want ...string) {
		t.Helper()
		c, err := r.Camera(ctx, ann, door)
		r.must(err)
		if len(c.Elsewhere) != len(want) {
			t.Fatalf("asked about %+v, want %v", c.Elsewhere, want)
		}
		for i, p := range c.Elsewhere {
			if p.Address.String() != want[i] || p.Name != "says "+want[i] {
				t.Errorf("asked about %+v, want %v", c.Elsewhere, want)
			}
		}
		if c, err := r.Camera(ctx, bob, door); err != nil || len(c.Elsewhere) != 0 {
			t.Errorf("who manages it is asked about %+v, %v", c.Elsewhere, err)
		}
	}
	follow()
	places(newHost, third)
	if err := r.AnswerPlace(ctx, bob, door, netip.MustParseAddr(newHost), true); !errors.Is(err, ErrNotFound) {
		t.Errorf("who manages it answers: %v", err)
	}
	if err := r.AnswerPlace(ctx, ann, door, netip.MustParseAddr("192.0.2.99"), true); !errors.Is(err, ErrNotFound) {
		t.Errorf("a place that nobody asked about: %v", err)
	}
	r.changed = nil
	r.must(r.AnswerPlace(ctx, ann, door, netip.MustParseAddr(third), false))
	places(newHost)
	r.Gate.places[bell] = r.Gate.places[door]
	if c, err := r.Camera(ctx, bob, bell); err != nil || len(c.Elsewhere) != 0 || r.vault.Refusals().Snapshot()["camera place"] != 1 {
		t.Errorf("with another camera's places: %+v, %v, refused %v", c.Elsewhere, err, r.vault.Refusals().Snapshot())
	}
	r.Gate.places, r.Gate.asked = map[media.CameraID][]Place{}, map[media.CameraID][]netip.Addr{} // a restart
	follow()
	places(newHost)
	if len(r.changed) != 0 {
		t.Errorf("what says where it is not changed %v", r.changed)
	}
	r.must(r.AnswerPlace(ctx, ann, door, netip.MustParseAddr(newHost), true))
	places()
	want := before
	want.Main, want.UUID, want.Moved = "rtsp://192.0.2.77:8554/main", "u-1", cameras.Moved{Main: true}
	if c, err := r.WorkerCamera(ctx, door); err != nil || c.Access != want || len(r.changed) != 1 {
		t.Errorf("changed %d times, now %+v, %v", len(r.changed), c.Access, err)
	}
	var rows []string
	vain := 0
	for _, e := range list(ann) {
		if e.Kind == journal.Denied && e.Account == bob.Account && e.Camera == door {
			vain++
		}
		if e.Kind == journal.CameraMoved || e.Kind == journal.CameraNotThere {
			if e.Account != ann.Account || e.Camera != door {
				t.Errorf("%+v", e)
			}
			rows = append(rows, string(e.Kind)+" "+e.Detail["address"].(string))
		}
	}
	if len(rows) != 2 || rows[0] != "camera-not-there "+third || rows[1] != "camera-moved "+newHost {
		t.Errorf("%q", rows)
	}
	if vain != 1 {
		t.Errorf("%d vain tries of who manages it", vain)
	}
	if err := r.AnswerPlace(ctx, ann, door, netip.MustParseAddr(newHost), true); !errors.Is(err, ErrNotFound) {
		t.Errorf("answered twice: %v", err)
	}
}

// TestRecognised: nothing is kept of a device that another camera may be.
func TestRecognised(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	door := r.camera(ann, "door")
	r.must(r.Learned(t.Context(), door, cameras.Pin{Kind: cameras.PinMAC, Value: doorMAC}))
	c, err := r.WorkerCamera(t.Context(), door)
	r.must(err)
	here := hostAddr(c.Access.Main)
	one := discover.Candidate{UUID: "u-1", Addresses: []netip.Addr{here}}
	two := discover.Candidate{UUID: "u-2", Addresses: []netip.Addr{here}}
	for _, list := range [][]discover.Candidate{nil, {one, two}, {{Addresses: []netip.Addr{here}}}} {
		r.cfg.Finder = &noticed{list: list}
		r.must(r.Recognised(t.Context(), []media.CameraID{door}))
		if c, err := r.WorkerCamera(t.Context(), door); err != nil || c.Access.UUID != "" {
			t.Errorf("%+v of %+v, %v", c.Access, list, err)
		}
	}
}
