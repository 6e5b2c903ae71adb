package gate

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/cameras/sound"
	"lares/hub/journal"
)

// loud are settings as somebody may make them.
var loud = cameras.Sound{On: true, Settings: sound.Settings{Over: 20, MinDuration: time.Second, Cooldown: 5 * time.Second}}

// TestSound: who may manage a camera and hear it has the hub listen, who may manage it
// alone has it stop, and the worker is given that; nobody else asks or says anything.
func TestSound(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve, deaf := r.person("ann"), r.person("bob"), r.person("eve"), r.person("deaf")
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Audio, Manage}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, Audio, History}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: deaf.Account, Actions: []Action{Live, Manage}}))
	var heard []media.CameraID
	r.Gate.cfg.Watching = func(id media.CameraID) { heard = append(heard, id) }
	is := func(want cameras.Sound) {
		t.Helper()
		all, _, err := r.WorkerCameras(ctx)
		r.must(err)
		one, err := r.WorkerCamera(ctx, door)
		r.must(err)
		asked, err := r.Sound(ctx, r.pass(ann, door, Manage))
		r.must(err)
		for _, c := range all {
			if now := map[bool]cameras.Sound{true: want}[c.ID == door]; c.Sound != now {
				t.Errorf("the worker of %v is given %+v", c.ID, c.Sound)
			}
		}
		if len(all) != 2 || one.Sound != want || asked != want {
			t.Errorf("%+v, asked %+v, want %+v", one.Sound, asked, want)
		}
	}
	is(cameras.Sound{})
	p, hears, mutes := r.pass(bob, door, Manage), r.pass(eve, door, Audio), r.pass(deaf, door, Manage)
	if err := r.SetSound(ctx, mutes, loud); !errors.Is(err, ErrNotFound) {
		t.Errorf("who may not hear the camera has the hub listen: %v", err)
	}
	is(cameras.Sound{})
	r.must(r.SetSound(ctx, p, loud))
	is(loud)
	if len(heard) != 1 || heard[0] != door {
		t.Errorf("heard of %v", heard)
	}
	if _, err := r.Sound(ctx, hears); !errors.Is(err, ErrCrossed) {
		t.Errorf("asked with a pass to hear: %v", err)
	}
	if err := r.SetSound(ctx, hears, cameras.Sound{}); !errors.Is(err, ErrCrossed) {
		t.Errorf("said with a pass to hear: %v", err)
	}
	if err := r.SetSound(ctx, p, cameras.Sound{Settings: sound.Settings{Over: 61}}); !errors.Is(err, ErrInput) || !errors.Is(err, sound.ErrSettings) {
		t.Errorf("61 dB: %v", err)
	}
	quiet := loud
	quiet.On = false
	r.must(r.SetSound(ctx, mutes, quiet))
	is(quiet)
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	if err := r.SetSound(ctx, p, loud); !errors.Is(err, ErrNotFound) {
		t.Errorf("whose right is over: %v", err)
	}
	is(quiet)
	var told []string
	denied := 0
	for _, e := range list(ann) {
		if e.Kind == journal.Denied && (e.Camera != door || e.Account != deaf.Account || e.Count != 1) {
			t.Errorf("tried in vain: %+v", e)
		}
		if e.Kind == journal.Denied {
			denied++
		}
		if e.Kind == journal.CameraSound {
			told = append(told, fmt.Sprint(e.Camera == door, e.Account == bob.Account, e.Account == deaf.Account, e.Detail))
		}
	}
	slices.Sort(told)
	if want := []string{"true false true map[on:false]", "true true false map[on:true]"}; !slices.Equal(told, want) {
		t.Errorf("the journal tells %q", told)
	}
	if denied != 1 {
		t.Errorf("%d tries in vain to have the hub listen", denied)
	}
	r.must(r.SetSound(ctx, r.pass(ann, door, Manage), loud))
	r.sql("UPDATE sound SET camera = ? WHERE camera = ?", yard[:], door[:])
	if _, err := r.Sound(ctx, r.pass(ann, yard, Manage)); !errors.Is(err, ErrCrossed) {
		t.Errorf("those of another camera: %v", err)
	}
	if one, err := r.WorkerCamera(ctx, yard); err != nil || one.Sound != (cameras.Sound{}) {
		t.Errorf("a worker is given those of another camera: %+v, %v", one.Sound, err)
	}
	if r.Refused()["camera sound"] != 2 {
		t.Errorf("refused %v", r.Refused())
	}
}

// TestSoundHandedOver: nobody listens for who takes a camera over, until they say so.
func TestSoundHandedOver(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	r.must(r.SetSound(ctx, r.pass(ann, cam, Manage), loud))
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	id, err := r.Accept(ctx, bob, offer.ID)
	r.must(err)
	one, err := r.WorkerCamera(ctx, id)
	r.must(err)
	asked, err := r.Sound(ctx, r.pass(bob, id, Manage))
	r.must(err)
	if one.Sound != (cameras.Sound{}) || asked != (cameras.Sound{}) {
		t.Errorf("the taker has %+v, asked %+v", one.Sound, asked)
	}
	if err := r.SetSound(ctx, r.pass(ann, cam, Manage), loud); !errors.Is(err, ErrNotFound) {
		t.Errorf("said of what was given away: %v", err)
	}
	if left, err := r.store.Sounds(ctx); err != nil || len(left) != 0 {
		t.Errorf("%d left, %v", len(left), err)
	}
}
