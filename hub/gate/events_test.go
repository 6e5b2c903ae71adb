package gate

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// parts adds n parts to an event that has one, a second apart.
func (r *rig) parts(clip media.ClipID, n int) {
	r.t.Helper()
	row, err := r.store.Clip(r.t.Context(), clip)
	r.must(err)
	for i := range n {
		part := row
		part.Clip, part.Part, part.Start = media.NewClipID(), i+1, row.Start.Add(time.Duration(i+1)*time.Second)
		r.must(r.store.ClipClosed(r.t.Context(), part))
	}
}

// TestPartsBoundPages: a page ends before an event whose parts do not fit, no
// event is lost or comes twice, and one of too many parts shows its first.
func TestPartsBoundPages(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	sizes := []int{1, 200, 299, 300, maxParts + 20, 1, 1}
	var ids []media.ClipID
	for _, n := range sizes {
		clip, _ := r.record(cam)
		r.parts(clip, n-1)
		ids = append(ids, clip)
		r.clock.Advance(time.Minute)
	}
	var got []Event
	var pages []int
	for f := (EventFilter{}); ; {
		page, err := r.Events(t.Context(), ann, f)
		r.must(err)
		pages, got = append(pages, len(page.Events)), append(got, page.Events...)
		if f.Before = page.Next; f.Before == "" {
			break
		}
	}
	if want := []int{2, 1, 1, 3}; len(got) != len(sizes) || len(pages) != len(want) || pages[0] != want[0] || pages[1] != want[1] || pages[3] != want[3] {
		t.Fatalf("%d events in pages of %v", len(got), pages)
	}
	for i, e := range got {
		n := sizes[len(sizes)-1-i]
		if len(e.Clips) != min(n, maxParts) || e.Clips[0].ID != ids[len(ids)-1-i] || e.Duration != time.Duration(n)*3*time.Second {
			t.Errorf("event %d: %d parts of %d, %v", i, len(e.Clips), n, e.Duration)
		}
	}
}

// TestPartsFromNow: whose history begins in the middle of an event's pictures
// sees those parts of it in the list that it may play, and no other.
func TestPartsFromNow(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{History}}))
	clip, _ := r.record(cam)
	r.parts(clip, 2)
	row, err := r.store.Clip(ctx, clip)
	r.must(err)
	row.Clip, row.Part, row.Start = media.NewClipID(), 3, t0.Add(-5*time.Second) // what lay before the grant
	r.must(r.store.ClipClosed(ctx, row))
	gone := row
	gone.Clip, gone.Start, gone.State = media.NewClipID(), t0.Add(time.Second), recorder.StateRemoving
	r.must(r.store.ClipClosed(ctx, gone))
	listed := func(f EventFilter) (list []EventClip) {
		page, err := r.Events(ctx, bob, f)
		r.must(err)
		for _, e := range page.Events {
			list = append(list, e.Clips...)
		}
		return list
	}
	list := listed(EventFilter{})
	if len(list) != 3 || list[0].ID != clip {
		t.Fatalf("%+v", list)
	}
	for _, c := range list {
		r.clipPass(bob, c.ID, History)
	}
	for _, id := range []media.ClipID{row.Clip, gone.Clip} {
		if _, err := r.AdmitClip(ctx, bob, id, History); err != ErrNotFound {
			t.Errorf("a part that is not listed: %v", err)
		}
	}
	r.must(r.Revoke(ctx, ann, cam, bob.Account))
	if list := listed(EventFilter{}); len(list) != 0 {
		t.Errorf("after the revoke: %+v", list)
	}
}
