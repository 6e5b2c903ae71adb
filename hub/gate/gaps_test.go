package gate

import (
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/recorder"
)

// TestGaps: who may look back at a camera sees what is not recorded of it, from when that
// may be looked at; who may not, sees nothing, and who may not hear it none of what is in an
// event that was only heard.
func TestGaps(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve, dan := r.person("ann"), r.person("bob"), r.person("eve"), r.person("dan")
	door, yard := r.camera(ann, "door"), r.camera(bob, "yard")
	early := r.clock.Now().Add(-time.Hour)
	sound := recorder.EventRow{Event: media.NewEventID(), Camera: door, Kind: media.KindSound, Start: early}
	r.must(r.store.EventPut(ctx, sound))
	for _, g := range []recorder.GapRow{
		{Camera: door, From: early, To: early.Add(time.Minute), Cause: recorder.GapDisk, Count: 2},
		{Camera: door, From: early.Add(2 * time.Minute), To: early.Add(3 * time.Minute), Cause: recorder.GapCamera, Event: sound.Event, Count: 1},
		{Camera: door, From: early.Add(5 * time.Minute), Cause: recorder.GapHub, Count: 1},
		{Camera: yard, From: early, Cause: recorder.GapCamera, Count: 1},
	} {
		r.must(r.store.GapPut(ctx, g))
	}
	for who, actions := range map[*account.Caller][]Action{&bob: {Live, History}, &eve: {Live, Audio, History}, &dan: {Live}} {
		r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: who.Account, Actions: actions, History: FromNow}))
	}
	span := RecordingFilter{Camera: door, From: early.Add(-time.Hour), To: early.Add(24 * time.Hour)}
	page, err := r.Gaps(ctx, ann, span)
	if err != nil || len(page.Gaps) != 3 || page.Gaps[0] != (Gap{early.UTC(), early.Add(time.Minute).UTC(), recorder.GapDisk, media.EventID{}, 2}) || page.Gaps[1].Event != sound.Event || !page.Gaps[2].To.IsZero() {
		t.Errorf("its owner is told %+v, %v", page, err)
	}
	for _, who := range []account.Caller{bob, eve} { // whose history begins now, in the last one
		page, err := r.Gaps(ctx, who, span)
		if err != nil || len(page.Gaps) != 1 || page.Gaps[0].Cause != recorder.GapHub || page.Gaps[0].From.Before(early.Add(time.Hour).Truncate(time.Millisecond)) {
			t.Errorf("who looks back from now on is told %+v, %v", page, err)
		}
	}
	now := r.clock.Now()
	r.must(r.store.EventPut(ctx, recorder.EventRow{Event: media.NewEventID(), Camera: door, Kind: media.KindSound, Start: now}))
	r.must(r.store.GapPut(ctx, recorder.GapRow{Camera: door, From: now.Add(time.Minute), To: now.Add(2 * time.Minute), Cause: recorder.GapCamera, Event: sound.Event, Count: 1}))
	for who, want := range map[*account.Caller]int{&bob: 1, &eve: 2} {
		if page, err := r.Gaps(ctx, *who, span); err != nil || len(page.Gaps) != want {
			t.Errorf("%s: %+v, %v, want %d", who.Name, page, err, want)
		}
	}
	for name, c := range map[string]struct {
		who  account.Caller
		span RecordingFilter
		want error
	}{
		"who may not look back": {dan, span, ErrNotFound},
		"another's camera":      {ann, RecordingFilter{Camera: yard, From: span.From, To: span.To}, ErrNotFound},
		"backwards":             {ann, RecordingFilter{Camera: door, From: span.To, To: span.From}, ErrInput},
		"too long":              {ann, RecordingFilter{Camera: door, From: span.From, To: span.From.Add(33 * 24 * time.Hour)}, ErrInput},
		"no page":               {ann, RecordingFilter{Camera: door, From: span.From, To: span.To, After: "x"}, ErrInput},
	} {
		if page, err := r.Gaps(ctx, c.who, c.span); !errors.Is(err, c.want) || len(page.Gaps) != 0 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	for n := range maxGaps {
		from := early.Add(-time.Hour + time.Duration(n)*time.Second)
		r.must(r.store.GapPut(ctx, recorder.GapRow{Camera: door, From: from, To: from.Add(time.Millisecond), Cause: recorder.GapCamera, Count: 1}))
	}
	var pages, rows int
	for next := "x"; next != ""; pages++ {
		if next == "x" {
			next = ""
		}
		span.After = next
		page, err := r.Gaps(ctx, ann, span)
		r.must(err)
		rows, next = rows+len(page.Gaps), page.Next
	}
	if pages != 2 || rows != maxGaps+4 {
		t.Errorf("%d rows on %d pages", rows, pages)
	}
}
