package httpapi

import (
	"bytes"
	"context"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/gate"
	"lares/recorder"
)

// TestRevokeMidClip is VAULT §8 test 2: a grant is taken back while a clip is
// written and shortly after it was given. Within the window the clip goes on in
// a linked part under other keys, and the camera notices nothing.
func TestRevokeMidClip(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := context.Background()
	alice, bob := r.person("alice"), r.person("bob")
	cam, _ := alice.camera(fakecam.Options{Name: "alice front"})
	r.grant(alice, cam, bob, gate.Live, gate.History)
	before := time.Now()
	wait(t, "the grant's run", func() bool {
		run, ok := r.fleet.CurrentRun(cam)
		_, kid, err := r.vault.StoreKey(ctx, cam)
		return ok && err == nil && !kid.IsZero() && !run.KID.IsZero()
	})

	// What somebody could keep who opens all that is open to them now.
	opened, err := r.vault.Unlock(ctx, r.caller(bob).Proof())
	must(t, err)
	oldStore, oldKID, err := r.vault.StoreKey(ctx, cam)
	must(t, err)
	kept, err := opened.EpochKey(ctx, cam, seal.Store, oldKID)
	must(t, err)
	var oldRun seal.Run
	var oldKey seal.RunKey
	wait(t, "a run that bob opens", func() bool {
		oldRun, _ = r.fleet.CurrentRun(cam)
		oldKey, err = opened.RunKey(ctx, oldRun)
		return err == nil
	})
	keptLive, err := opened.EpochKey(ctx, cam, seal.Live, oldRun.KID)
	must(t, err)
	was, _ := r.fleet.Status(cam)

	// A clip that goes on all the time.
	var triggered struct{ Event media.EventID }
	trigger := func() { decode(t, alice.do("POST", alice.path("/cameras/%s/trigger", cam), nil), &triggered) }
	trigger()
	first, last := triggered.Event, time.Now()
	goOn := func() { // the event ends with the post-roll after its last trigger
		if time.Since(last) < time.Second {
			return
		}
		last = time.Now()
		if trigger(); triggered.Event != first {
			t.Fatal("the event ended meanwhile")
		}
	}
	under := func(kid media.KeyID) bool { // the newest part is sealed to that key
		parts := alice.partsOf(cam, first)
		if len(parts) == 0 {
			return false
		}
		clip, err := r.recorder.Clip(ctx, cam, parts[len(parts)-1])
		if err != nil {
			return false
		}
		defer clip.Close()
		return clip.Header().KID == kid
	}
	wait(t, "the clip to be written", func() bool { return under(oldKID) }) // behind a pre-roll of before the grant, perhaps
	must(t, r.gate.Revoke(ctx, r.caller(alice), cam, r.caller(bob).Account))
	revoked := time.Now()
	var kid media.KeyID
	wait(t, "a new epoch", func() bool {
		goOn()
		_, kid, err = r.vault.StoreKey(ctx, cam)
		return err == nil && kid != oldKID
	})
	if bumped := time.Now(); bumped.Sub(before) < 9*time.Second || bumped.Sub(revoked) > 12*time.Second {
		t.Errorf("bumped %v after the grant and %v after the revoke", bumped.Sub(before), bumped.Sub(revoked))
	}
	wait(t, "a new run", func() bool {
		goOn()
		run, ok := r.fleet.CurrentRun(cam)
		return ok && run.ID != oldRun.ID && run.KID != oldRun.KID
	})
	var parts []media.ClipID
	var clip *recorder.Clip
	wait(t, "a linked part under the new key", func() bool {
		goOn()
		parts = alice.partsOf(cam, first)
		clip, err = r.recorder.Clip(ctx, cam, parts[len(parts)-1])
		if err == nil && clip.Header().KID == kid {
			return true
		}
		if err == nil {
			must(t, clip.Close())
		}
		return false
	})

	now, _ := r.fleet.Status(cam)
	if now.Worker != was.Worker || now.Restarts != was.Restarts || now.Streams[0].Reconnects != was.Streams[0].Reconnects || !now.Since.Equal(was.Since) {
		t.Errorf("the camera noticed: %+v, before %+v", now, was)
	}
	h := clip.Header()
	if len(parts) < 2 {
		t.Error("no part from before")
	}
	binding := seal.ClipBinding(h.Hub, h.Camera, h.KID, h.Clip)
	if _, err := kept.OpenKey(binding, h.SealedKey); err == nil || !bytes.Equal(kept.Public().Bytes(), oldStore.Bytes()) {
		t.Error("the old store key opens the new part")
	}
	run, _ := r.fleet.CurrentRun(cam)
	if _, err := run.Open(keptLive); err == nil {
		t.Error("the old live key opens the new run")
	}
	if again, err := r.vault.Unlock(ctx, r.caller(bob).Proof()); err != nil {
		t.Error(err)
	} else if _, err := again.ClipKey(ctx, cam, h.Clip, h.KID, h.SealedKey); err == nil {
		t.Error("bob's keys open the new part")
	}
	reader, err := r.fleet.Read(cam, media.StreamMain, 0)
	must(t, err)
	defer reader.Close()
	opener, units := oldKey.Opener(), 0
	for range 20 {
		u, err := reader.Next(ctx)
		must(t, err)
		if _, _, err := opener.Open(nil, u); err == nil {
			units++
		}
	}
	if units != 0 {
		t.Errorf("the old run key opens %d units", units)
	}
	// And the owner plays on, across the border.
	for _, id := range parts {
		if a := alice.do("GET", alice.path("/clips/%s/init", id), nil); a.StatusCode != 200 {
			t.Errorf("the owner: %s", a.Status)
		}
	}
	must(t, clip.Close())
}

// partsOf are the clips of an event.
func (p *person) partsOf(cam media.CameraID, event media.EventID) (parts []media.ClipID) {
	p.r.t.Helper()
	var page struct{ Events []eventView }
	decode(p.r.t, p.do("GET", p.path("/events?camera=%s", cam), nil), &page)
	for _, e := range page.Events {
		if e.ID != event {
			continue
		}
		for _, c := range e.Clips {
			parts = append(parts, c.ID)
		}
	}
	return parts
}
