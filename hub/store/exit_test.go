package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestExits: an exit is read as it was written, one of a kind for a camera; it is open
// while its account owns the camera and nothing is locked down, and it ends with the
// camera, and with whatever ends all of its account's or of the hub.
func TestExits(t *testing.T) {
	s := openTest(t)
	ctx := t.Context()
	ann, bob := addAccount(t, s, "Ann"), addAccount(t, s, "Bob")
	door, yard, shed := addCamera(t, s, ann, "door"), addCamera(t, s, ann, "yard"), addCamera(t, s, bob, "shed")
	put := func(camera media.CameraID, account AccountID, at time.Time) Exit {
		t.Helper()
		e := Exit{ID: NewExitID(), Camera: camera, Account: account, Kind: ExitDetector, Sealed: random(80), Since: at}
		update(t, s, func(ctx context.Context, tx *Tx) error { return tx.PutExit(ctx, e) })
		return e
	}
	is := func(want ...Exit) {
		t.Helper()
		all, err := s.Exits(ctx)
		if err != nil || len(all) != len(want) {
			t.Fatalf("%d exits, want %d; %v", len(all), len(want), err)
		}
		for i, e := range all {
			one, err := s.Exit(ctx, e.Camera, e.Kind)
			if err != nil || one.ID != e.ID || e.ID != want[i].ID || e.Camera != want[i].Camera || e.Account != want[i].Account || string(e.Sealed) != string(want[i].Sealed) || !e.Since.Equal(want[i].Since) {
				t.Errorf("%+v, alone %+v, want %+v; %v", e, one, want[i], err)
			}
		}
	}
	open := func(camera media.CameraID, want bool) {
		t.Helper()
		e, err := s.OpenExit(ctx, camera, ExitDetector)
		if want != (err == nil) || err != nil && !errors.Is(err, ErrNoRow) || err == nil && e.Camera != camera {
			t.Errorf("%+v, %v; want it open: %v", e, err, want)
		}
	}
	is()
	if _, err := s.Exit(ctx, door, ExitDetector); !errors.Is(err, ErrNoRow) {
		t.Errorf("none: %v", err)
	}
	first := put(door, ann, t0)
	is(first)
	doors := put(door, ann, t0.Add(time.Hour))
	yards, sheds := put(yard, ann, t0.Add(2*time.Hour)), put(shed, bob, t0.Add(3*time.Hour))
	is(doors, yards, sheds)
	if of, err := s.ExitsOf(ctx, ann); err != nil || len(of) != 2 || of[0].ID != doors.ID || of[1].ID != yards.ID {
		t.Errorf("Ann's: %+v, %v", of, err)
	}
	open(door, true)
	open(shed, true)
	long := doors
	long.Sealed = random(4097)
	if err := s.Update(ctx, func(tx *Tx) error { return tx.PutExit(ctx, long) }); err == nil {
		t.Error("more than 4 KiB are kept")
	}
	other := doors
	other.ID, other.Kind = NewExitID(), "mail"
	if err := s.Update(ctx, func(tx *Tx) error { return tx.PutExit(ctx, other) }); err == nil {
		t.Error("a kind that there is not is kept")
	}

	lock := func(account AccountID) {
		t.Helper()
		update(t, s, func(ctx context.Context, tx *Tx) error {
			return tx.PutLockdown(ctx, Lockdown{Account: account, Maker: ann, Session: NewSessionID(), Since: t0})
		})
	}
	lift := func(account AccountID) {
		t.Helper()
		update(t, s, func(ctx context.Context, tx *Tx) error { _, err := tx.RemoveLockdown(ctx, account); return err })
	}
	lock(ann)
	open(door, false)
	open(shed, true)
	lift(ann)
	open(door, true)
	lock(WholeHub())
	open(door, false)
	open(shed, false)
	lift(WholeHub())
	open(shed, true)
	foreign := put(shed, ann, t0.Add(3*time.Hour)) // whatever wrote it
	open(shed, false)
	is(doors, yards, foreign)

	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveExit(ctx, shed, ExitDetector) })
	if err := s.Update(ctx, func(tx *Tx) error { return tx.RemoveExit(ctx, shed, ExitDetector) }); !errors.Is(err, ErrNoRow) {
		t.Errorf("removed twice: %v", err)
	}
	is(doors, yards)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RemoveCamera(ctx, door, ann, t0) })
	is(yards)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.RetireCamera(ctx, yard, ann, t0, random(80)) })
	is()
	put(shed, bob, t0)
	barn := put(addCamera(t, s, ann, "barn"), ann, t0.Add(time.Hour))
	update(t, s, func(ctx context.Context, tx *Tx) error {
		n, err := tx.EndExitsOf(ctx, bob)
		if n != 1 {
			t.Errorf("%d of Bob's ended", n)
		}
		return err
	})
	is(barn)
	put(shed, bob, t0)
	update(t, s, func(ctx context.Context, tx *Tx) error { return tx.EndExits(ctx) })
	is()
}
