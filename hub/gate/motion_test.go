package gate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/hub/journal"
)

var corner = motion.Polygon{{0, 0.5}, {0.4, 0.5}, {0.4, 1}}

// wanted are settings as somebody may make them.
func wanted(zone string) cameras.Motion {
	return cameras.Motion{Off: true, Settings: motion.Settings{
		Sensitivity: 40,
		Zones:       []motion.Zone{{Name: zone, Polygon: corner, Sensitivity: 70, MinArea: 0.01, MinDuration: 1500}},
		Masks:       []motion.Polygon{{{0.8, 0}, {1, 0}, {1, 0.3}}},
	}}
}

// TestMotion: who may manage a camera says what counts before it, and the worker is
// given that; nobody else asks or says anything.
func TestMotion(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, History}}))
	var heard []media.CameraID
	r.Gate.cfg.Watching = func(id media.CameraID) { heard = append(heard, id) }
	is := func(want cameras.Motion) {
		t.Helper()
		all, _, err := r.WorkerCameras(ctx)
		r.must(err)
		one, err := r.WorkerCamera(ctx, door)
		r.must(err)
		asked, err := r.Motion(ctx, r.pass(ann, door, Manage))
		r.must(err)
		for _, c := range all {
			if now := map[bool]cameras.Motion{true: want}[c.ID == door]; !reflect.DeepEqual(c.Motion, now) {
				t.Errorf("the worker of %v is given %+v", c.ID, c.Motion)
			}
		}
		if len(all) != 2 || !reflect.DeepEqual(one.Motion, want) || !reflect.DeepEqual(asked, want) {
			t.Errorf("%+v, asked %+v, want %+v", one.Motion, asked, want)
		}
	}
	is(cameras.Motion{})
	p, looks := r.pass(bob, door, Manage), r.pass(eve, door, Live)
	r.must(r.SetMotion(ctx, p, wanted("the gate of Ann")))
	is(wanted("the gate of Ann"))
	if len(heard) != 1 || heard[0] != door {
		t.Errorf("heard of %v", heard)
	}
	if _, err := r.Motion(ctx, looks); !errors.Is(err, ErrCrossed) {
		t.Errorf("asked with a pass to look: %v", err)
	}
	if err := r.SetMotion(ctx, looks, cameras.Motion{}); !errors.Is(err, ErrCrossed) {
		t.Errorf("said with a pass to look: %v", err)
	}
	bad := wanted("")
	if err := r.SetMotion(ctx, p, bad); !errors.Is(err, ErrInput) || !errors.Is(err, motion.ErrSettings) {
		t.Errorf("a zone without a name: %v", err)
	}
	flat := wanted("flat")
	flat.Settings.Zones[0].Polygon = motion.Polygon{{0, 0}, {0.5, 0.5}, {1, 1}}
	if err := r.SetMotion(ctx, p, flat); !errors.Is(err, ErrInput) || !errors.Is(err, motion.ErrNoInside) {
		t.Errorf("a zone that covers nothing: %v", err)
	}
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := r.SetMotion(ctx, p, cameras.Motion{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("whose right is over: %v", err)
	}
	is(wanted("the gate of Ann"))
	for _, name := range []string{"lares.db", "lares.db-wal"} {
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		if err == nil && bytes.Contains(b, []byte("the gate of Ann")) {
			t.Errorf("%s shows the name of a zone", name)
		}
	}
	var told []string
	for _, e := range list(ann) {
		if e.Kind == journal.CameraMotion {
			told = append(told, fmt.Sprint(e.Camera == door, e.Account == bob.Account, e.Detail))
		}
	}
	if len(told) != 1 || told[0] != "true true map[masks:1 off:true zones:1]" {
		t.Errorf("the journal tells %q", told)
	}
	r.sql("UPDATE motion SET camera = ? WHERE camera = ?", yard[:], door[:])
	if _, err := r.Motion(ctx, r.pass(ann, yard, Manage)); !errors.Is(err, ErrCrossed) {
		t.Errorf("those of another camera: %v", err)
	}
	if one, err := r.WorkerCamera(ctx, yard); err != nil || !reflect.DeepEqual(one.Motion, cameras.Motion{}) {
		t.Errorf("a worker is given those of another camera: %+v, %v", one.Motion, err)
	}
	if r.Refused()["camera motion"] != 2 {
		t.Errorf("refused %v", r.Refused())
	}
}

// TestMotionHandedOver: who takes a camera over learns nothing of what counted before,
// and begins anew; who gave it away has it no more.
func TestMotionHandedOver(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	old := r.pass(ann, cam, Manage)
	r.must(r.SetMotion(ctx, old, wanted("gate")))
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	id, err := r.Accept(ctx, bob, offer.ID)
	r.must(err)
	one, err := r.WorkerCamera(ctx, id)
	r.must(err)
	asked, err := r.Motion(ctx, r.pass(bob, id, Manage))
	r.must(err)
	if !reflect.DeepEqual(one.Motion, cameras.Motion{}) || !reflect.DeepEqual(asked, cameras.Motion{}) {
		t.Errorf("the taker has %+v, asked %+v", one.Motion, asked)
	}
	if _, err := r.Motion(ctx, r.pass(ann, cam, Manage)); !errors.Is(err, ErrNotFound) {
		t.Errorf("asked of what was given away: %v", err)
	}
	if err := r.SetMotion(ctx, r.pass(ann, cam, Manage), wanted("gate")); !errors.Is(err, ErrNotFound) {
		t.Errorf("said of what was given away: %v", err)
	}
	if left, err := r.store.Motions(ctx); err != nil || len(left) != 0 {
		t.Errorf("%d left, %v", len(left), err)
	}
}

// TestMostMotion: the longest settings that can be meant have room.
func TestMostMotion(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	var most cameras.Motion
	polygon, mask := make(motion.Polygon, motion.MaxCorners), make(motion.Polygon, motion.MaxCorners)
	for i := range polygon {
		polygon[i] = motion.Point{1.2345678901234567e-101, 0.12345678901234567}
		mask[i] = polygon[i]
	}
	polygon[1], polygon[2] = motion.Point{1, 0}, motion.Point{1, 0.123}
	mask[1], mask[2] = motion.Point{1, 1}, motion.Point{0.5, 1}
	for i := range motion.MaxZones {
		name := strings.Repeat("<", motion.MaxName-1) + string(rune('a'+i)) // six bytes each in JSON
		most.Settings.Zones = append(most.Settings.Zones, motion.Zone{Name: name, Polygon: polygon, Sensitivity: 100, MinArea: 1.2345678901234567e-101, MinDuration: 60000})
		most.Settings.Masks = append(most.Settings.Masks, mask)
	}
	r.must(r.SetMotion(t.Context(), r.pass(ann, cam, Manage), most))
	if got, err := r.Motion(t.Context(), r.pass(ann, cam, Manage)); err != nil || !reflect.DeepEqual(got, most) {
		t.Errorf("%d zones, %v", len(got.Settings.Zones), err)
	}
}
