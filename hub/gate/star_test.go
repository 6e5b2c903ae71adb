package gate

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/recorder"
)

// TestStarAndDiscard: who may, stars and deletes; what is starred or goes on
// stays; what is deleted is gone with its clips.
func TestStarAndDiscard(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	first, _ := r.record(door)
	r.clock.Advance(time.Minute)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Star, Delete}}))
	clip, _ := r.record(door)
	row, err := r.store.Clip(ctx, clip)
	r.must(err)
	event := row.Event
	pass := func(c account.Caller, id media.EventID, a Action) Pass {
		t.Helper()
		p, err := r.AdmitEvent(ctx, c, id, a)
		r.must(err)
		return p
	}
	star := func(want bool) {
		t.Helper()
		for _, c := range []account.Caller{ann, bob} {
			if e, err := r.Event(ctx, c, event); err != nil || e.Star != want {
				t.Errorf("star %v, want %v, %v", e.Star, want, err)
			}
		}
	}
	star(false)
	r.must(r.Star(ctx, pass(bob, event, Star), true))
	star(true)
	if row, err := r.store.Clip(ctx, clip); err != nil || !row.Star {
		t.Errorf("the clip's row: %+v %v", row, err)
	}
	if err := r.Discard(ctx, pass(ann, event, Delete)); err != ErrStarred {
		t.Errorf("a starred event: %v", err)
	}
	r.must(r.Star(ctx, pass(ann, event, Star), false))
	star(false)
	going := r.going(door)
	if err := r.Discard(ctx, pass(ann, going, Delete)); err != ErrRecording {
		t.Errorf("an event that goes on: %v", err)
	}
	r.crossed("a pass for another action", func() error { return r.Discard(ctx, pass(ann, event, Star)) })
	r.crossed("a pass for history", func() error { return r.Star(ctx, pass(ann, event, History), true) })
	r.crossed("a pass for the camera", func() error { return r.Star(ctx, r.pass(ann, door, Star), true) })
	if _, err := os.Stat(r.path(door, clip)); err != nil {
		t.Fatal(err)
	}
	r.must(r.Discard(ctx, pass(bob, event, Delete)))
	if _, err := os.Stat(r.path(door, clip)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of a deleted event: %v", err)
	}
	if _, err := r.Event(ctx, ann, event); err != ErrNotFound {
		t.Errorf("a deleted event: %v", err)
	}
	if _, err := r.AdmitClip(ctx, ann, clip, History); err != ErrNotFound {
		t.Errorf("its clip: %v", err)
	}
	old, err := r.store.Clip(ctx, first)
	r.must(err)
	if _, err := r.AdmitEvent(ctx, bob, old.Event, Delete); err != ErrNotFound {
		t.Errorf("an event from before the grant: %v", err)
	}
	bare := r.notice(door, recorder.EventText{Class: "cat"})
	r.must(r.Discard(ctx, pass(ann, bare, Delete)))
	if _, err := r.Event(ctx, ann, bare); err != ErrNotFound {
		t.Errorf("a deleted event without clips: %v", err)
	}
	if _, err := r.AdmitClip(ctx, ann, first, History); err != nil {
		t.Errorf("the clip of another event: %v", err)
	}
	done := func(k journal.Kind, by account.Caller, id media.EventID) string {
		return fmt.Sprintf("%s by %v in %v, event %v", k, by.Account, by.Session, id)
	}
	var got []string
	for _, e := range list(ann) {
		switch e.Kind {
		case journal.Starred, journal.Unstarred, journal.Deleted:
			if e.Camera != door || e.Via != journal.ViaSession {
				t.Errorf("%s of camera %v via %s", e.Kind, e.Camera, e.Via)
			}
			got = append(got, done(e.Kind, account.Caller{Account: e.Account, Session: e.Session}, e.Object))
		}
	}
	want := []string{
		done(journal.Starred, bob, event), done(journal.Unstarred, ann, event), done(journal.Deleted, bob, event), done(journal.Deleted, ann, bare),
	}
	if !slices.Equal(got, want) {
		t.Errorf("the owner reads %q, want %q", got, want)
	}
}

// going enters an event without an end.
func (r *rig) going(camera media.CameraID) media.EventID {
	r.t.Helper()
	e := recorder.EventRow{Event: media.NewEventID(), Camera: camera, Kind: media.KindMotion, Start: r.clock.Now()}
	r.must(r.store.EventPut(r.t.Context(), e))
	return e.Event
}
