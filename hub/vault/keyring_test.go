package vault

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/hub/store"
)

// TestKeyringHoldsWhatOpens: with the keyring, hub.key and a password, and no
// database, a clip's key opens.
func TestKeyringHoldsWhatOpens(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	b, err := os.ReadFile(filepath.Join(r.pool, KeyringName))
	r.must(err)
	hub, entries, whole, err := parseRing(b)
	if err != nil || hub != r.vault.Hub() || whole != len(b) {
		t.Fatalf("hub %v, %d of %d bytes, %v", hub, whole, len(b), err)
	}
	kinds := map[entryType]int{}
	for _, e := range entries {
		kinds[e.kind]++
	}
	if kinds[entryAccount] != 1 || kinds[entryPasswordWrap] != 1 || kinds[entryEpoch] != 2 || kinds[entryEpochWrap] != 4 {
		t.Errorf("entries by type: %v", kinds)
	}
	wrap, err := r.store.PasswordWrap(t.Context(), ann.ID())
	r.must(err)
	if !bytes.Contains(b, wrap.Sealed) || !bytes.Contains(b, wrap.Salt) {
		t.Error("the password wrap is not on the keyring")
	}
	ws, err := r.store.EpochWraps(t.Context(), cam.ID, ann.ID())
	r.must(err)
	for _, w := range ws {
		e, err := r.store.EpochByKID(t.Context(), w.KID)
		r.must(err)
		if !bytes.Contains(b, w.Sealed) || !bytes.Contains(b, e.Record) {
			t.Error("an epoch is not on the keyring")
		}
	}
}

func appends(r *ring, e entry) error {
	_, err := r.append([]entry{e})
	return err
}

// TestKeyringTornTail: a power cut at any byte of the last record costs that
// record only, is told, and keeps what was cut.
func TestKeyringTornTail(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, KeyringName)
	hub := media.NewHubID()
	r, err := openRing(dir, hubKey{hub: hub}, false, &Refusals{}, discard())
	if err != nil {
		t.Fatal(err)
	}
	first, second := entry{entryEpochWrap, []byte("first")}, entry{entryEpochWrap, []byte("second")}
	if err := errors.Join(appends(r, first), appends(r, second), r.close()); err != nil {
		t.Fatal(err)
	}
	full, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := hubKey{hub: hub}.next(link{}, []entry{first})
	border := ringHeader + len(one)
	for cut := 0; cut <= len(full); cut++ {
		os.Remove(path + ".torn")
		if err := os.WriteFile(path, full[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		r, err := openRing(dir, hubKey{hub: hub}, false, &Refusals{}, slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if err := errors.Join(appends(r, second), r.close()); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, entries, whole, err := parseRing(b)
		want := 2 // each with the head of its group
		if cut >= border {
			want += 2
		}
		if cut == len(full) {
			want += 2
		}
		if err != nil || whole != len(b) || len(entries) != want || string(entries[len(entries)-1].payload) != "second" {
			t.Fatalf("cut at %d: %d entries, %d of %d bytes, %v", cut, len(entries), whole, len(b), err)
		}
		torn, _ := os.ReadFile(path + ".torn")
		inside := cut > ringHeader && cut != border && cut != len(full)
		if inside != strings.Contains(said.String(), "power cut") || inside != (len(torn) > 0) {
			t.Fatalf("cut at %d: said %q, put aside %d bytes", cut, said.String(), len(torn))
		}
	}
}

func TestKeyringRefuses(t *testing.T) {
	r, another := newRig(t), newRig(t)
	r.account("ann")
	r.close()
	path := filepath.Join(r.pool, KeyringName)
	another.account("eve")
	other := another.ring()
	for says, b := range map[string][]byte{"another hub": other, "not a keyring": bytes.Repeat([]byte{7}, 400)} {
		r.must(os.WriteFile(path, b, 0o600))
		if err := r.open(); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", says, err)
		}
		r.close()
	}
}

// TestKeyringComesFirst: without a keyring on the disk no key is used.
func TestKeyringComesFirst(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	_, before := r.kids(cam)
	r.must(os.Remove(filepath.Join(r.pool, KeyringName)))
	if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); !errors.Is(err, ErrRingAway) {
		t.Errorf("an epoch began without its keyring: %v", err)
	}
	if _, now := r.kids(cam); now != before {
		t.Error("an epoch is in the database that no keyring holds")
	}
}

