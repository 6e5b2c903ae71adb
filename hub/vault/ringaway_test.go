package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lares/hub/store"
)

var errUnplugged = errors.New("unplugged")

// unplugged ends the hub and takes its media pool away; back brings that again.
func (r *rig) unplugged() (back func()) {
	r.t.Helper()
	r.close()
	r.must(os.Rename(r.pool, r.pool+".aside"))
	r.away = errUnplugged
	return func() {
		r.t.Helper()
		if _, err := os.Stat(r.pool); !errors.Is(err, os.ErrNotExist) {
			r.t.Errorf("made in its place: %v", err)
		}
		r.must(os.Rename(r.pool+".aside", r.pool))
		r.away = nil
	}
}

// TestRingAway: a hub opens without its keyring. What is there opens, nothing is changed that
// the keyring has to note, and with the keyring back as it was all goes on.
func TestRingAway(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	_, before := r.kids(cam)
	back := r.unplugged()
	r.must(r.open())
	if _, _, err := r.vault.OpenPassword(t.Context(), ann.ID(), password("ann")); err != nil {
		t.Errorf("a password: %v", err)
	}
	change := func(want error) {
		t.Helper()
		if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); !errors.Is(err, want) {
			t.Errorf("an epoch: %v, want %v", err, want)
		}
		if _, now := r.kids(cam); want != nil && now != before {
			t.Error("an epoch is in the database that no keyring holds")
		}
	}
	change(ErrRingAway)
	if err := r.vault.Follow(); !errors.Is(err, ErrRingAway) {
		t.Errorf("without it: %v", err)
	}
	back()
	r.must(r.vault.Follow())
	change(nil)
	long := len(r.ring())
	r.close()
	r.must(r.open())
	if back, err := r.vault.RolledBack(t.Context()); err != nil || back || len(r.ring()) != long {
		t.Errorf("the next start: rolled back %v, %v; the keyring has %d bytes, had %d", back, err, len(r.ring()), long)
	}
}

// TestRingAwayOlderDatabase: a keyring that knows more than a database which opened without it
// is neither written to nor believed by that; a start takes it over.
func TestRingAwayOlderDatabase(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	copied := r.copyDB()
	for range 2 {
		r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	}
	ring := r.ring()
	back := r.unplugged()
	r.must(r.tryBack(copied))
	back()
	if err := r.vault.Follow(); !errors.Is(err, ErrRingOther) {
		t.Errorf("back: %v", err)
	}
	if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); !errors.Is(err, ErrRingOther) {
		t.Errorf("an epoch: %v", err)
	}
	if !bytes.Equal(r.ring(), ring) {
		t.Error("it was written to")
	}
	r.close()
	r.must(r.open())
	if back, err := r.vault.RolledBack(t.Context()); err != nil || !back {
		t.Errorf("a start does not find the database older: %v", err)
	}
}

// TestRingAwayInDoubt: without its keyring no hub opens that was not claimed, whose last start
// was cut off while it took from people what the keyring may have taken, or whose database is
// older than a copy of the keyring.
func TestRingAwayInDoubt(t *testing.T) {
	for name, c := range map[string]struct {
		made func(r *rig, renew func()) (copied string) // the database to put in its place
		says string
	}{
		"nothing": {func(*rig, func()) string { return "" }, ""},
		"cut off": {func(r *rig, _ func()) string {
			r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return tx.PutSetting(ctx, store.SettingHeld, []byte{1}) }))
			return ""
		}, "cut off"},
		"a copy as long": {func(r *rig, _ func()) string { r.copyRing(r.ring()); return "" }, ""},
		"a copy behind":  {func(r *rig, renew func()) string { r.copyRing(r.ring()); renew(); return "" }, ""},
		"a damaged copy": {func(r *rig, _ func()) string { r.copyRing(bytes.Repeat([]byte{7}, 400)); return "" }, ""},
		"a newer copy": {func(r *rig, renew func()) string {
			copied := r.copyDB()
			renew()
			r.copyRing(r.ring())
			return copied
		}, "is newer than the database"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.copies = []string{filepath.Join(r.dir, RingCopyName)}
			ann := r.account("ann")
			cam := r.camera(ann)
			copied := c.made(r, func() { r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount})) })
			defer r.unplugged()()
			open := r.open
			if copied != "" {
				open = func() error { return r.tryBack(copied) }
			}
			if err := open(); c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "mount its disk")) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
	t.Run("unclaimed", func(t *testing.T) {
		r := newRig(t)
		defer r.unplugged()()
		if err := r.open(); err == nil || !strings.Contains(err.Error(), "nobody has claimed") {
			t.Errorf("%v", err)
		}
	})
}

func (r *rig) copyRing(b []byte) {
	r.t.Helper()
	r.must(os.WriteFile(r.copies[0], b, 0o600))
}

// TestRingMountedAnew: a keyring that lies in its place anew is written to from then on, if it
// is as it was; one that can only be read opens, and is written to once it can be.
func TestRingMountedAnew(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	path := filepath.Join(r.pool, KeyringName)
	replace := func(b []byte) {
		t.Helper()
		r.must(errors.Join(os.Remove(path), os.WriteFile(path, b, 0o600)))
	}
	change := func(want error) {
		t.Helper()
		if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); !errors.Is(err, want) {
			t.Errorf("an epoch: %v, want %v", err, want)
		}
	}
	whole := r.ring()
	replace(whole)
	change(nil)
	if now := r.ring(); len(now) <= len(whole) {
		t.Error("what is there now has nothing new")
	}
	newer := r.ring()
	replace(whole)
	change(ErrRingOther)
	replace(newer)
	change(nil)
	r.close()
	if err := unix.Mount(r.pool, r.pool, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("mounting takes root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(r.pool, unix.MNT_DETACH) })
	remount := func(flags uintptr) {
		t.Helper()
		r.must(unix.Mount("", r.pool, "", unix.MS_REMOUNT|unix.MS_BIND|flags, ""))
	}
	remount(unix.MS_RDONLY)
	r.must(r.open())
	change(ErrRingAway)
	remount(0)
	change(nil)
	r.close()
}
