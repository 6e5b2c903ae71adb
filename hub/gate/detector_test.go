package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/detector"
	"lares/hub/journal"
	"lares/hub/store"
)

// a box of the house.
var boxed = detector.Settings{Address: "http://192.168.1.20:32168", MinConfidence: 60, Classes: []string{detector.Person}}

// TestDetector: the owner of a camera, in person, has its pictures go to a detector and
// ends that; nobody else does, or learns of it: not who manages the camera, who runs the
// hub, nor a program of the owner's own. Each change is in the journal.
func TestDetector(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.operator("eve")
	door, yard := r.camera(ann, "door"), r.camera(ann, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, History, Manage}}))
	program, _ := r.token(ann, TokenGrant{door, []Action{Live, History, Manage}, FromNow})
	var heard []media.CameraID
	r.Gate.cfg.Watching = func(id media.CameraID) { heard = append(heard, id) }
	r.Gate.cfg.TryDetector = func(_ context.Context, s detector.Settings) (time.Duration, error) {
		return time.Second, nil
	}
	is := func(want *detector.Settings) {
		t.Helper()
		got, err := r.Detector(ctx, ann, door)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("it is %v, %v; want %v", got, err, want)
		}
		lane, err := r.DetectorLane(ctx, door)
		if err != nil || (lane == "") != (want == nil) || want != nil && string(lane) != ann.Account.String()+" "+want.Address {
			t.Errorf("in the lane %q, %v", lane, err)
		}
		to, err := r.AskDetector(ctx, door, 1000)
		if want == nil && !errors.Is(err, ErrNotFound) || want != nil && (err != nil || to.Camera != door || to.Lane != lane || fmt.Sprint(to.Settings) != fmt.Sprint(*want)) {
			t.Errorf("asked: %+v, %v", to, err)
		}
		if got, err := r.Detector(ctx, ann, yard); got != nil || err != nil {
			t.Errorf("the other camera's is %v, %v", got, err)
		}
		if _, err := r.AskDetector(ctx, yard, 1000); !errors.Is(err, ErrNotFound) {
			t.Errorf("of the other camera: %v", err)
		}
	}
	is(nil)
	for name, c := range map[string]account.Caller{"who manages it": bob, "who runs the hub": eve, "a program": program} {
		_, err1 := r.Detector(ctx, c, door)
		_, err2 := r.TryDetector(ctx, c, door, boxed)
		for i, err := range []error{err1, r.SetDetector(ctx, c, door, boxed), r.RemoveDetector(ctx, c, door), err2} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s, %d: %v", name, i, err)
			}
		}
	}
	is(nil)
	for _, bad := range []detector.Settings{{}, {Address: "file:///etc/passwd"}, {Address: boxed.Address, MinConfidence: 101}, {Address: boxed.Address, Classes: []string{"ghost"}}} {
		if err := r.SetDetector(ctx, ann, door, bad); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
		if _, err := r.TryDetector(ctx, ann, door, bad); !errors.Is(err, ErrInput) {
			t.Errorf("tried %+v: %v", bad, err)
		}
	}
	if took, err := r.TryDetector(ctx, ann, door, boxed); err != nil || took != time.Second {
		t.Errorf("tried: %v, %v", took, err)
	}
	for range maxGuesses - 1 {
		_, err := r.TryDetector(ctx, ann, door, boxed)
		r.must(err)
	}
	if _, err := r.TryDetector(ctx, ann, door, boxed); err != ErrDetectorTries { // or who has a camera finds all that answers in the house
		t.Errorf("tried very often: %v", err)
	}
	r.must(r.RemoveDetector(ctx, ann, door)) // there is none
	heard = nil
	r.must(r.SetDetector(ctx, ann, door, boxed))
	is(&boxed)
	surer := boxed
	surer.MinConfidence = 90
	r.must(r.SetDetector(ctx, ann, door, surer))
	is(&surer)
	for name, c := range map[string]account.Caller{"who manages it": bob, "who runs the hub": eve, "a program": program} {
		if got, err := r.Detector(ctx, c, door); got != nil || !errors.Is(err, ErrNotFound) {
			t.Errorf("%s is told %v, %v", name, got, err)
		}
	}
	r.must(r.RemoveDetector(ctx, ann, door))
	is(nil)
	if fmt.Sprint(heard) != fmt.Sprint([]media.CameraID{door, door, door}) {
		t.Errorf("heard of %v", heard)
	}
	var told []string
	denied, tried := 0, int64(0)
	for _, e := range list(ann) {
		switch e.Kind {
		case journal.DetectorTried:
			if e.Account == ann.Account && e.Via == journal.ViaSession && e.Camera == door && e.Detail == nil { // the address is sealed
				tried += e.Count
			}
		case journal.CameraDetector:
			told = append(told, fmt.Sprint(e.Camera == door && e.Account == ann.Account, e.Detail))
		case journal.Detected:
			told = append(told, fmt.Sprint(e.Camera == door && e.Via == journal.ViaHub && e.Account.IsZero(), " ", e.Count, " ", e.Bytes))
		case journal.Denied:
			denied += int(e.Count)
		}
	}
	if got := strings.Join(told, "; "); got != "true map[address:true on:true]; true 1 1000; true map[address:false on:true]; true map[on:false]" {
		t.Errorf("the journal tells %s", got)
	}
	if denied != 3*5 {
		t.Errorf("%d vain tries are told of", denied)
	}
	if tried != maxGuesses {
		t.Errorf("%d tries of detectors are told of", tried)
	}
	for _, text := range []string{"192.168.1.20", "32168"} { // what is there of it is sealed
		for _, name := range []string{"lares.db", "lares.db-wal"} {
			if b, err := os.ReadFile(filepath.Join(r.dir, name)); err == nil && strings.Contains(string(b), text) {
				t.Errorf("%s holds %q", name, text)
			}
		}
	}
	r.must(r.SetDetector(ctx, ann, door, boxed))
	for range 5 {
		r.clock.Advance(time.Minute)
		_, err := r.AskDetector(ctx, door, 1000)
		r.must(err)
	}
	r.clock.Advance(time.Hour)
	var shown []string
	for _, e := range list(ann) {
		if e.Kind == journal.Detected {
			shown = append(shown, fmt.Sprint(e.Count, " ", e.Bytes))
		}
	}
	if got := fmt.Sprint(shown); got != "[1 1000 6 6000]" {
		t.Errorf("of the pictures the journal tells %s", got)
	}
}

