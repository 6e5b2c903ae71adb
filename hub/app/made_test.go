package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestIncidentAfterMadeCamera: a camera that the database does not have is made
// of the keyring, by a repair or beside an older database. What its owner watches
// then is no delivery without a grant; what somebody else does is one.
func TestIncidentAfterMadeCamera(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, data, copied string) error{
		"repaired": func(t *testing.T, data, _ string) error {
			if err := os.WriteFile(filepath.Join(data, "lares.db"), []byte("damaged"), 0o600); err != nil {
				return err
			}
			return repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, io.Discard, io.Discard)
		},
		"put back": func(_ *testing.T, data, copied string) error {
			return os.Rename(copied, filepath.Join(data, "lares.db"))
		},
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
			ann := ownerOf(t, h, door)
			must(h.journal.Put(ctx, journal.Entry{Kind: journal.CameraAdded, At: begun, Account: ann, Camera: door, Owner: ann}))
			must(errors.Join(h.copyNow(ctx, h.pools[0], h.clock.Now()), h.store.Copy(ctx, copied)))
			late := inhabit(t, h, "bob") // newer than the copies
			bob := ownerOf(t, h, late)
			must(h.journal.Put(ctx, journal.Entry{Kind: journal.CameraAdded, Account: bob, Camera: late, Owner: bob}))
			inhabit(t, h, "carl")
			must(h.close())
			must(lose(t, data, copied))

			h = stopped(t, data)
			defer h.close()
			if got := ownerOf(t, h, late); got != bob {
				t.Fatalf("the camera is %v's", got)
			}
			for i, who := range []store.AccountID{bob, ann} {
				session := [16]byte(media.NewClipID())
				must(h.journal.Put(ctx, journal.Entry{Kind: journal.Clip, Account: who, Session: session, Camera: late, Owner: bob, Object: media.NewClipID()}))
				c, err := h.journal.Check(ctx, journal.CheckQuery{Since: begun, Until: h.clock.Now().Add(time.Minute), Whole: true})
				must(err)
				if len(c.WithoutGrant) != i || i > 0 && c.WithoutGrant[0].Account != ann {
					t.Errorf("found %+v, want %d", c.WithoutGrant, i)
				}
			}
		})
	}
}

// TestIncidentAfterCutGrant: a hub was killed when the keyring had a grant, or its
// end, and the database not yet. The next start gives and takes it, and the journal
// says so: who sees the camera then by that grant is accused of nothing, and a third
// is.
func TestIncidentAfterCutGrant(t *testing.T) {
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
	must(h.journal.Put(ctx, journal.Entry{Kind: journal.CameraAdded, At: begun, Account: ann, Camera: door, Owner: ann}))
	must(h.store.Copy(ctx, copied))
	opened, _, err := h.vault.OpenPassword(ctx, ann, "the password of ann")
	must(err)
	must(h.store.Update(ctx, func(tx *store.Tx) error {
		cam, err := tx.Camera(ctx, door)
		g := store.Grant{Camera: door, Account: bob, Actions: 7, HistoryFrom: time.UnixMilli(0), Granted: h.clock.Now()}
		return errors.Join(err, tx.PutGrant(ctx, g),
			h.vault.NewEpoch(ctx, tx, cam, vault.Change{Owner: opened, Add: &vault.Member{Principal: bob, Store: true}}))
	}))
	must(h.close())
	must(os.Rename(copied, filepath.Join(data, "lares.db")))
	h = stopped(t, data)
	defer h.close()
	for i, who := range []store.AccountID{bob, carl} {
		must(h.journal.Put(ctx, journal.Entry{Kind: journal.Clip, Account: who, Session: [16]byte{byte(i + 1)}, Camera: door, Owner: ann, Object: media.NewClipID()}))
		c, err := h.journal.Check(ctx, journal.CheckQuery{Since: begun, Until: h.clock.Now().Add(time.Minute), Whole: true})
		must(err)
		if len(c.WithoutGrant) != i || i > 0 && c.WithoutGrant[0].Account != carl {
			t.Errorf("found %+v, want %d", c.WithoutGrant, i)
		}
	}
}

// TestToldAfterCutRotation: a start that finishes a change of keys says so, in the
// journal, to the account and to all who share with it, once.
func TestToldAfterCutRotation(t *testing.T) {
	for name, console := range map[string]bool{"because somebody may know it": false, "on the console": true} {
		t.Run(name, func(t *testing.T) {
			ctx, data, copied := t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "lares.db")
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			h := stopped(t, data)
			door := inhabit(t, h, "ann")
			ann, bob := ownerOf(t, h, door), ownerOf(t, h, inhabit(t, h, "bob"))
			old, _, err := h.vault.OpenPassword(ctx, ann, "the password of ann")
			must(err)
			must(h.store.Update(ctx, func(tx *store.Tx) error {
				cam, err := tx.Camera(ctx, door)
				return errors.Join(err, tx.PutGrant(ctx, store.Grant{Camera: door, Account: bob, Actions: 1, Granted: h.clock.Now()}),
					h.vault.NewEpoch(ctx, tx, cam, vault.Change{Owner: old, Add: &vault.Member{Principal: bob}}))
			}))
			must(h.store.Copy(ctx, copied))
			next, err := h.vault.Next(ctx, ann)
			must(err)
			row, err := h.store.Account(ctx, ann)
			must(err)
			renewed, err := h.vault.Renew(ctx, row, "another password")
			must(err)
			must(h.store.Update(ctx, func(tx *store.Tx) error {
				if console {
					_, err := h.vault.PutRenewed(ctx, tx, renewed)
					return err
				}
				return h.vault.Rotate(ctx, tx, old, next)
			}))
			must(h.close())
			must(os.Rename(copied, filepath.Join(data, "lares.db")))
			want := [2]journal.NoticeKind{journal.NoticeRotationFinished, journal.NoticeRotated}
			kind, who := journal.Rotated, func(e journal.Entry) store.AccountID { return e.Account }
			if console {
				want = [2]journal.NoticeKind{journal.NoticeRecovered, journal.NoticeRecovered}
				kind, who = journal.Recovered, func(e journal.Entry) store.AccountID { return e.Other }
			}
			for start := range 2 {
				h = stopped(t, data)
				for i, id := range []store.AccountID{ann, bob} {
					told, err := h.store.Notices(ctx, id, 10)
					must(err)
					if len(told) != 1 || told[0].Kind != string(want[i]) {
						t.Errorf("account %d is told %+v, want %s", i, told, want[i])
					}
				}
				page, err := h.journal.List(ctx, journal.Query{Account: ann, Kind: kind, Limit: 10})
				must(err)
				if start > 0 && (len(page.Entries) != 1 || who(page.Entries[0]) != ann) { // chained by then
					t.Errorf("rows: %+v", page.Entries)
				}
				must(h.close())
			}
		})
	}
}

func ownerOf(t *testing.T, h *house, camera media.CameraID) store.AccountID {
	t.Helper()
	c, err := h.store.Camera(t.Context(), camera)
	if err != nil {
		t.Fatal(err)
	}
	return c.Owner
}
