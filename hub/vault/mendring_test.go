package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lares/hub/store"
)

// damage changes the keyring of a hub that is closed, and returns its bytes.
func (r *rig) damage(change func(b []byte) []byte) []byte {
	r.t.Helper()
	r.close()
	path := filepath.Join(r.pool, KeyringName)
	b, err := os.ReadFile(path)
	r.must(err)
	b = change(bytes.Clone(b))
	r.must(os.WriteFile(path, b, 0o600))
	return b
}

// repairRing is `lares repair` on a database that is whole or, without one, empty.
func (r *rig) repairRing(repair func(c Config) (Replayed, error)) error {
	r.t.Helper()
	s, err := store.Open(r.t.Context(), store.Options{Path: r.db()})
	r.must(err)
	_, err = repair(Config{Dir: r.dir, Pools: []string{r.pool}, Store: s, Clock: r.clock, Log: discard()})
	return errors.Join(err, s.Close())
}

func (r *rig) mended() error {
	return r.repairRing(func(c Config) (Replayed, error) { return RepairRing(r.t.Context(), c) })
}

// aside are the damaged keyrings that were put aside.
func (r *rig) aside() (found []string) {
	r.t.Helper()
	names, err := filepath.Glob(filepath.Join(r.pool, KeyringName+DamagedSuffix+"*"))
	r.must(err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		r.must(err)
		found = append(found, string(b))
	}
	return found
}

// TestRepairDamagedRing: wherever a keyring is damaged, the hub does not start and
// names the repair, and that puts the file aside as it was and writes another: nothing
// stored opens before it is confirmed, then the owner opens everything; what is shared
// waits for the owner, who is asked once, and opens after that; the new keyring alone
// is enough again.
func TestRepairDamagedRing(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	for name, change := range map[string]func([]byte) []byte{
		"the magic":                flip(3),
		"the hub in the header":    flip(len(ringMagic) + 2),
		"the first record":         flip(ringHeader + entryHead + 4),
		"in the middle":            func(b []byte) []byte { return flip(len(b) / 2)(b) },
		"a sector in the middle":   func(b []byte) []byte { clear(b[len(b)/2:][:512]); return b },
		"everything but the first": func(b []byte) []byte { clear(b[ringHeader:]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			r.share(cam, ann, bob)
			_, old := r.kids(cam)
			was := r.damage(change)
			if err := r.open(); !errors.Is(err, errRing) || !strings.Contains(err.Error(), "lares repair") {
				t.Fatalf("started: %v", err)
			}
			r.close()
			if state, err := Rings(t.Context(), r.dir, []string{r.pool}, nil); err != nil || state != RingDamaged {
				t.Fatalf("%v, %v", state, err)
			}
			r.must(r.mended())
			if got := r.aside(); len(got) != 1 || got[0] != string(was) {
				t.Errorf("%d files are aside, or another one", len(got))
			}
			if state, err := Rings(t.Context(), r.dir, []string{r.pool}, nil); err != nil || state != RingWhole {
				t.Errorf("after it: %v, %v", state, err)
			}
			r.must(r.open())
			a, err := r.signIn(ann, password("ann"))
			r.must(err)
			if !r.rolledBack() {
				t.Error("nobody has to confirm")
			}
			if got := r.opensAll(a, cam, old); got[0] {
				t.Error("opens before it is confirmed")
			}
			r.must(r.vault.Confirmed(t.Context()))
			_, now := r.kids(cam)
			want(t, "the owner", r.opensAll(a, cam, old, now), true, true)
			b, err := r.signIn(bob, password("bob"))
			r.must(err)
			want(t, "whom it is shared with, waiting", r.opensAll(b, cam, old, now), false, false)
			members, err := r.vault.Members(t.Context(), cam.ID)
			r.must(err)
			g, err := r.store.Grant(t.Context(), cam.ID, bob.ID())
			if err != nil || !g.Unconfirmed || r.wraps(cam, bob) != 0 || slices.Contains(members, bob.ID()) {
				t.Errorf("the grant %+v, %v; %d keys, members %v", g, err, r.wraps(cam, bob), members)
			}
			notices, err := r.store.Notices(t.Context(), ann.ID(), 10)
			if err != nil || len(notices) != 1 || notices[0].Kind != store.NoticeUnconfirmed {
				t.Errorf("the owner is told %+v, %v", notices, err)
			}
			list, err := r.vault.Altered(t.Context())
			if err != nil || len(list) != 1 || list[0].Kind != AlteredGranted || !list[0].Waits || list[0].Owner != ann.ID() {
				t.Errorf("the journal is told %+v, %v", list, err)
			}
			r.confirm(cam, person{OpenedAccount: a}, bob)
			_, now = r.kids(cam)
			want(t, "confirmed", r.opensAll(b, cam, old, now), true, true)

			r.close()
			for _, end := range []string{"", "-wal", "-shm"} {
				os.Remove(r.db() + end)
			}
			r.must(r.repairRing(func(c Config) (Replayed, error) { return Repair(t.Context(), c) }))
			r.must(r.open())
			a, err = r.signIn(ann, password("ann"))
			r.must(err)
			want(t, "the owner, of the keyring alone", r.opensAll(a, cam, old, now), true, true)
		})
	}
}

