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

// TestIncidentByToken: what a token receives is judged by what the token is for and
// when it ended, not by what its maker owns, whether what stands was written down
// meanwhile or not.
func TestIncidentByToken(t *testing.T) {
	t.Parallel()
	ann, bob := store.NewAccountID(), store.NewAccountID()
	door, yard, clip, token := media.NewCameraID(), media.NewCameraID(), media.NewClipID(), [16]byte{9}
	made := func(detail map[string]any) Entry {
		detail["history"] = "all"
		return Entry{Kind: TokenMade, Account: ann, Session: [16]byte{1}, Camera: door, Object: token, Detail: detail}
	}
	all := made(map[string]any{"actions": []string{"live", "history"}})
	live := View{Kind: Live, Account: ann, Via: ViaToken, Session: token, Camera: door}
	play, other, yards := live, live, live
	play.Kind, play.Object, other.Session, yards.Camera = Clip, clip, [16]byte{8}, yard
	for what, c := range map[string]struct {
		rows []Entry
		view View
		want int
	}{
		"its camera":                    {[]Entry{all}, live, 0},
		"its clip":                      {[]Entry{all}, play, 0},
		"another camera of its maker":   {[]Entry{all}, yards, 1},
		"another token":                 {[]Entry{all}, other, 1},
		"an action it has not":          {[]Entry{made(map[string]any{"actions": []string{"live"}})}, play, 1},
		"after its time":                {[]Entry{made(map[string]any{"expires": stamp(t0.Add(time.Hour))})}, live, 1},
		"after its end":                 {[]Entry{all, {Kind: TokenEnded, Account: ann, Camera: door, Object: token}}, live, 1},
		"after its maker's new keys":    {[]Entry{all, {Kind: Rotated, Account: ann}}, live, 1},
		"after another's new keys":      {[]Entry{all, {Kind: Rotated, Account: bob}}, live, 0},
		"after the camera was given":    {[]Entry{all, {Kind: Transferred, Account: ann, Camera: door, Owner: ann, Other: bob}}, live, 1},
		"after the hub was restored":    {[]Entry{all, {Kind: Restored, Via: ViaConsole}}, live, 1},
		"after the hub was repaired":    {[]Entry{all, {Kind: Repaired, Via: ViaConsole}}, live, 1},
		"after recordings were listed":  {[]Entry{all, {Kind: Repaired, Via: ViaConsole, Detail: map[string]any{"listed": true}}}, live, 0},
		"after its maker's account end": {[]Entry{all, {Kind: AccountRemoved, Account: ann, Other: ann}}, live, 1},
	} {
		for _, stood := range []bool{false, true} {
			r := newRig(t)
			r.household(ann, door, yard)
			r.household(bob)
			for _, camera := range []media.CameraID{door, yard} {
				r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: camera, Owner: ann}))
			}
			r.must(r.Put(t.Context(), c.rows[0]))
			r.clock.Advance(standEvery)
			if stood {
				r.must(r.stand(t.Context()))
			}
			for _, e := range c.rows[1:] {
				r.must(r.Put(t.Context(), e))
			}
			r.clock.Advance(time.Hour)
			r.sees(c.view)
			got := r.check(CheckQuery{Since: r.clock.Now().Add(-time.Hour), Until: r.clock.Now().Add(time.Second)})
			if len(got.WithoutGrant) != c.want || got.Deliveries != 1 || (got.Report.From > 0) != stood {
				t.Errorf("%s, stood %v: %d found of %d, not %d", what, stood, len(got.WithoutGrant), got.Deliveries, c.want)
			}
		}
	}
}

