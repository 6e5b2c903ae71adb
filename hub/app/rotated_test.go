package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestIncidentAfterReplayedKeys: the database is put back that is older than somebody's
// other keys, than their confirmation by the owner of a camera, or than what the owner
// shares. What is seen of it then by keys that were confirmed is no delivery without a
// grant. By others it is one, and a third is accused in any case.
func TestIncidentAfterReplayedKeys(t *testing.T) {
	const given, rotated, confirmed = 1, 2, 3
	for name, c := range map[string]struct {
		copied, last int // the step after which the database is copied, and the last one
		found        int // of what bob and carl see
		row          journal.Kind
	}{
		"keys and confirmation are newer":   {given, confirmed, 1, journal.Confirmed},
		"the confirmation is newer":         {rotated, confirmed, 1, journal.Confirmed},
		"the grant is newer, and confirmed": {0, confirmed, 1, journal.Granted},
		"the grant is newer, and waits":     {0, rotated, 2, journal.Granted},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, data, copied := t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "lares.db")
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			h := stopped(t, data)
			begun := h.clock.Now().Add(-time.Hour)
			door := inhabit(t, h, "ann")
			ann, bob, carl := ownerOf(t, h, door), ownerOf(t, h, inhabit(t, h, "bob")), ownerOf(t, h, inhabit(t, h, "carl"))
			owner, _, err1 := h.vault.OpenPassword(ctx, ann, "the password of ann")
			old, _, err2 := h.vault.OpenPassword(ctx, bob, "the password of bob")
			next, err3 := h.vault.Next(ctx, bob)
			must(errors.Join(err1, err2, err3))
			share := func(confirmed bool) {
				t.Helper()
				must(h.store.Update(ctx, func(tx *store.Tx) error {
					cam, err := tx.Camera(ctx, door)
					return errors.Join(err, tx.PutGrant(ctx, store.Grant{Camera: door, Account: bob, Actions: 7, HistoryFrom: time.UnixMilli(0), Granted: begun}),
						h.vault.NewEpoch(ctx, tx, cam, vault.Change{Owner: owner, Add: &vault.Member{Principal: bob, Store: true, Confirmed: confirmed}}))
				}))
			}
			must(h.journal.Put(ctx, journal.Entry{Kind: journal.CameraAdded, At: begun, Account: ann, Camera: door, Owner: ann}))
			for step := range c.last + 1 {
				switch step {
				case given:
					must(h.journal.Put(ctx, journal.Entry{Kind: journal.Granted, At: begun, Account: ann, Camera: door, Owner: ann, Other: bob}))
					share(false)
				case rotated:
					must(h.store.Update(ctx, func(tx *store.Tx) error {
						return errors.Join(h.vault.Rotate(ctx, tx, old, next), h.journal.Due(ctx, tx, journal.Entry{Kind: journal.Rotated, Account: bob}))
					}))
				case confirmed:
					share(true)
				}
				if step == c.copied {
					must(h.store.Copy(ctx, copied))
				}
			}
			must(h.close())
			must(os.Rename(copied, filepath.Join(data, "lares.db")))

			h = stopped(t, data)
			defer h.close()
			for i, who := range []store.AccountID{bob, carl} {
				// later than what the check grants between a right's end and a delivery
				must(h.journal.Put(ctx, journal.Entry{Kind: journal.Clip, At: h.clock.Now().Add(time.Hour), Account: who, Session: [16]byte{byte(i + 1)}, Camera: door, Owner: ann, Object: media.NewClipID()}))
			}
			found, err := h.journal.Check(ctx, journal.CheckQuery{Since: begun, Until: h.clock.Now().Add(2 * time.Hour), Whole: true})
			must(err)
			if n := len(found.WithoutGrant); n != c.found || found.WithoutGrant[n-1].Account != carl {
				t.Errorf("found %+v, want %d", found.WithoutGrant, c.found)
			}
			page, err := h.journal.List(ctx, journal.Query{Account: ann, Kind: c.row, Limit: 10})
			must(err)
			if len(page.Entries) != 1 || page.Entries[0].Other != bob || page.Entries[0].Detail["why"] != "keyring" {
				t.Errorf("rows of %s: %+v", c.row, page.Entries)
			}
			if waits := page.Entries[0].Detail["waits"] == true; waits != (c.found == 2) {
				t.Errorf("the row: %+v", page.Entries[0])
			}
		})
	}
}
