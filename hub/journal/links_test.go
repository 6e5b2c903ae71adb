package journal

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestLinksEndWithWhatTheyStandOn: a link is over with its maker's grant, keys or
// account, whether what stands was written down meanwhile or not; another's row, and a
// recovery with the code, end none.
func TestLinksEndWithWhatTheyStandOn(t *testing.T) {
	t.Parallel()
	ann, bob, eve := store.NewAccountID(), store.NewAccountID(), store.NewAccountID()
	door, yard, clip := media.NewCameraID(), media.NewCameraID(), media.NewClipID()
	for what, c := range map[string]struct {
		end  Entry
		want int
	}{
		"a revoke":                   {Entry{Kind: Revoked, Account: ann, Camera: door, Owner: ann, Other: bob}, 1},
		"an expiry":                  {Entry{Kind: Expired, Camera: door, Owner: ann, Other: bob}, 1},
		"new keys":                   {Entry{Kind: Rotated, Account: bob}, 1},
		"new keys on the console":    {Entry{Kind: Recovered, Via: ViaConsole, Other: bob}, 1},
		"the account's end":          {Entry{Kind: AccountRemoved, Account: bob, Other: bob}, 1},
		"the end of the owner's":     {Entry{Kind: AccountRemoved, Account: ann, Other: ann}, 1},
		"the camera's end":           {Entry{Kind: CameraRemoved, Account: ann, Camera: door, Owner: ann}, 1},
		"a recovery with the code":   {Entry{Kind: Recovered, Account: bob, Session: [16]byte{7}}, 0},
		"another's new keys":         {Entry{Kind: Rotated, Account: eve}, 0},
		"the end of another's grant": {Entry{Kind: Revoked, Account: ann, Camera: door, Owner: ann, Other: eve}, 0},
		"the end of another camera":  {Entry{Kind: Revoked, Account: ann, Camera: yard, Owner: ann, Other: bob}, 0},
	} {
		for _, stood := range []bool{false, true} {
			r := newRig(t)
			r.household(ann, door, yard)
			r.household(bob)
			r.must(r.Put(t.Context(), Entry{Kind: CameraAdded, Account: ann, Camera: door, Owner: ann}))
			r.must(r.Put(t.Context(), Entry{Kind: Granted, Account: ann, Camera: door, Owner: ann, Other: bob}))
			r.must(r.Put(t.Context(), Entry{Kind: LinkMade, Account: bob, Session: [16]byte{2}, Camera: door, Object: [16]byte{9}, Detail: map[string]any{
				"clip": clip.String(), "views": 3, "expires": stamp(t0.Add(20 * 24 * time.Hour))}}))
			r.clock.Advance(standEvery)
			if stood {
				r.must(r.stand(t.Context()))
			}
			r.clock.Advance(time.Hour)
			r.must(r.Put(t.Context(), c.end))
			r.clock.Advance(time.Hour)
			r.sees(View{Kind: Guest, Via: ViaGuest, Session: [16]byte{1}, Camera: door, Object: clip})
			got := r.check(CheckQuery{Since: r.clock.Now().Add(-time.Hour), Until: r.clock.Now().Add(time.Second)})
			if len(got.WithoutGrant) != c.want || got.Deliveries != 1 || (got.Report.From > 0) != stood {
				t.Errorf("%s, stood %v: %d found of %d, not %d", what, stood, len(got.WithoutGrant), got.Deliveries, c.want)
			}
		}
	}
}
