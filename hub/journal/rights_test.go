package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestIncidentByRight: what a right does not cover is found: a link that was
// ended, ran out or was used up, another action, a clip from before a grant, and
// somebody whom only the row of the delivery calls the owner.
func TestIncidentByRight(t *testing.T) {
	t.Parallel()
	ann, bob := store.NewAccountID(), store.NewAccountID()
	door, clip, link := media.NewCameraID(), media.NewClipID(), [16]byte{9}
	guest := func(session byte) View {
		return View{Kind: Guest, Via: ViaGuest, Session: [16]byte{session}, Camera: door, Object: clip}
	}
	made := func(views int) Entry {
		return Entry{Kind: LinkMade, Account: ann, Camera: door, Object: link, Detail: map[string]any{
			"clip": clip.String(), "views": views, "expires": t0.Add(time.Hour).Format(time.RFC3339)}}
	}
	granted := func(history string, actions ...string) Entry {
		return Entry{Kind: Granted, Account: ann, Camera: door, Owner: ann, Other: bob, Detail: map[string]any{"actions": actions, "history": history}}
	}
	play := View{Kind: Clip, Account: bob, Session: [16]byte{1}, Camera: door, Object: clip, Start: t0.Add(-time.Hour)}
	asOwner := View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door, Owner: bob}
	live := View{Kind: Live, Account: bob, Session: [16]byte{1}, Camera: door}
	ended := Entry{Kind: LinkEnded, Account: ann, Camera: door, Object: link, Detail: map[string]any{"clip": clip.String()}}
	for what, c := range map[string]struct {
		rows  []Entry
		after time.Duration
		views []View
		want  int
	}{
		"a link":                      {[]Entry{made(1)}, 0, []View{guest(1), guest(1)}, 0},
		"a link that was ended":       {[]Entry{made(1), ended}, time.Minute, []View{guest(1)}, 1},
		"a link that ran out":         {[]Entry{made(1)}, 2 * time.Hour, []View{guest(1)}, 1},
		"a link that was used up":     {[]Entry{made(2)}, 0, []View{guest(1), guest(2), guest(3)}, 1},
		"all history":                 {[]Entry{granted("all", "live", "history")}, 0, []View{live, play}, 0},
		"a clip with live alone":      {[]Entry{granted("all", "live")}, 0, []View{live, play}, 1},
		"a clip from before the time": {[]Entry{granted("now", "live", "history")}, 0, []View{live, play}, 1},
		"a clip with live alone, taken back twice": {[]Entry{granted("all", "live"),
			{Kind: Revoked, Camera: door, Other: bob, At: t0.Add(time.Hour)}, {Kind: Expired, Camera: door, Other: bob, At: t0.Add(2 * time.Hour)}}, 0, []View{play}, 1},
		"the row says owner": {nil, 0, []View{asOwner}, 1},
	} {
		r := newRig(t)
		r.household(ann, door)
		r.household(bob)
		r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
		for _, e := range c.rows {
			r.must(r.Put(t.Context(), e))
		}
		r.clock.Advance(c.after)
		for _, v := range c.views {
			d := r.Begin(v)
			d.Bytes(5)
			d.End()
			r.clock.Advance(viewIdle)
			r.must(r.Flush(t.Context()))
		}
		got, err := r.Check(t.Context(), CheckQuery{Since: t0, Until: r.clock.Now().Add(time.Second), Owner: ann})
		r.must(err)
		if len(got.WithoutGrant) != c.want {
			t.Errorf("%s: %d found, not %d: %+v", what, len(got.WithoutGrant), c.want, got.WithoutGrant)
		}
	}
}
