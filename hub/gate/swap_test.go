package gate

import (
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
)

// TestSwappedRows is VAULT §8 test 4, as the swapper lives it: eve may write any
// row of the database and holds an account of her own. She swaps a member's
// keys, an epoch's key, a wrap, the owner; then the hub bumps and records. With
// lock 1 switched off she opens nothing, and each swap is counted within a
// second of its first use.
func TestSwappedRows(t *testing.T) {
	for name, swap := range map[string]func(r *rig, cam media.CameraID, ann, bob, eve account.Caller){
		"a member's public keys": func(r *rig, _ media.CameraID, _, bob, eve account.Caller) {
			r.sql("UPDATE principal SET (kem_public, sign_public, signature) = (SELECT kem_public, sign_public, signature FROM principal WHERE id = ?) WHERE id = ?", eve.Account[:], bob.Account[:])
		},
		"an epoch's public key": func(r *rig, cam media.CameraID, _, _, _ account.Caller) {
			mine, err := seal.GenerateKey()
			r.must(err)
			e, err := r.store.NewestEpoch(r.t.Context(), cam)
			r.must(err)
			old, _, err := r.vault.StoreKey(r.t.Context(), cam)
			r.must(err)
			kid := seal.KID(cam, seal.Store, mine.Public())
			forged := replaced(replaced(e.Record, old.Bytes(), mine.Public().Bytes()), e.StoreKID[:], kid[:])
			r.sql("UPDATE epoch SET record = ?, store_kid = ? WHERE store_kid = ?", forged, kid[:], e.StoreKID[:])
		},
		"a wrap of hers for a key of the camera": func(r *rig, cam media.CameraID, _, bob, eve account.Caller) {
			r.sql("UPDATE epoch_wrap SET principal = ? WHERE principal = ? AND camera = ?", eve.Account[:], bob.Account[:], cam[:])
		},
		"the owner": func(r *rig, cam media.CameraID, _, _, eve account.Caller) {
			r.sql("UPDATE camera SET owner = ? WHERE id = ?", eve.Account[:], cam[:])
		},
		"a grant for her": func(r *rig, cam media.CameraID, _, _, eve account.Caller) {
			r.sql("INSERT INTO grants (camera, account, actions, history_from_ms, granted_ms) VALUES (?, ?, 2047, 0, 0)", cam[:], eve.Account[:])
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ctx := t.Context()
			ann, bob, carol, eve := r.person("ann"), r.person("bob"), r.person("carol"), r.person("eve")
			cam := r.camera(ann, "door")
			for _, c := range []account.Caller{bob, carol} {
				r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: c.Account, Actions: []Action{Live, History}, History: FromStart}))
			}
			before, _ := r.record(cam)
			clips := []media.ClipID{before}
			r.clock.Advance(bumpEvery)
			swap(r, cam, ann, bob, eve)

			// Bump and record: with the owner, by the hub alone, and by whoever
			// the rows now name; then everybody opens what they can.
			var alarm time.Duration
			var said []error
			for _, step := range []func() error{
				func() error { return r.Revoke(ctx, ann, cam, carol.Account) },
				func() error { r.overdue(cam); r.clock.Advance(bumpEvery); return r.renewed() },
				func() error {
					return r.Grant(ctx, eve, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live}})
				},
				func() error { _, _, err := r.vault.NewRun(ctx, cam); return err },
				func() error {
					if _, _, err := r.vault.StoreKey(ctx, cam); err != nil {
						return err
					}
					after, _ := r.record(cam)
					clips = append(clips, after)
					return nil
				},
				func() error { _, err := r.openClip(ctx, eve.Proof(), r.file(cam, before)); return err },
				func() error { _, err := r.openClip(ctx, bob.Proof(), r.file(cam, before)); return err },
			} {
				began := time.Now()
				said = append(said, step())
				if alarm == 0 && len(r.Refused()) > 0 {
					alarm = time.Since(began)
				}
			}
			for _, id := range clips {
				if _, err := r.openClip(ctx, eve.Proof(), r.file(cam, id)); err == nil {
					t.Error("eve opens a clip")
				}
			}
			if name == "a grant for her" { // lock 1 says yes: nothing is crossed, and nothing opens
				return
			}
			if alarm == 0 || alarm > time.Second {
				t.Errorf("alarmed after %v; %v", alarm, said)
			}
		})
	}
}

// replaced is b with the bytes of one place changed.
func replaced(b, old, new []byte) []byte {
	out := append([]byte(nil), b...)
	for i := 0; i+len(old) <= len(out); i++ {
		if string(out[i:i+len(old)]) == string(old) {
			copy(out[i:], new)
			return out
		}
	}
	panic("not there")
}