// TestDetectorIsClosed: no picture goes out while something says so: a lockdown of the
// owner or the hub, privacy, a database in doubt, a clock that cannot be right, who runs
// the hub; nor by a row that somebody else wrote.
func TestDetectorIsClosed(t *testing.T) {
	r := newRig(t)
	r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	r.must(r.SetDetector(ctx, ann, door, boxed))
	r.must(r.SetDetector(ctx, bob, yard, boxed))
	goes := func(what string, id media.CameraID, want error) {
		t.Helper()
		to, err := r.AskDetector(ctx, id, 1000)
		if !errors.Is(err, want) || (err == nil) != (want == nil) || err != nil && (to.Address != "" || to.Lane != "") {
			t.Errorf("%s: %+v, %v; want %v", what, to, err, want)
		}
	}
	lock := func(id account.ID, on bool) {
		t.Helper()
		r.must(r.store.Update(ctx, func(tx *store.Tx) error {
			if !on {
				_, err := tx.RemoveLockdown(ctx, id)
				return err
			}
			return tx.PutLockdown(ctx, store.Lockdown{Account: id, Maker: ann.Account, Session: ann.Session, Since: r.clock.Now()})
		}))
	}
	goes("at first", door, nil)
	lock(ann.Account, true)
	goes("locked down", door, ErrNotFound)
	goes("another's, locked down", yard, nil)
	lock(ann.Account, false)
	lock(store.WholeHub(), true)
	goes("the hub locked down", door, ErrNotFound)
	goes("another's, the hub locked down", yard, ErrNotFound)
	lock(store.WholeHub(), false)
	goes("lifted", door, nil)

	r.must(r.SetPrivacy(ctx, r.pass(ann, door, Manage), true))
	goes("off the air", door, ErrPrivate)
	r.must(r.SetPrivacy(ctx, r.pass(ann, door, Manage), false))
	goes("on the air", door, nil)

	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(ctx, store.SettingRolledBack, []byte{1}) }))
	goes("a database in doubt", door, ErrRolledBack)
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.RemoveSetting(ctx, store.SettingRolledBack) }))
	now := r.clock.Now()
	r.clock.Advance(t0.Add(-2 * time.Hour).Sub(now))
	goes("a clock that is wrong", door, ErrUnavailable)
	r.clock.Advance(now.Sub(r.clock.Now()))

	r.Gate.cfg.NoDetectors = true
	goes("where there are none", door, ErrNoDetectors)
	lane, err := r.DetectorLane(ctx, door)
	_, err2 := r.TryDetector(ctx, ann, door, boxed)
	if err3 := r.SetDetector(ctx, ann, door, boxed); lane != "" || err != nil || !errors.Is(err2, ErrNoDetectors) || !errors.Is(err3, ErrNoDetectors) || r.Detectors() {
		t.Errorf("in lane %q, %v; %v, %v", lane, err, err2, err3)
	}
	if got, err := r.Detector(ctx, ann, door); err != nil || got == nil { // it can be seen, and taken away
		t.Errorf("the owner is told %v, %v", got, err)
	}
	r.Gate.cfg.NoDetectors = false
	goes("where there are some", door, nil)

	r.sql("UPDATE exit SET account = ? WHERE camera = ?", bob.Account[:], door[:])
	goes("set by who does not own it", door, ErrNotFound)
	r.sql("UPDATE exit SET account = ? WHERE camera = ?", ann.Account[:], door[:])
	goes("as it was", door, nil)
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("refused %v before anything was crossed", n)
	}
	r.sql("UPDATE exit SET sealed = (SELECT sealed FROM exit WHERE camera = ?) WHERE camera = ?", yard[:], door[:])
	goes("the address of another's", door, ErrCrossed)
	if got, err := r.Detector(ctx, ann, door); got != nil || !errors.Is(err, ErrCrossed) {
		t.Errorf("the owner is told %v, %v", got, err)
	}
	if n := r.Refused(); n["exit"] != 2 {
		t.Errorf("refused %v", n)
	}
	r.must(r.SetDetector(ctx, ann, door, boxed)) // who set it mends it
	goes("set again", door, nil)
	mail := store.Exit{ID: store.NewExitID(), Camera: door, Account: ann.Account, Kind: store.ExitDetector, Since: now}
	mail.Sealed = r.vault.SealExit(mail, []byte(`{"kind":"mail","address":"http://192.168.1.20:32168"}`))
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.PutExit(ctx, mail) }))
	goes("of another kind", door, ErrUnavailable)
}

