package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestEventParts: an event lists its parts in order, without those that are
// being removed, that belong to another camera or that started before the
// account's history; their sum and state are those of the same parts, also of
// the ones beyond the bound.
func TestEventParts(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	cam, other := addCamera(t, s, ann, "a"), addCamera(t, s, ann, "b")
	update(t, s, func(ctx context.Context, tx *Tx) error {
		return tx.PutGrant(ctx, Grant{Camera: cam, Account: bob, Actions: history, HistoryFrom: t0, Granted: t0})
	})
	e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0}
	bare := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0.Add(-time.Hour)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(errors.Join(s.EventPut(ctx, e), s.EventPut(ctx, bare)))
	var parts []recorder.ClipRow
	add := func(part int, cam media.CameraID, state recorder.ClipState) {
		c := clipRow(cam, t0.Add(time.Duration(part)*time.Minute-time.Second))
		if c.Event, c.Part, c.State = e.Event, part, state; state != recorder.StateOpen {
			c.Duration, c.Thumbnail, c.Preview = time.Minute, true, part == 1
		}
		must(s.ClipClosed(ctx, c))
		parts = append(parts, c)
	}
	for part, state := range []recorder.ClipState{2: recorder.StateComplete, 1: recorder.StateDamaged, 0: recorder.StateComplete} {
		add(2-part, cam, state) // not in order
	}
	add(3, cam, recorder.StateRemoving)
	add(4, other, recorder.StateComplete)
	add(5, cam, recorder.StateOpen)
	list := func(who AccountID, most int) []VisibleEvent {
		t.Helper()
		got, err := s.VisibleEvents(ctx, EventQuery{Account: who, Now: t0, History: history, Limit: 10, Parts: most})
		must(err)
		return got
	}
	check := func(what string, got VisibleEvent, sum time.Duration, want ...recorder.ClipRow) {
		t.Helper()
		if got.Event != e.Event || got.Duration != sum || !got.Recording || len(got.Parts) != len(want) {
			t.Fatalf("%s: %+v", what, got)
		}
		for i, w := range want {
			open, damaged := w.State == recorder.StateOpen, w.State == recorder.StateDamaged
			if got.Parts[i] != (EventPart{Clip: w.Clip, Start: w.Start, Duration: w.Duration, Thumbnail: w.Thumbnail, Preview: w.Preview, Recording: open, Damaged: damaged}) {
				t.Errorf("%s: part %d is %+v, want %+v", what, i, got.Parts[i], w)
			}
		}
	}
	owned, shared := list(ann, 10), list(bob, 10)
	if len(owned) != 2 || len(shared) != 1 || len(owned[1].Parts) != 0 || owned[1].Duration != 0 || owned[1].Recording {
		t.Fatalf("%+v\n%+v", owned, shared)
	}
	check("owner", owned[0], 3*time.Minute, parts[2], parts[1], parts[0], parts[5])
	check("from then on", shared[0], 2*time.Minute, parts[1], parts[0], parts[5])
	check("bounded", list(ann, 2)[0], 3*time.Minute, parts[2], parts[1])
}
