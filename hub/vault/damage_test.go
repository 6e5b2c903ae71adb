package vault

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// tree is every file of a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestDamagedKeyring: whatever is not a torn end refuses to start, in one line
// that says what to do, and nothing in the pool is written.
func TestDamagedKeyring(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	short := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte // nil: remove
		is     error
	}{
		{"a byte of the first record", flip(100), errRing},
		{"the length of the first record", flip(ringHeader + 1), errRing},
		{"the magic", flip(3), errRing},
		{"a byte in the middle", func(b []byte) []byte { return flip(len(b) / 2)(b) }, errRing},
		{"a sector in the middle", func(b []byte) []byte { clear(b[len(b)/2:][:512]); return b }, errRing},
		{"a sector", func(b []byte) []byte { clear(b[1024:1536]); return b }, errRing},
		{"torn in the first record", short(100), errRing},
		{"all records", func(b []byte) []byte { clear(b[ringHeader:]); return b }, errRing},
		{"missing", nil, errRingGone},
		{"empty", short(0), errRingGone},
		{"half a header", short(10), errRingGone},
		{"a header alone", short(ringHeader), errRingGone},
		{"junk", func([]byte) []byte { return []byte("junk") }, errRingGone},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.camera(r.account("ann"))
			r.close()
			path := filepath.Join(r.pool, KeyringName)
			b, err := os.ReadFile(path)
			r.must(err)
			r.must(os.Remove(path))
			if c.change != nil {
				r.must(os.WriteFile(path, c.change(b), 0o600))
			}
			before := tree(t, r.pool)
			for range 2 { // a second start is no way around
				err = r.open()
				if !errors.Is(err, c.is) || !strings.Contains(err.Error(), "put back") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%v", err)
				}
				r.close()
			}
			after := tree(t, r.pool)
			if len(after) != len(before) || after[path] != before[path] {
				t.Error("the pool was written")
			}
			// And with the database gone too, nobody may claim it, unless
			// nothing of its keys is left.
			for _, end := range []string{"", "-wal", "-shm"} {
				os.Remove(r.db() + end)
			}
			if len(after[path]) > ringHeader || after[path] == "junk" {
				if err := r.open(); !errors.Is(err, ErrLost) {
					t.Errorf("without a database: %v", err)
				}
			}
		})
	}
}

// TestTornBound: an end longer than a record, with no record before it, is
// damage even if nothing follows it.
func TestTornBound(t *testing.T) {
	one := entryHead + maxEntry + 4
	if !torn(make([]byte, one), 0) || torn(make([]byte, one+1), 0) || !torn(make([]byte, one+1), 1) {
		t.Error("the bound of a torn end")
	}
}

// TestTornEndStarts: a claimed hub whose last append was cut starts, keeps the
// end, and is not fresh by it if the rest is lost.
func TestTornEndStarts(t *testing.T) {
	r := newRig(t)
	r.camera(r.account("ann"))
	r.close()
	path := filepath.Join(r.pool, KeyringName)
	info, err := os.Stat(path)
	r.must(err)
	r.must(os.Truncate(path, info.Size()-7))
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	hub := r.vault.Hub()
	r.close()
	if _, err := os.Stat(path + tornSuffix); err != nil {
		t.Error(err)
	}
	if os.Remove(path); !errors.Is(Fresh([]string{r.pool}), ErrLost) {
		t.Error("fresh beside keyring.torn")
	}
	r.must(os.WriteFile(path, append([]byte(ringMagic), hub[:]...), 0o600))
	if !errors.Is(Fresh([]string{r.pool}), ErrLost) {
		t.Error("fresh with a header beside keyring.torn")
	}
}

// TestUnclaimedKeyring: the beginning of a header is a crash while it was made;
// anything else short is not ours to write over.
func TestUnclaimedKeyring(t *testing.T) {
	r := newRig(t)
	hub := r.vault.Hub()
	header := append([]byte(ringMagic), hub[:]...)
	path := filepath.Join(r.pool, KeyringName)
	for n := range len(header) + 1 {
		r.close()
		r.must(os.WriteFile(path, header[:n], 0o600))
		if err := r.open(); err != nil {
			t.Fatalf("%d bytes of a header: %v", n, err)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, header) {
			t.Errorf("%d bytes of a header became %x, %v", n, b, err)
		}
	}
	other := bytes.Clone(header[:20])
	other[19] ^= 1
	for _, junk := range [][]byte{[]byte("junk"), []byte("LARK no"), other} {
		r.close()
		r.must(os.WriteFile(path, junk, 0o600))
		if err := r.open(); err == nil || !strings.Contains(err.Error(), "damaged") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", junk, err)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, junk) {
			t.Errorf("%q became %q, %v", junk, b, err)
		}
	}
}

// TestIndexKeysGo: a removed camera's key is let go of, and at the latest with
// the first event of another day.
func TestIndexKeysGo(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	a, b := r.camera(ann), r.camera(ann)
	event := func(c store.Camera, at time.Time) store.IndexID {
		t.Helper()
		s, err := sealNewest(t.Context(), r.vault, c.ID, media.NewEventID(), at, []byte("{}"))
		r.must(err)
		return s.Index
	}
	first := event(a, t0)
	if event(b, t0); event(a, t0) != first {
		t.Error("another key on the same day")
	}
	r.vault.Forget(a.ID)
	if len(r.vault.writers) != 1 || event(a, t0) == first {
		t.Error("a removed camera's key is still there")
	}
	event(b, t0.Add(24*time.Hour))
	if _, there := r.vault.writers[a.ID]; there {
		t.Error("yesterday's key is still there")
	}
}

// TestIndexKeyOfOneCamera: while one camera's new key waits for the database,
// another camera's events are sealed.
func TestIndexKeyOfOneCamera(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	a, b := r.camera(ann), r.camera(ann)
	seal := func(c store.Camera) error {
		_, err := sealNewest(t.Context(), r.vault, c.ID, media.NewEventID(), t0, []byte("{}"))
		return err
	}
	r.must(seal(b))
	waits, sealed := make(chan error, 1), make(chan error, 1)
	r.must(r.update(func(context.Context, *store.Tx) error {
		go func() { waits <- seal(a) }()
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			r.vault.mu.Lock()
			w := r.vault.writers[a.ID]
			r.vault.mu.Unlock()
			if w == nil {
				continue
			}
			if !w.mu.TryLock() {
				break
			}
			w.mu.Unlock()
		}
		go func() { sealed <- seal(b) }()
		select {
		case err := <-sealed:
			return err
		case <-time.After(5 * time.Second):
			return errors.New("one camera's key holds up another camera")
		}
	}))
	r.must(<-waits)
}