// TestIncidentByKeys: whoever has new keys has nothing of what is shared with it until
// the owner confirms them, and then what it had before; whether what stands was
// written down meanwhile or not.
func TestIncidentByKeys(t *testing.T) {
	t.Parallel()
	ann, bob := store.NewAccountID(), store.NewAccountID()
	door, clip := media.NewCameraID(), media.NewClipID()
	granted := Entry{Kind: Granted, Account: ann, Camera: door, Owner: ann, Other: bob, Detail: map[string]any{"actions": []string{"history"}, "history": "all"}}
	rotated, console := Entry{Kind: Rotated, Account: bob, Session: [16]byte{1}}, Entry{Kind: Recovered, Via: ViaConsole, Other: bob}
	confirmed := Entry{Kind: Confirmed, Account: ann, Camera: door, Owner: ann, Other: bob}
	revoked := Entry{Kind: Revoked, Account: ann, Camera: door, Owner: ann, Other: bob}
	code := Entry{Kind: Recovered, Account: bob, Session: [16]byte{1}}
	waits := Entry{Kind: Granted, Camera: door, Owner: ann, Other: bob, Detail: map[string]any{"actions": []string{"live"}, "history": "all", "waits": true}}
	for what, c := range map[string]struct {
		rows []Entry
		kind Kind
		want int
	}{
		"new keys":                              {[]Entry{granted, rotated}, Clip, 1},
		"new keys by the console":               {[]Entry{granted, console}, Clip, 1},
		"the same keys by a code":               {[]Entry{granted, code}, Clip, 0},
		"new keys of who shares it":             {[]Entry{granted, {Kind: Rotated, Account: ann}}, Clip, 0},
		"confirmed":                             {[]Entry{granted, rotated, confirmed}, Clip, 0},
		"confirmed, but not that":               {[]Entry{granted, rotated, confirmed}, Live, 1},
		"confirmed, and new again":              {[]Entry{granted, rotated, confirmed, console}, Clip, 1},
		"new twice, and confirmed":              {[]Entry{granted, rotated, console, confirmed}, Clip, 0},
		"confirmed, for another":                {[]Entry{granted, rotated, {Kind: Confirmed, Account: ann, Camera: door, Owner: ann, Other: ann}}, Clip, 1},
		"taken back":                            {[]Entry{granted, rotated, revoked, confirmed}, Clip, 1},
		"taken back when it was confirmed":      {[]Entry{granted, rotated, confirmed, revoked}, Clip, 1},
		"confirmed where nothing was unclear":   {[]Entry{granted, confirmed}, Clip, 0},
		"confirmed where nothing was shared":    {[]Entry{rotated, confirmed}, Clip, 1},
		"given, and waits":                      {[]Entry{rotated, waits}, Live, 1},
		"given, and waits for newer keys":       {[]Entry{waits, rotated}, Live, 1},
		"given, waits, and confirmed":           {[]Entry{rotated, waits, confirmed}, Live, 0},
		"given, waits, and taken back":          {[]Entry{rotated, waits, revoked, confirmed}, Live, 1},
		"less given, and waits":                 {[]Entry{granted, rotated, waits}, Clip, 1},
		"less given, waits, and confirmed":      {[]Entry{granted, rotated, waits, confirmed}, Clip, 1},
		"other given, waits, and confirmed":     {[]Entry{granted, rotated, waits, confirmed}, Live, 0},
		"taken back before there were new keys": {[]Entry{granted, revoked, rotated, confirmed}, Clip, 1},
	} {
		for stood := range len(c.rows) + 1 {
			r := newRig(t)
			r.household(ann, door)
			r.household(bob)
			r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
			for i, e := range c.rows {
				if i == stood {
					r.must(r.stand(t.Context()))
				}
				r.must(r.Put(t.Context(), e))
				r.clock.Advance(time.Hour)
			}
			r.sees(View{Kind: c.kind, Account: bob, Session: [16]byte{1}, Camera: door, Object: clip})
			got := r.check(CheckQuery{Since: r.clock.Now().Add(-time.Minute), Until: r.clock.Now().Add(time.Second)})
			if len(got.WithoutGrant) != c.want || got.Deliveries != 1 {
				t.Errorf("%s, stood before row %d: %d found of %d, not %d", what, stood, len(got.WithoutGrant), got.Deliveries, c.want)
			}
		}
	}
}
