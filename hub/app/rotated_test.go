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

// TestIncidentAfterReplayedConfirmation: the database is put back that is older than
// somebody's other keys, or than their confirmation by the owner of a camera. What is
// seen of it then, by keys that were confirmed, is no delivery without a grant; and a
// third is accused.
func TestIncidentAfterReplayedConfirmation(t *testing.T) {
	for name, late := range map[string]bool{"both are newer": false, "the confirmation is newer": true} {
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
			must(h.journal.Put(ctx, journal.Entry{Kind: journal.Granted, At: begun, Account: ann, Camera: door, Owner: ann, Other: bob}))
			share(false)
			rotate := func() {
				t.Helper()
				must(h.store.Update(ctx, func(tx *store.Tx) error {
					return errors.Join(h.vault.Rotate(ctx, tx, old, next), h.journal.Due(ctx, tx, journal.Entry{Kind: journal.Rotated, Account: bob}))
				}))
			}
			if late {
				rotate()
				must(h.store.Copy(ctx, copied))
			} else {
				must(h.store.Copy(ctx, copied))
				rotate()
			}
			share(true)
			must(h.close())
			must(os.Rename(copied, filepath.Join(data, "lares.db")))

			h = stopped(t, data)
			defer h.close()
			for i, who := range []store.AccountID{bob, carl} {
				// later than what the check grants between a right's end and a delivery
				must(h.journal.Put(ctx, journal.Entry{Kind: journal.Clip, At: h.clock.Now().Add(time.Hour), Account: who, Session: [16]byte{byte(i + 1)}, Camera: door, Owner: ann, Object: media.NewClipID()}))
				c, err := h.journal.Check(ctx, journal.CheckQuery{Since: begun, Until: h.clock.Now().Add(2 * time.Hour), Whole: true})
				must(err)
				if len(c.WithoutGrant) != i || i > 0 && c.WithoutGrant[0].Account != carl {
					t.Errorf("found %+v, want %d", c.WithoutGrant, i)
				}
			}
			page, err := h.journal.List(ctx, journal.Query{Account: ann, Kind: journal.Confirmed, Limit: 10})
			must(err)
			if len(page.Entries) != 1 || page.Entries[0].Other != bob || page.Entries[0].Detail["why"] != "keyring" {
				t.Errorf("rows of the confirmation: %+v", page.Entries)
			}
		})
	}
}
