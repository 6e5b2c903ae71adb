package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestHistoryOfGrants: what a grant reaches is what its row says that really counts;
// a row without it reaches back to itself. Pictures of a page and texts of events are
// judged by what began first of them.
func TestHistoryOfGrants(t *testing.T) {
	t.Parallel()
	ann, bob := store.NewAccountID(), store.NewAccountID()
	door := media.NewCameraID()
	granted := func(history string, from time.Time) Entry {
		detail := map[string]any{"actions": []string{"history"}, "history": history}
		if !from.IsZero() {
			detail["history_from"] = stamp(from)
		}
		return Entry{Kind: Granted, Account: ann, Camera: door, Owner: ann, Other: bob, Detail: detail}
	}
	edited := t0.Add(2 * time.Hour) // when the grant of t0 is edited
	for what, c := range map[string]struct {
		edit  Entry
		kind  Kind
		start time.Time // of what is seen
		want  int
	}{
		"a clip from before an edit":             {granted("now", t0), Clip, t0.Add(time.Hour), 0},
		"a clip from before the grant":           {granted("now", t0), Clip, t0.Add(-time.Hour), 1},
		"an older row":                           {granted("now", time.Time{}), Clip, t0.Add(time.Hour), 1},
		"all, then from now":                     {granted("now", edited), Clip, t0.Add(time.Hour), 1},
		"a picture from before an edit":          {granted("now", t0), Thumbnails, t0.Add(time.Hour), 0},
		"a picture from before the grant":        {granted("now", t0), Thumbnails, t0.Add(-time.Hour), 1},
		"the text of one from before the grant":  {granted("now", t0), Events, t0.Add(-time.Hour), 1},
		"the text of one from before, with all":  {granted("all", time.Time{}), Events, t0.Add(-time.Hour), 0},
		"the text of one from after the edit":    {granted("now", edited), Events, edited.Add(time.Minute), 0},
		"a picture, where the grant was emptied": {granted("now", edited), Thumbnails, t0.Add(time.Hour), 1},
	} {
		r := newRig(t)
		r.household(ann, door)
		r.household(bob)
		r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
		r.must(r.Put(t.Context(), granted("now", t0)))
		r.clock.Advance(2 * time.Hour)
		r.must(r.Put(t.Context(), c.edit))
		r.clock.Advance(time.Hour)
		deliveries := int64(2) // the first small thing has a row of its own
		v := View{Kind: c.kind, Account: bob, Session: [16]byte{1}, Camera: door, Start: c.start}
		if c.kind == Clip {
			deliveries = 1
			r.sees(v)
		} else {
			for _, start := range []time.Time{c.start.Add(time.Hour), c.start, c.start.Add(time.Minute)} {
				v.Start = start
				r.Seen(v, 5)
			}
			r.clock.Advance(eventsWindow)
		}
		for range 2 { // from the first row, and from what stands
			got := r.check(CheckQuery{Since: t0.Add(2 * time.Hour).Add(30 * time.Minute), Until: r.clock.Now().Add(time.Second)})
			if len(got.WithoutGrant) != c.want || got.Deliveries != deliveries {
				t.Errorf("%s: %d found of %d, not %d", what, len(got.WithoutGrant), got.Deliveries, c.want)
			}
		}
	}
}