// TestDetectorHandedOver: who takes a camera over has no detector, and nobody's pictures go
// where its former owner said.
func TestDetectorHandedOver(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	for _, erase := range []bool{false, true} {
		cam := r.camera(ann, fmt.Sprint("door ", erase))
		r.must(r.SetDetector(ctx, ann, cam, boxed))
		offer, err := r.Offer(ctx, ann, cam, bob.Account, erase)
		r.must(err)
		if _, err := r.AskDetector(ctx, cam, 1000); err != nil {
			t.Errorf("while it is offered: %v", err)
		}
		id, err := r.Accept(ctx, bob, offer.ID)
		r.must(err)
		got, err := r.Detector(ctx, bob, id)
		if got != nil || err != nil {
			t.Errorf("the taker has %v, %v", got, err)
		}
		for _, x := range []media.CameraID{cam, id} {
			if to, err := r.AskDetector(ctx, x, 1000); !errors.Is(err, ErrNotFound) {
				t.Errorf("pictures go to %+v, %v", to, err)
			}
			if lane, err := r.DetectorLane(ctx, x); lane != "" || err != nil {
				t.Errorf("in the lane %q, %v", lane, err)
			}
		}
		if left, err := r.store.Exits(ctx); err != nil || len(left) != 0 {
			t.Errorf("%d left, %v", len(left), err)
		}
		if _, err := r.Detector(ctx, ann, cam); !errors.Is(err, ErrNotFound) {
			t.Errorf("its former owner is told %v", err)
		}
		if err := r.SetDetector(ctx, ann, cam, boxed); !errors.Is(err, ErrNotFound) {
			t.Errorf("its former owner says: %v", err)
		}
	}
}

