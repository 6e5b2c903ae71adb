package httpapi

import (
	"context"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/recorder"
)

// TestFromNowOpensNothingBefore is VAULT §8 test 1 on clips of a worker and a
// recorder: something happens just after a camera was shared from now on, so that
// the clip's pre-roll is of before. Lock 2 alone opens nothing that holds a picture
// of before; the owner has every picture, and the camera notices nothing.
func TestFromNowOpensNothingBefore(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	ctx := context.Background()
	bob := r.person("bob")
	was, _ := r.fleet.Status(cam)
	first, ok := r.fleet.CurrentRun(cam)
	if !ok {
		t.Fatal("no run")
	}
	granted := time.Now()
	must(t, r.gate.Grant(ctx, r.caller(alice), gate.GrantRequest{
		Camera: cam, Account: r.caller(bob).Account, Actions: []gate.Action{gate.Live, gate.History}, History: gate.FromNow,
	}))
	var event media.EventID
	var last time.Time
	wait(t, "a part of after the grant's run", func() bool {
		if time.Since(last) > time.Second { // so that the event goes on
			var err error
			event, err = r.recorder.Trigger(cam, recorder.Trigger{Kind: media.KindTrigger, Hold: true})
			must(t, err)
			last = time.Now()
		}
		run, ok := r.fleet.CurrentRun(cam)
		return ok && run.ID != first.ID && len(alice.partsOf(cam, event)) > 1
	})
	wait(t, "the event to end", func() bool { e, ok := alice.event(cam, event); return ok && !e.Recording })

	opened, err := r.vault.Unlock(ctx, r.caller(bob).Proof())
	must(t, err)
	var next uint64
	before, after := 0, 0
	_, kid, err := r.vault.StoreKey(ctx, cam)
	must(t, err)
	for i, id := range alice.partsOf(cam, event) {
		clip, err := r.recorder.Clip(ctx, cam, id)
		must(t, err)
		h := clip.Header()
		_, err = opened.ClipKey(ctx, cam, h.Clip, h.KID, h.SealedKey)
		if early := h.Start.Before(granted); early && err == nil {
			t.Errorf("part %d begins %v before the grant, and bob's keys open it", i, granted.Sub(h.Start))
		}
		if (err == nil) != (h.KID == kid) {
			t.Errorf("part %d, under the grant's key %v: bob's keys: %v", i, h.KID == kid, err)
		}
		if err == nil {
			after++
		} else {
			before++
		}
		must(t, clip.Close())
		marks := fakecam.FindMarks(bodyOf(t, alice.do("GET", alice.path("/clips/%s/clip.mp4", id), nil)))
		if len(marks) == 0 {
			t.Fatalf("part %d is empty", i)
		}
		for _, m := range marks {
			if next != 0 && m.Frame != next {
				t.Errorf("part %d: picture %d follows %d", i, m.Frame, next-1)
			}
			next = m.Frame + 1
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("%d parts of before and %d that bob's keys open: nothing was shown", before, after)
	}
	now, _ := r.fleet.Status(cam)
	if now.Worker != was.Worker || now.Restarts != was.Restarts || now.Streams[0].Reconnects != was.Streams[0].Reconnects || !now.Since.Equal(was.Since) {
		t.Errorf("the camera noticed: %+v, before %+v", now, was)
	}
}
