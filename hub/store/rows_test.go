package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder"
)

var _ recorder.Index = (*Store)(nil)

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

var t0 = time.Date(2026, 3, 1, 18, 3, 12, 345_000_000, time.UTC)

const history, audio = 1 << 2, 1 << 1

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func update(t *testing.T, s *Store, f func(ctx context.Context, tx *Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func addAccount(t *testing.T, s *Store, name string) AccountID {
	t.Helper()
	a := Account{ID: NewAccountID(), Name: name, NameKey: strings.ToLower(name), Version: 1, Created: t0}
	p := Principal{ID: a.ID, Version: 1, Kind: KindAccount, Hub: media.HubID{1}, KEMPublic: random(1216), SignPublic: random(32), Signature: random(64)}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddAccount(ctx, a, p) })
	return a.ID
}

func addCamera(t *testing.T, s *Store, owner AccountID, name string) media.CameraID {
	t.Helper()
	c := Camera{ID: media.NewCameraID(), Owner: owner, Name: name, Access: random(80), Added: t0}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddCamera(ctx, c) })
	return c.ID
}

func TestAccountRows(t *testing.T) {
	s := openTest(t)
	a := Account{ID: NewAccountID(), Name: "Ann", NameKey: "ann", Operator: true, Version: 1, Created: t0}
	p := Principal{ID: a.ID, Version: 1, Kind: KindAccount, Hub: media.HubID{1}, KEMPublic: random(1216), SignPublic: random(32), Signature: random(64)}
	if any, err := s.AnyAccount(t.Context()); err != nil || any {
		t.Errorf("an empty hub has an account: %v %v", any, err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.AddFirstAccount(ctx, a, p) })
	got, err := s.AccountByName(t.Context(), "ann")
	if err != nil || got != a {
		t.Errorf("got %+v, %v", got, err)
	}
	keys, err := s.NewestPrincipal(t.Context(), a.ID)
	if err != nil || !bytes.Equal(keys.KEMPublic, p.KEMPublic) || !bytes.Equal(keys.Signature, p.Signature) {
		t.Errorf("keys %v", err)
	}
	b := a
	b.ID, p.ID = NewAccountID(), NewAccountID()
	for name, add := range map[string]func(*Tx) error{
		"first": func(tx *Tx) error {
			return tx.AddFirstAccount(t.Context(), Account{ID: b.ID, NameKey: "bob", Version: 1}, p)
		},
		"same": func(tx *Tx) error { return tx.AddAccount(t.Context(), b, p) },
	} {
		if err := s.Update(t.Context(), add); !errors.Is(err, ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSessionEndsTakeTheirWraps(t *testing.T) {
	s := openTest(t)
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	alive := Lifetime{Created: t0.Add(-time.Hour), Seen: t0.Add(-time.Minute)}
	add := func(account AccountID, created time.Time) Session {
		x := Session{ID: NewSessionID(), Account: account, TokenHash: random(32), ScopeHash: random(32), Created: created, Seen: t0}
		w := Wrap{ID: NewWrapID(), Account: account, Version: 1, Kind: WrapSession, Session: x.ID, Salt: random(16), Sealed: random(48), Created: t0}
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return errors.Join(tx.AddSession(ctx, x), tx.AddWrap(ctx, w))
		})
		return x
	}
	there := func(x Session) bool {
		_, err := s.SessionByToken(t.Context(), x.TokenHash, alive)
		_, wrapErr := s.SessionWrap(t.Context(), x.ID, x.Account)
		if (err == nil) != (wrapErr == nil) {
			t.Errorf("session %v, wrap %v", err, wrapErr)
		}
		return err == nil
	}
	one, two, other := add(ann, t0), add(ann, t0), add(bob, t0)
	if !there(one) || !there(two) || !there(other) {
		t.Fatal("a session is missing")
	}
	if _, err := s.SessionWrap(t.Context(), one.ID, bob); !errors.Is(err, ErrNoRow) {
		t.Errorf("another account's wrap by session: %v", err)
	}
	end := func(f func(tx *Tx) (bool, error)) (had bool) {
		update(t, s, func(_ context.Context, tx *Tx) (err error) { had, err = f(tx); return err })
		return had
	}
	if end(func(tx *Tx) (bool, error) { return tx.EndSession(t.Context(), one.ID, bob) }) || !there(one) {
		t.Error("another account ended a session")
	}
	if had := end(func(tx *Tx) (bool, error) {
		ids, err := tx.EndOtherSessions(t.Context(), ann, two.ID)
		return slices.Equal(ids, []SessionID{one.ID}), err
	}); !had || there(one) || !there(two) || !there(other) {
		t.Error("wrong sessions ended, or others reported")
	}
	old := add(bob, t0.Add(-2*time.Hour))
	if _, err := s.SessionByToken(t.Context(), old.TokenHash, alive); !errors.Is(err, ErrNoRow) {
		t.Errorf("an old session lives: %v", err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.EndOldSessions(ctx, alive) })
	if there(old) || !there(other) {
		t.Error("wrong sessions aged out")
	}
}

func TestEpochRows(t *testing.T) {
	s := openTest(t)
	ann := addAccount(t, s, "ann")
	cam := addCamera(t, s, ann, "a")
	var kids []media.KeyID
	for i := range uint32(3) {
		e := Epoch{Camera: cam, Ordinal: i + 1, LiveKID: media.KeyID(random(16)), StoreKID: media.KeyID(random(16)), Record: random(100), Since: t0}
		kids = append(kids, e.StoreKID)
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return tx.AddEpoch(ctx, e, []EpochWrap{{KID: e.StoreKID, Principal: ann, Version: 1, Camera: cam, Part: seal.Store, Sealed: random(1168)}})
		})
		for _, kid := range []media.KeyID{e.LiveKID, e.StoreKID} {
			if got, err := s.EpochByKID(t.Context(), kid); err != nil || got.Ordinal != e.Ordinal || !bytes.Equal(got.Record, e.Record) {
				t.Errorf("by kid: %+v, %v", got.Ordinal, err)
			}
		}
	}
	if got, err := s.NewestEpoch(t.Context(), cam); err != nil || got.Ordinal != 3 {
		t.Errorf("newest: %d, %v", got.Ordinal, err)
	}
	if got, err := s.NewestOrdinals(t.Context()); err != nil || len(got) != 1 || got[cam] != 3 {
		t.Errorf("newest of all cameras: %v, %v", got, err)
	}
	if w, err := s.EpochWrap(t.Context(), kids[1], ann); err != nil || w.Part != seal.Store || w.Camera != cam {
		t.Errorf("wrap: %+v, %v", w, err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveEpochWraps(ctx, cam, ann) })
	if ws, err := s.EpochWraps(t.Context(), cam, ann); err != nil || len(ws) != 0 {
		t.Errorf("%d wraps left, %v", len(ws), err)
	}
}

func TestRemovedCamera(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	ann, bob := addAccount(t, s, "ann"), addAccount(t, s, "bob")
	cam := addCamera(t, s, ann, "a")
	if err := s.Update(ctx, func(tx *Tx) error { return tx.RemoveCamera(ctx, cam, bob, t0) }); !errors.Is(err, ErrNoRow) {
		t.Errorf("another account removed a camera: %v", err)
	}
	c := clipRow(cam, t0)
	if err := s.ClipOpened(ctx, c); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, cam, ann, t0) })
	if _, err := s.Camera(ctx, cam); !errors.Is(err, ErrNoRow) {
		t.Errorf("a removed camera is in use: %v", err)
	}
	if got, err := s.RemovedCameras(ctx); err != nil || len(got) != 1 || got[0].ID != cam {
		t.Errorf("to be erased: %v, %v", got, err)
	}
	if got, err := s.Clips(ctx, recorder.ClipQuery{Camera: cam}); err != nil || len(got) != 1 {
		t.Errorf("the clips to erase: %d, %v", len(got), err)
	}
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.ForgetCamera(ctx, cam) })
	if got, err := s.RemovedCameras(ctx); err != nil || len(got) != 0 {
		t.Errorf("still to be erased: %v, %v", got, err)
	}
}
