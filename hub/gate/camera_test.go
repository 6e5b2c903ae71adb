package gate

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder"
)

func TestCameras(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	r.record(cam)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{PTZ, Live}}))
	mine, err := r.Camera(ctx, ann, cam)
	if err != nil || !mine.Mine || mine.Address != "rtsp://192.0.2.7/door" || len(mine.Actions) != len(actions) || mine.Clips != 1 || mine.Bytes == 0 {
		t.Errorf("the owner sees %+v, %v", mine, err)
	}
	shared, err := r.Cameras(ctx, bob)
	if err != nil || len(shared) != 1 || shared[0].Mine || shared[0].Address != "" || shared[0].OwnerName != "ann" ||
		!slices.Equal(shared[0].Actions, []Action{Live, PTZ}) || shared[0].Clips != 0 {
		t.Errorf("the grantee sees %+v, %v", shared, err)
	}
	if _, err := r.Events(ctx, bob, EventFilter{Camera: &cam}); err != ErrNotFound {
		t.Errorf("events without history: %v", err)
	}
	for what, n := range map[string]NewCamera{
		"no name":       {Access: cameras.Access{Main: "rtsp://a/b"}},
		"no address":    {Name: "x"},
		"no stream":     {Name: "x", Access: cameras.Access{Main: "exec://a/b"}},
		"no sub stream": {Name: "x", Access: cameras.Access{Main: "http://a/b", Sub: "file://a/b"}},
		"credentials":   {Name: "x", Access: cameras.Access{Main: "rtsp://u:p@a/b"}},
		"onvif by rtsp": {Name: "x", Access: cameras.Access{Main: "rtsp://a/b", ONVIF: "rtsp://a/b"}},
		"control":       {Name: "x\n", Access: cameras.Access{Main: "rtsp://a/b"}},
	} {
		if _, err := r.AddCamera(ctx, ann, n); err != ErrInput {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, q := range map[string]GrantRequest{
		"oneself":    {Account: ann.Account, Actions: []Action{Live}},
		"nobody":     {Account: store.NewAccountID(), Actions: []Action{Live}},
		"no action":  {Account: bob.Account},
		"no such":    {Account: bob.Account, Actions: []Action{"everything"}},
		"over":       {Account: bob.Account, Actions: []Action{Live}, Expires: t0},
		"no history": {Account: bob.Account, Actions: []Action{Live}, History: "some"},
	} {
		q.Camera = cam
		if err := r.Grant(ctx, ann, q); err != ErrInput {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := r.Grant(ctx, bob, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{History}}); err != ErrNotFound {
		t.Errorf("a grantee grants: %v", err)
	}
}

func TestWorkerSide(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	pin := cameras.Pin{Kind: cameras.PinSerial, Value: "SN-A1B2C3", Vendor: "acme"}
	r.must(errors.Join(r.Learned(ctx, cam, pin), r.Learned(ctx, cam, pin)))
	r.crossed("another device's pin", func() error { return r.Learned(ctx, cam, cameras.Pin{Kind: cameras.PinMAC, Value: "x"}) })
	all, _, err := r.WorkerCameras(ctx)
	if err != nil || len(all) != 1 || all[0].ID != cam || all[0].Access.Password != "camera secret of ann door" || all[0].Access.Pin != pin || all[0].Access.Digest != (cameras.Digest{}) {
		t.Errorf("%d cameras, %v", len(all), err)
	}
	r.must(r.DigestOffered(ctx, cam, media.StreamMain))
	if now, err := r.WorkerCamera(ctx, cam); err != nil || now.Access.Digest != (cameras.Digest{Main: true}) || now.Access.Pin != pin {
		t.Errorf("after a digest: %+v, %+v, %v", now.Access.Digest, now.Access.Pin, err)
	}
	known, err := r.store.Camera(ctx, cam)
	r.must(errors.Join(err, r.DigestOffered(ctx, cam, media.StreamMain)))
	if again, err := r.store.Camera(ctx, cam); err != nil || !bytes.Equal(again.Access, known.Access) || !bytes.Equal(again.PinHash, r.pinHash(cameras.Access{Pin: pin})) {
		t.Errorf("a digest that was known is written again, or the pin is lost: %v", err)
	}
	row, err := r.store.Camera(ctx, cam)
	r.must(err)
	if bytes.Contains(row.Access, []byte("camera secret")) || bytes.Contains(row.Access, []byte("192.0.2.7")) {
		t.Error("the address is readable in the database")
	}
	clip, _ := r.record(cam)
	p := r.pass(ann, cam, Manage)
	r.changed = nil
	r.must(r.RemoveCamera(ctx, p))
	if _, err := r.WorkerCamera(ctx, cam); err != ErrNotFound || !slices.Equal(r.changed, []media.CameraID{cam}) {
		t.Errorf("after removal: %v, heard of %v", err, r.changed)
	}
	if err := r.DigestOffered(ctx, cam, media.StreamSub); err != ErrNotFound {
		t.Errorf("a digest of a removed camera: %v", err)
	}
	if _, err := r.AdmitClip(ctx, ann, clip, History); err != ErrNotFound {
		t.Errorf("a clip of a removed camera: %v", err)
	}
	if _, err := r.recorder.Clip(ctx, cam, clip); !errors.Is(err, recorder.ErrNoClip) {
		t.Errorf("its file: %v", err)
	}
	if left, err := r.store.RemovedCameras(ctx); err != nil || len(left) != 0 {
		t.Errorf("%d removed cameras are left, %v", len(left), err)
	}
	if err := r.RemoveCamera(ctx, p); err != ErrNotFound {
		t.Errorf("removed twice: %v", err)
	}
}

// TestEraseIsTriedAgain: what a full or missing disk kept is erased later.
func TestEraseIsTriedAgain(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, _ := r.record(cam)
	erase := r.Gate.cfg.Erase
	r.Gate.cfg.Erase = func(_ context.Context, id media.CameraID) error { return errors.New("disk gone") }
	p := r.pass(ann, cam, Manage)
	r.must(r.RemoveCamera(ctx, p))
	if _, err := r.openClip(ctx, ann.Proof(), r.file(cam, clip)); err == nil {
		t.Error("the keys of a removed camera still open")
	}
	// Its rows are still there, and nobody is shown any.
	row, err := r.store.Clip(ctx, clip)
	r.must(err)
	if head, err := r.store.EventHead(ctx, row.Event); err != nil || head.Camera != cam {
		t.Fatalf("the event's row: %+v, %v", head, err)
	}
	if page, err := r.Events(ctx, ann, EventFilter{Limit: 10}); err != nil || len(page.Events) != 0 {
		t.Errorf("events of a removed camera are listed: %+v, %v", page.Events, err)
	}
	if _, err := r.Event(ctx, ann, row.Event); err != ErrNotFound {
		t.Errorf("an event of a removed camera: %v", err)
	}
	if _, err := r.AdmitClip(ctx, ann, clip, History); err != ErrNotFound {
		t.Errorf("a clip of a removed camera: %v", err)
	}
	r.Gate.cfg.Erase = erase
	r.must(r.survey(ctx, t0))
	if _, err := r.store.EventHead(ctx, row.Event); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("the event's row: %v", err)
	}
	if _, err := r.recorder.Clip(ctx, cam, clip); !errors.Is(err, recorder.ErrNoClip) {
		t.Errorf("its file: %v", err)
	}
}

func TestEventPages(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam, other := r.camera(ann, "door"), r.camera(ann, "yard")
	for i := range 9 {
		r.record([]media.CameraID{cam, other}[i%2])
		if i%3 == 0 { // some share a moment
			r.clock.Advance(time.Minute)
		}
	}
	var seen []media.EventID
	f := EventFilter{Limit: 2}
	for {
		page, err := r.Events(ctx, ann, f)
		r.must(err)
		for _, e := range page.Events {
			if slices.Contains(seen, e.ID) {
				t.Fatal("an event on two pages")
			}
			seen = append(seen, e.ID)
			if e.Class != "person" || len(e.Clips) != 1 || e.Picture != e.Clips[0].ID || !e.Preview || e.Duration != 3*time.Second {
				t.Errorf("%+v", e)
			}
		}
		if f.Before = page.Next; f.Before == "" {
			break
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d events", len(seen))
	}
	page, err := r.Events(ctx, ann, EventFilter{Camera: &other})
	if err != nil || len(page.Events) != 4 {
		t.Errorf("%d events of one camera, %v", len(page.Events), err)
	}
	for _, f := range []EventFilter{{Before: "x"}, {Before: "00"}, {Limit: -1}, {Limit: 201}} {
		if _, err := r.Events(ctx, ann, f); err != ErrInput {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// TestDoubtFailsClosed: a wrong clock or a database that does not answer admits
// nobody and opens nothing.
func TestDoubtFailsClosed(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	clip, _ := r.record(cam)
	pass := r.pass(ann, cam, Live)
	clipPass := r.clipPass(ann, clip, History)
	run, _ := r.newRun(cam)
	file := r.file(cam, clip)
	ask := map[string]func() error{
		"admit":      func() error { _, err := r.Admit(ctx, ann, cam, Live); return err },
		"admit clip": func() error { _, err := r.AdmitClip(ctx, ann, clip, History); return err },
		"cameras":    func() error { _, err := r.Cameras(ctx, ann); return err },
		"events":     func() error { _, err := r.Events(ctx, ann, EventFilter{}); return err },
		"add": func() error {
			_, err := r.AddCamera(ctx, ann, NewCamera{Name: "x", Access: cameras.Access{Main: "rtsp://a/b"}})
			return err
		},
	}
	check := func(when string) {
		t.Helper()
		for what, f := range ask {
			start := time.Now()
			if err := f(); err != ErrUnavailable {
				t.Errorf("%s, %s: %v", when, what, err)
			}
			if d := time.Since(start); d > 2*answerIn {
				t.Errorf("%s, %s: answered after %v", when, what, d)
			}
		}
	}
	r.clock.Advance(-24 * time.Hour)
	check("clock before the build")
	r.clock.Advance(24 * time.Hour)
	r.store.Close()
	ask["open"] = func() error { _, err := r.Opener(ctx, clipPass, file); return err }
	ask["open live"] = func() error { _, err := r.OpenLive(ctx, pass, run); return err }
	ask["worker cameras"] = func() error { _, _, err := r.WorkerCameras(ctx); return err }
	check("database closed")
}
