package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

func clipRow(cam media.CameraID, start time.Time) recorder.ClipRow {
	return recorder.ClipRow{Clip: media.NewClipID(), Camera: cam, Event: media.NewEventID(), KID: media.KeyID(random(16)), Start: start, State: recorder.StateOpen}
}

// TestIndex is the contract of recorder.Index on a real file.
func TestIndex(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	var rows []recorder.ClipRow
	for i := range 6 {
		c := clipRow(cam, t0.Add(time.Duration(i/2)*time.Second).Add(123*time.Nanosecond)) // pairs of one start
		if i == 5 {
			c.Camera = other
		}
		if err := errors.Join(s.ClipOpened(ctx, c), s.ClipOpened(ctx, c)); err != nil {
			t.Fatal(err)
		}
		if i < 4 {
			c.State, c.Duration, c.Bytes, c.Thumbnail, c.Preview = recorder.StateComplete, time.Second+1, 1000, true, i%2 == 0
			late := c
			late.State, late.Duration = recorder.StateOpen, 0
			if err := errors.Join(s.ClipClosed(ctx, c), s.ClipOpened(ctx, late)); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, c)
	}
	gone := media.NewClipID()
	if got, err := s.ListedClips(ctx, []media.ClipID{gone, rows[1].Clip, rows[5].Clip}); err != nil || len(got) != 2 || !got[rows[1].Clip] || !got[rows[5].Clip] {
		t.Errorf("listed: %v, %v", got, err)
	}
	never := clipRow(cam, t0.Add(time.Hour))
	never.State = recorder.StateCut
	if err := s.ClipClosed(ctx, never); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Clip(ctx, rows[0].Clip); err != nil || got != rows[0] {
		t.Errorf("got %+v, %v, want %+v", got, err, rows[0])
	}
	var paged []media.ClipID
	for q := (recorder.ClipQuery{Limit: 2}); ; {
		page, err := s.Clips(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			paged = append(paged, c.Clip)
			if !q.After.IsZero() && c.Start.Before(q.After) {
				t.Error("not oldest first")
			}
		}
		last := page[len(page)-1]
		q.After, q.AfterClip = last.Start, last.Clip
	}
	if len(paged) != 7 || paged[6] != never.Clip {
		t.Errorf("%d clips in pages, last %v", len(paged), paged[len(paged)-1])
	}
	if got, err := s.Clips(ctx, recorder.ClipQuery{Newest: true, Limit: 2}); err != nil || len(got) != 2 || got[0].Clip != paged[6] || got[1].Clip != paged[5] {
		t.Errorf("the newest: %+v, %v", got, err)
	}
	for _, c := range []struct {
		q    recorder.ClipQuery
		want int
	}{
		{recorder.ClipQuery{}, 7},
		{recorder.ClipQuery{States: []recorder.ClipState{recorder.StateOpen}}, 2},
		{recorder.ClipQuery{States: []recorder.ClipState{recorder.StateComplete, recorder.StateCut}}, 5},
		{recorder.ClipQuery{Camera: other}, 1},
		{recorder.ClipQuery{Clip: never.Clip}, 1},
		{recorder.ClipQuery{Clip: never.Clip, States: []recorder.ClipState{recorder.StateCut}}, 1},
		{recorder.ClipQuery{Clip: never.Clip, States: []recorder.ClipState{recorder.StateOpen}}, 0},
		{recorder.ClipQuery{Clip: gone}, 0},
		{recorder.ClipQuery{Camera: cam, States: []recorder.ClipState{recorder.StateOpen}}, 1},
	} {
		if got, err := s.Clips(ctx, c.q); err != nil || len(got) != c.want {
			t.Errorf("%+v: %d rows, %v", c.q, len(got), err)
		}
	}
}