// TestRepairDamagedRingOfOldDatabase: the database is older too, and what was revoked
// since is unknown with it, or stands behind the damage: nobody but the owner holds a
// key, and what is whole before the damage counts.
func TestRepairDamagedRingOfOldDatabase(t *testing.T) {
	for name, gone := range map[string]bool{"an older database": false, "no database": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			r.share(cam, ann, bob)
			week := r.copyDB()
			carl := r.account("carl")
			r.share(cam, ann, carl)
			_, old := r.kids(cam)
			at := len(r.ring())
			r.revoke(cam, bob)
			r.revoke(cam, carl)
			r.damage(func(b []byte) []byte { b[at+entryHead+4] ^= 1; return b })
			for _, end := range []string{"", "-wal", "-shm"} {
				os.Remove(r.db() + end)
			}
			if !gone {
				b, err := os.ReadFile(week)
				r.must(err)
				r.must(os.WriteFile(r.db(), b, 0o600))
			}
			r.must(r.mended())
			r.must(r.open())
			r.must(r.vault.Confirmed(t.Context()))
			for _, who := range []person{bob, carl} {
				b, err := r.signIn(who, password(who.name))
				r.must(err)
				want(t, who.name, r.opensAll(b, cam, old), false)
				g, err := r.store.Grant(t.Context(), cam.ID, who.ID())
				if err == nil && !g.Unconfirmed || r.wraps(cam, who) != 0 {
					t.Errorf("%s has %+v and %d keys", who.name, g, r.wraps(cam, who))
				}
			}
			a, err := r.signIn(ann, password("ann"))
			r.must(err)
			want(t, "the owner", r.opensAll(a, cam, old), true)
		})
	}
}

// TestRepairNothingLeft: with neither a database nor a record that is whole, nothing
// is written.
func TestRepairNothingLeft(t *testing.T) {
	r := newRig(t)
	r.camera(r.account("ann"))
	r.damage(func(b []byte) []byte { b[ringHeader+entryHead+4] ^= 1; return b })
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Remove(r.db() + end)
	}
	before := tree(t, r.pool)
	if err := r.mended(); !errors.Is(err, ErrNothingLeft) || !strings.Contains(err.Error(), "put back") {
		t.Errorf("%v", err)
	}
	after := tree(t, r.pool)
	if len(after) != len(before) || after[filepath.Join(r.pool, KeyringName)] != before[filepath.Join(r.pool, KeyringName)] {
		t.Error("the pool was written")
	}
}

// TestRingOfAnotherHub: a keyring of another hub is not taken for a damaged one, or for
// one that is missing, and the repair leaves it alone.
func TestRingOfAnotherHub(t *testing.T) {
	r, other := newRig(t), newRig(t)
	r.camera(r.account("ann"))
	other.camera(other.account("eve"))
	b := other.ring()
	r.damage(func([]byte) []byte { return b })
	if state, err := Rings(t.Context(), r.dir, []string{r.pool}, nil); err != nil || state != RingWhole {
		t.Errorf("%v, %v", state, err)
	}
	if err := r.mended(); err == nil || !strings.Contains(err.Error(), "another hub") {
		t.Errorf("%v", err)
	}
	if now, err := os.ReadFile(filepath.Join(r.pool, KeyringName)); err != nil || !bytes.Equal(now, b) {
		t.Errorf("it was written: %v", err)
	}
}

// TestRepairRingAgain: wherever a repair was cut off around the change of files, it is
// done again: the first damaged file is kept, and everything is held back as if it had
// not been cut, though the keyring in place shows no damage any more.
func TestRepairRingAgain(t *testing.T) {
	for name, cut := range map[string]func(r *rig, path string){
		"before the new one is in place": func(r *rig, path string) {
			r.must(os.WriteFile(path+DamagedSuffix+"half", []byte(ringMagic), 0o600))
			r.must(os.WriteFile(path+mendedSuffix, []byte(ringMagic), 0o600))
		},
		"after that": func(r *rig, path string) {
			r.must(r.repairRing(func(c Config) (none Replayed, err error) {
				v := newVault(c)
				if v.key, err = loadHubKey(c.Dir, false); err != nil {
					return none, err
				}
				return none, v.mendRing(t.Context(), r.pool)
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			r.share(cam, ann, bob)
			_, old := r.kids(cam)
			was := r.damage(func(b []byte) []byte { b[ringHeader+entryHead+4] ^= 1; return b })
			cut(r, filepath.Join(r.pool, KeyringName))
			r.must(r.mended())
			if !slices.Contains(r.aside(), string(was)) {
				t.Error("the damaged file is not kept")
			}
			r.must(r.open())
			g, err := r.store.Grant(t.Context(), cam.ID, bob.ID())
			if err != nil || !g.Unconfirmed || r.wraps(cam, bob) != 0 || !r.rolledBack() {
				t.Errorf("the grant %+v, %v; %d keys", g, err, r.wraps(cam, bob))
			}
			r.must(r.vault.Confirmed(t.Context()))
			a, err := r.signIn(ann, password("ann"))
			r.must(err)
			want(t, "the owner", r.opensAll(a, cam, old), true)
		})
	}
}
