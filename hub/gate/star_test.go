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
	"lares/recorder/retention"
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

// TestStarsKeepToTheirPart: what is starred stays for good, and takes of nobody else's part of the
// room: a star beyond the owner's own is refused, and who may know is told how much there is and
// may be. So what passes take in the end is the owner's.
func TestStarsKeepToTheirPart(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	olga, ann, bob := r.operate("olga"), r.person("ann"), r.person("bob")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	var one int64
	for n := range 10 {
		_, one = r.aged(yard, time.Duration(99-n)*time.Hour)
	}
	var events []media.EventID
	for n := range 16 {
		clip, _ := r.aged(door, time.Duration(50-n)*time.Hour)
		row, err := r.store.Clip(ctx, clip)
		r.must(err)
		events = append(events, row.Event)
	}
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Star}, History: FromStart}))
	star := func(c account.Caller, id media.EventID) error {
		p, err := r.AdmitEvent(ctx, c, id, Star)
		r.must(err)
		return r.Star(ctx, p, true)
	}
	r.limit = 20*one + one/2
	may := retention.StarsMay(r.limit, 2)
	recorded := r.cfg.Recorded
	r.cfg.Recorded = func() (recorder.Recorded, error) { // as after the start below
		all, err := recorded()
		all.Limit = r.limit
		return all, err
	}
	for _, id := range events[:9] {
		r.must(star(ann, id))
	}
	var told StarsFull
	if err := star(ann, events[9]); !errors.As(err, &told) || told != (StarsFull{Own: true, Starred: 9 * one, Event: one, May: may}) {
		t.Errorf("a star beyond the part: %+v, %v; may %d, each %d", told, err, may, one)
	}
	if err := star(bob, events[9]); err != error(StarsFull{}) {
		t.Errorf("to somebody else: %#v", err)
	}
	for _, id := range events[9:] {
		if err := star(ann, id); !errors.As(err, &told) {
			t.Errorf("one more: %v", err)
		}
	}
	r.must(star(bob, events[0])) // it has one
	r.restarted()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if all, err := r.recorder.Recorded(); err == nil && all.Pools[0].Used <= r.limit {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("too much is left: %+v, %v", all, err)
		}
	}
	stock, err := r.store.Stock(ctx, []media.CameraID{door, yard}, t0)
	r.must(err)
	if stock[yard].Clips != 10 || stock[door].Clips != 10 {
		t.Fatalf("left of the yard %+v, of the door %+v", stock[yard], stock[door])
	}
	for _, id := range events[:9] {
		if e, err := r.Event(ctx, ann, id); err != nil || !e.Star {
			t.Errorf("a starred event: %+v, %v", e, err)
		}
	}
	r.must(r.SetQuota(ctx, olga, bob.Account, 5*one))
	list, err := r.store.Clips(ctx, recorder.ClipQuery{Camera: yard})
	r.must(err)
	for n, row := range list[5:] {
		err := star(bob, row.Event)
		if full := n >= 4; errors.As(err, &told) != full || !full && err != nil {
			t.Errorf("star %d within a quota of five: %v", n, err)
		}
	}
}
