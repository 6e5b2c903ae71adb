package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestExportRows: the address of an export is found by its holder alone, until its time; of too
// many the oldest goes, of the holder's own first; and it ends with session, token and camera.
func TestExportRows(t *testing.T) {
	s := openTest(t)
	ctx := t.Context()
	ann := addAccount(t, s, "Ann")
	door, yard := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard")
	session := func() SessionID {
		one := Session{ID: NewSessionID(), Account: ann, TokenHash: random(32), ScopeHash: random(32), Created: t0, Seen: t0}
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddSession(ctx, one) })
		return one.ID
	}
	program := Token{ID: TokenID(NewSessionID()), Account: ann, Name: "program", TokenHash: random(32), ScopeHash: random(32), Created: t0}
	keys := Principal{ID: PrincipalID(program.ID), Version: 1, Kind: KindToken, Hub: media.HubID{1}, KEMPublic: random(1216), Signature: random(64)}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddToken(ctx, program, keys, nil) })
	now := t0
	add := func(holder SessionID, token TokenID, of media.CameraID) []byte {
		t.Helper()
		now = now.Add(time.Second)
		e := Export{Hash: random(32), Holder: holder, Camera: of, From: t0.Add(time.Nanosecond), To: t0.Add(time.Minute), Speed: 30}
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return tx.AddExport(ctx, e, token, now, now.Add(time.Hour), ExportLimits{Own: 2, All: 4})
		})
		if got, err := s.Export(ctx, e.Hash, holder, now); err != nil || string(got.Hash) != string(e.Hash) || got.Holder != holder || got.Camera != of || !got.From.Equal(e.From) || !got.To.Equal(e.To) || got.Speed != 30 {
			t.Fatalf("%+v, %v", got, err)
		}
		return e.Hash
	}
	there := func(what string, hash []byte, holder SessionID, want bool) {
		t.Helper()
		if _, err := s.Export(ctx, hash, holder, now); want != (err == nil) || err != nil && !errors.Is(err, ErrNoRow) {
			t.Errorf("%s: %v", what, err)
		}
	}
	one, two, none := session(), session(), TokenID{}
	first, second := add(one, none, door), add(one, none, door)
	there("another's", first, two, false)
	third := add(one, none, yard)
	there("the oldest of its own", first, one, false)
	there("the next", second, one, true)
	twos, programs := add(two, none, door), add(SessionID(program.ID), program.ID, door)
	add(SessionID(program.ID), program.ID, door)
	there("the oldest of all", second, one, false)
	there("the next of all", third, one, true)

	update(t, s, func(ctx context.Context, tx *Tx) error {
		return errors.Join(tx.RemoveCamera(ctx, yard, ann, t0), tx.ForgetCamera(ctx, yard))
	})
	there("of a camera that is gone", third, one, false)
	there("a program's", programs, SessionID(program.ID), true)
	update(t, s, func(ctx context.Context, tx *Tx) error { _, err := tx.EndSession(ctx, two, ann); return err })
	there("of a session that ended", twos, two, false)
	late := add(one, none, door)
	now = now.Add(time.Hour)
	there("after its time", late, one, false)
	add(one, none, door)
	var left int
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM export").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d are left, %v", left, err)
	}
}