// TestLostDatabase is the claim rule: keys or clips without an account are a
// lost database, not a fresh hub.
func TestLostDatabase(t *testing.T) {
	remove := func(r *rig, name string) {
		for _, end := range []string{"", "-wal", "-shm"} {
			os.Remove(filepath.Join(r.dir, name+end))
		}
	}
	for _, c := range []struct {
		name   string
		change func(r *rig)
		lost   bool
	}{
		{"nothing", func(r *rig) {}, false},
		{"database gone beside keys", func(r *rig) { r.account("ann"); r.close(); remove(r, "lares.db") }, true},
		{"accounts gone beside keys", func(r *rig) { r.account("ann"); r.sql("DELETE FROM account") }, true},
		{"database empty beside keys", func(r *rig) {
			r.account("ann")
			r.close()
			remove(r, "lares.db")
			r.must(os.WriteFile(r.db(), nil, 0o600))
		}, true},
		{"database gone beside a clip", func(r *rig) { r.recording(); r.close(); remove(r, "lares.db") }, true},
		{"a clip on an unclaimed hub", (*rig).recording, true},
		{"database gone, never claimed", func(r *rig) { r.close(); remove(r, "lares.db") }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			c.change(r)
			r.close()
			before, _ := os.ReadFile(filepath.Join(r.pool, KeyringName))
			err := r.open()
			if c.lost && (!errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "put back") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%v", err)
			}
			if !c.lost && err != nil {
				t.Errorf("refused: %v", err)
			}
			if after, _ := os.ReadFile(filepath.Join(r.pool, KeyringName)); !bytes.Equal(before, after) {
				t.Error("the keyring was touched")
			}
		})
	}
}

func TestHubKey(t *testing.T) {
	r := newRig(t)
	r.account("ann")
	hub := r.vault.Hub()
	path := filepath.Join(r.dir, HubKeyName)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	good, err := os.ReadFile(path)
	r.must(err)
	r.close()
	r.must(r.open())
	if r.vault.Hub() != hub {
		t.Error("another hub after a restart")
	}
	if _, err := makeHubKey(path); err == nil {
		t.Error("a hub key was written over another")
	}
	r.close()
	other, err := makeHubKey(filepath.Join(t.TempDir(), HubKeyName))
	r.must(err)
	flipped := bytes.Clone(good)
	flipped[40] ^= 1
	for says, set := range map[string]func() error{
		"missing":        func() error { return os.Remove(path) },
		"damaged":        func() error { return os.WriteFile(path, flipped, 0o600) },
		"others may":     func() error { return errors.Join(os.WriteFile(path, good, 0o600), os.Chmod(path, 0o640)) },
		"different hubs": func() error { return os.WriteFile(path, other.bytes(), 0o600) },
	} {
		os.Remove(path)
		r.must(os.WriteFile(path, good, 0o600))
		r.must(set())
		if err := r.open(); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", says, err)
		}
		r.close()
	}
	entries, err := os.ReadDir(r.dir)
	r.must(err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func FuzzKeyring(f *testing.F) {
	b := append([]byte(ringMagic), make([]byte, 16)...)
	f.Add(b)
	f.Add(passwordEntry(store.Wrap{Salt: make([]byte, 16), Sealed: make([]byte, 48)}).append(b))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, entries, whole, err := parseRing(b)
		if err != nil {
			return
		}
		again := bytes.Clone(b[:ringHeader])
		for _, e := range entries {
			again = e.append(again)
		}
		if !bytes.Equal(again, b[:whole]) {
			t.Error("what was read is not what was written")
		}
	})
}

func FuzzRecord(f *testing.F) {
	v := vectorVault()
	f.Add(vectorRecord(f, v).sign(v, nil))
	f.Add([]byte(recordLabel))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRecord(b)
		if err == nil && !bytes.Equal(append(append(r.encode(), r.ownerSig...), r.hubSig...), b) {
			t.Error("a record has two encodings")
		}
	})
}

func FuzzHubKey(f *testing.F) {
	f.Add(vectorVault().key.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := parseHubKey(b); err == nil && !bytes.Equal(k.bytes(), b) {
			t.Error("a hub key has two encodings")
		}
	})
}
