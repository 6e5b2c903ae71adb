package journal

import (
	"testing"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestSeenBy: who was concerned sees what was done; from where is for the eyes
// of who did it and of who owns the camera, and the camera of an offer is not
// named to who gets it.
func TestSeenBy(t *testing.T) {
	ann, bob, eve := store.NewAccountID(), store.NewAccountID(), store.NewAccountID()
	camera := media.NewCameraID()
	entry := func(k Kind, by, other store.AccountID) Entry {
		return Entry{Kind: k, Account: by, Owner: ann, Other: other, Camera: camera, Object: [16]byte{1}, Session: [16]byte{2}, Place: "192.0.2.7"}
	}
	for _, c := range []struct {
		what           string
		e              Entry
		who            store.AccountID
		camera, object bool
		place          bool
	}{
		{"her own offer", entry(Offered, ann, bob), ann, true, true, true},
		{"an offer to him", entry(Offered, ann, bob), bob, false, true, false},
		{"what he declined", entry(Declined, bob, ann), bob, false, true, true},
		{"an offer of hers that was declined", entry(Declined, bob, ann), ann, true, true, true},
		{"a share with him", entry(Granted, ann, bob), bob, true, true, false},
		{"what he watched", entry(Live, bob, store.AccountID{}), bob, true, true, true},
		{"what somebody else got", entry(Granted, ann, bob), eve, false, false, false},
	} {
		got := seenBy(c.e, c.who)
		if !got.Camera.IsZero() != c.camera || (got.Object != [16]byte{}) != c.object || (got.Place != "") != c.place || (got.Session != [16]byte{}) != c.place {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}