// TestOwnerAbsent: what only takes away, the hub signs alone: a grant that ran
// out, and a member whose account is gone. It can add nobody.
func TestOwnerAbsent(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, carol, dave := r.person("ann"), r.person("bob"), r.person("carol"), r.person("dave")
	cam := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{Live, History}, Expires: t0.Add(time.Hour)}))
	for _, c := range []account.Caller{carol, dave} {
		r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: c.Account, Actions: []Action{Live, History}}))
	}
	members := func(want ...account.Caller) {
		t.Helper()
		ids, err := r.vault.Members(ctx, cam)
		r.must(err)
		if len(ids) != len(want) {
			t.Errorf("%d members, want %d", len(ids), len(want))
		}
		for _, c := range want {
			clip, _ := r.record(cam)
			if _, err := r.openClip(ctx, c.Proof(), r.file(cam, clip)); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	}
	members(ann, bob, carol, dave)
	r.clock.Advance(time.Hour)
	r.must(errors.Join(r.expire(ctx, r.clock.Now()), r.renewed()))
	members(ann, carol, dave)

	// Carol's account goes with all its rows.
	r.sql("DELETE FROM grants WHERE account = ?", carol.Account[:])
	r.sql("DELETE FROM epoch_wrap WHERE principal = ?", carol.Account[:])
	r.sql("DELETE FROM principal WHERE id = ?", carol.Account[:])
	late, _ := r.record(cam)
	if _, err := r.openClip(ctx, carol.Proof(), r.file(cam, late)); err == nil {
		t.Error("a wrap is left")
	}
	r.must(errors.Join(r.survey(ctx, r.clock.Advance(bumpEvery)), r.renewed()))
	members(ann, dave)

	// A row in SQL adds nobody: who holds keys follows from the record.
	r.sql("INSERT INTO grants (camera, account, actions, history_from_ms, granted_ms) VALUES (?, ?, 5, 0, 0)", cam[:], bob.Account[:])
	r.overdue(cam)
	r.clock.Advance(bumpEvery)
	r.must(r.renewed())
	members(ann, dave)
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("refused %v", n)
	}
}

// TestCoalesced: many takings make one epoch each ten seconds, signed by the
// owner when the first comes, and the keys are gone at once all the same.
func TestCoalesced(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	var people []account.Caller
	for i := range 6 {
		c := r.person(string(rune('b' + i)))
		people = append(people, c)
		r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: c.Account, Actions: []Action{Live, History}}))
	}
	clip, _ := r.record(cam)
	ordinal := func() uint32 {
		e, err := r.store.NewestEpoch(ctx, cam)
		r.must(err)
		return e.Ordinal
	}
	first := ordinal()
	r.clock.Advance(bumpEvery)
	for i, c := range people {
		r.must(r.Revoke(ctx, ann, cam, c.Account))
		if _, err := r.openClip(ctx, c.Proof(), r.file(cam, clip)); err == nil {
			t.Errorf("%d: a wrap is left", i)
		}
		if want := first + 1; ordinal() != want {
			t.Errorf("epoch %d after %d takings, want %d", ordinal(), i+1, want)
		}
		r.clock.Advance(time.Second)
		r.must(r.renewed())
	}
	r.rekeyed = nil
	for range 10 {
		r.clock.Advance(time.Second)
		r.must(r.renewed())
	}
	if ordinal() != first+2 || len(r.rekeyed) != 1 {
		t.Errorf("epoch %d, %d times rekeyed, want %d and 1", ordinal(), len(r.rekeyed), first+2)
	}
	if ids, err := r.vault.Members(ctx, cam); err != nil || len(ids) != 1 {
		t.Errorf("members %v, %v", ids, err)
	}
	later, _ := r.record(cam)
	if _, err := r.play(ann, cam, later, ThumbnailPart()); err != nil {
		t.Error(err)
	}
}

// TestSwappedOwner: a camera whose row was given to somebody else is nobody's, is
// counted, and hides none of the cameras of that account.
func TestSwappedOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, eve := r.person("ann"), r.person("eve")
	cam, own := r.camera(ann, "door"), r.camera(eve, "gate")
	r.sql("UPDATE camera SET owner = ? WHERE id = ?", eve.Account[:], cam[:])
	counted := func() uint64 { return r.vault.Refusals().Snapshot()["camera access"] }
	before := counted()
	list, err := r.Cameras(t.Context(), eve)
	r.must(err)
	if len(list) != 1 || list[0].ID != own {
		t.Errorf("eve has %d cameras: %v", len(list), list)
	}
	if _, err := r.Camera(t.Context(), eve, cam); !errors.Is(err, ErrNotFound) {
		t.Errorf("the camera itself: %v", err)
	}
	if n := counted() - before; n < 2 {
		t.Errorf("counted %d times", n)
	}
}