// TestEventGoesWithItsLastClip: and not before it is over.
func TestEventGoesWithItsLastClip(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	cam := addCamera(t, s, ann, "a")
	e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0}
	one, two := clipRow(cam, t0), clipRow(cam, t0.Add(time.Minute))
	one.Event, two.Event, two.Part = e.Event, e.Event, 1
	if err := errors.Join(s.EventPut(ctx, e), s.ClipOpened(ctx, one), s.ClipOpened(ctx, two)); err != nil {
		t.Fatal(err)
	}
	e.Text = recorder.SealedText{KID: one.KID, Index: [16]byte(random(16)), Sealed: random(50)}
	if err := s.EventPut(ctx, e); err != nil {
		t.Fatal(err)
	}
	text, picture := e.Text, two.Clip
	e.Text, e.Picture = recorder.SealedText{}, picture
	if err := s.EventPut(ctx, e); err != nil {
		t.Fatal(err)
	}
	e.Picture, e.End = media.ClipID{}, t0.Add(time.Minute)
	list := func() []VisibleEvent {
		got, err := s.VisibleEvents(ctx, EventQuery{Account: ann, Now: t0, History: history, Limit: 10, Parts: 10})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if err := s.ClipRemoved(ctx, one.Clip); err != nil || len(list()) != 1 {
		t.Errorf("after one of two clips: %d events, %v", len(list()), err)
	}
	if err := s.EventPut(ctx, e); err != nil {
		t.Fatal(err)
	}
	got := list()
	if len(got) != 1 || len(got[0].Parts) != 1 || got[0].Parts[0].Clip != two.Clip || !got[0].Recording || !got[0].End.Equal(e.End) || got[0].Picture != picture || got[0].Text.Index != text.Index || !bytes.Equal(got[0].Text.Sealed, text.Sealed) {
		t.Errorf("event %+v", got)
	}
	if err := errors.Join(s.ClipRemoved(ctx, two.Clip), s.ClipRemoved(ctx, two.Clip)); err != nil || len(list()) != 0 {
		t.Errorf("after the last clip: %d events, %v", len(list()), err)
	}
}

// TestEventsOver: what a crash left without an end ends with its last clip; an
// event that has an end, goes on, or has an open clip is left alone.
func TestEventsOver(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann := addAccount(t, s, "ann")
	cam := addCamera(t, s, ann, "a")
	want := map[media.EventID]time.Time{}
	event := func(end time.Time, clips ...recorder.ClipRow) media.EventID {
		e := recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindMotion, Start: t0, End: end}
		err := s.EventPut(ctx, e)
		for i, c := range clips {
			c.Event, c.Part = e.Event, i
			err = errors.Join(err, s.ClipClosed(ctx, c))
		}
		if err != nil {
			t.Fatal(err)
		}
		return e.Event
	}
	clip := func(state recorder.ClipState, start, long time.Duration) recorder.ClipRow {
		c := clipRow(cam, t0.Add(start))
		c.State, c.Duration = state, long
		return c
	}
	first, second := clip(recorder.StateComplete, 0, time.Minute), clip(recorder.StateRecovered, 2*time.Minute, time.Minute)
	open, going := clip(recorder.StateOpen, time.Minute, 0), event(time.Time{}, clip(recorder.StateComplete, 0, time.Minute))
	want[event(time.Time{}, first, second)] = t0.Add(3 * time.Minute)
	want[event(time.Time{}, clip(recorder.StateComplete, -time.Hour, time.Minute))] = t0 // only the pre-roll
	want[event(time.Time{})] = t0
	want[event(t0.Add(time.Hour), clip(recorder.StateRecovered, 0, time.Minute))] = t0.Add(time.Hour)
	want[event(time.Time{}, clip(recorder.StateComplete, 0, time.Minute), open)] = time.Time{}
	want[going] = time.Time{}
	if err := errors.Join(s.EventsOver(ctx, []media.EventID{media.NewEventID(), going}), s.EventsOver(ctx, []media.EventID{going})); err != nil {
		t.Fatal(err)
	}
	got, err := s.VisibleEvents(ctx, EventQuery{Account: ann, Now: t0, History: history, Limit: 10, Parts: 10})
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d events, want %d (%v)", len(got), len(want), err)
	}
	for _, g := range got {
		if !g.End.Equal(want[g.Event]) {
			t.Errorf("an event ends %v, not %v", g.End, want[g.Event])
		}
	}
	if err := s.EventsOver(ctx, nil); err != nil {
		t.Fatal(err)
	}
}