// TestDetectorOfSomebodyWhoLeft: nothing goes on by itself.
func TestDetectorOfSomebodyWhoLeft(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.person("olga")
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	r.must(r.SetDetector(ctx, ann, cam, boxed))
	late := func(err error) {
		t.Helper()
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnavailable) {
			t.Errorf("after it: %v", err)
		}
	}
	_, err := r.Leave(ctx, ann, Leaving{Erase: true})
	r.must(err)
	_, err = r.AskDetector(ctx, cam, 1000)
	late(err)
	late(r.SetDetector(ctx, ann, cam, boxed))
	if left, err := r.store.Exits(ctx); err != nil || len(left) != 0 {
		t.Errorf("%d left, %v", len(left), err)
	}
}

// TestExits: an owner sees where pictures of the own cameras go; who runs the hub sees the
// addresses of others too, each once, and no more of them; nobody else sees any.
func TestExits(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
	door, gate, yard := r.camera(ann, "door"), r.camera(ann, "gate"), r.camera(bob, "yard")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: eve.Account, Actions: []Action{Live, Manage}}))
	other := detector.Settings{Address: "https://box.lan:443"}
	r.must(r.SetDetector(ctx, ann, door, boxed))
	r.clock.Advance(time.Minute)
	r.must(r.SetDetector(ctx, ann, gate, boxed))
	r.must(r.SetDetector(ctx, bob, yard, other))
	at := func(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }
	sees := func(c account.Caller, want ...Exit) {
		t.Helper()
		got, err := r.Exits(ctx, c)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s sees %+v, %v", c.Name, got, err)
		}
		for i, e := range got {
			if !e.Since.Equal(want[i].Since) || e.Kind != store.ExitDetector || e.Address != want[i].Address || e.Camera != want[i].Camera {
				t.Errorf("%s sees %+v, want %+v", c.Name, e, want[i])
			}
		}
	}
	anns := []Exit{{Address: boxed.Address, Camera: door, Since: at(0)}, {Address: boxed.Address, Camera: gate, Since: at(1)}}
	bobs := Exit{Address: other.Address, Camera: yard, Since: at(1)}
	sees(ann, anns...)
	sees(bob, bobs)
	sees(eve)
	eve.Operator = true
	sees(eve, Exit{Address: boxed.Address}, Exit{Address: other.Address})
	bob.Operator = true
	sees(bob, bobs, Exit{Address: boxed.Address})
	program, _ := r.token(ann, TokenGrant{door, []Action{Live, Manage}, FromNow})
	if got, err := r.Exits(ctx, program); got != nil || !errors.Is(err, ErrNotFound) {
		t.Errorf("a program sees %v, %v", got, err)
	}
	r.sql("UPDATE exit SET sealed = (SELECT sealed FROM exit WHERE camera = ?) WHERE camera = ?", yard[:], door[:])
	sees(ann, anns[1])
	if n := r.Refused(); n["exit"] != 1 {
		t.Errorf("refused %v", n)
	}
}
