package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"lares/cameras/media"
	"lares/recorder"
)

// TestEventsExpire: an event that nothing is recorded of goes when it is old, and older than all that is
// recorded of its camera; one that goes on, is starred, has a clip or is younger stays.
func TestEventsExpire(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	cam, none := addCamera(t, s, ann, "a"), addCamera(t, s, ann, "b")
	event := func(cam media.CameraID, start, end int) media.EventID {
		e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: minute(start)}
		if end > 0 {
			e.End = minute(end)
		}
		if err := s.EventPut(ctx, e); err != nil {
			t.Fatal(err)
		}
		return e.Event
	}
	stay := []media.EventID{
		event(cam, 1, 0), event(cam, 2, 3), event(cam, 3, 4), event(cam, 30, 31), event(none, 35, 45), event(none, 50, 51),
	}
	clip := clipRow(cam, minute(20))
	clip.State, clip.Event = recorder.StateComplete, stay[2]
	err := s.ClipClosed(ctx, clip)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.Star(ctx, cam, stay[1], true) })
	for n := range eraseRows + 9 {
		event(cam, 4, 5+n%10)
	}
	event(none, 30, 31)
	if err := errors.Join(err, s.EventsExpire(ctx, minute(40))); err != nil {
		t.Fatal(err)
	}
	got, err := s.VisibleEvents(ctx, EventQuery{Account: ann, Now: t0, History: history, Limit: 2 * eraseRows, Parts: 1})
	if err != nil || len(got) != len(stay) {
		t.Fatalf("%d events, want %d (%v)", len(got), len(stay), err)
	}
	for _, g := range got {
		if !slices.Contains(stay, g.Event) {
			t.Errorf("%+v stays", g.EventRow)
		}
	}
}
