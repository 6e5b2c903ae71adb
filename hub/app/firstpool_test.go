package app

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/hub/config"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
)

// TestFirstPoolIsKnown: a hub that knows its first pool opens without it and makes nothing in
// its place; the daily copy goes to another one meanwhile. One that does not know it, as after
// an update, takes what is there once, and does not open where nothing is. A repair takes what
// is there, too.
func TestFirstPoolIsKnown(t *testing.T) {
	data, second, ctx := t.TempDir(), t.TempDir(), t.Context()
	media := filepath.Join(data, "media")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h, copies := pooled(t, data, second)
	inhabit(t, h, "ann")
	first := h.pools[0]
	must(errors.Join(h.copyNow(ctx, first, h.clock.Now().Add(-50*time.Hour)), h.copyNow(ctx, first, h.clock.Now().Add(-25*time.Hour)), copies.bring(ctx), h.close()))

	must(os.Rename(media, media+".aside"))
	h, _ = pooled(t, data, second)
	if !errors.Is(h.away, recorder.ErrAway) || h.pools[0] != first {
		t.Errorf("not there: %v, %+v", h.away, h.pools)
	}
	if err := h.copyNow(ctx, first, h.clock.Now()); !errors.Is(err, recorder.ErrAway) {
		t.Errorf("a copy of the database: %v", err)
	}
	must(h.copyIfDue(ctx, h.pools[1]))
	made, err := dailyCopies(second)
	must(err)
	if len(made) != copyKeep {
		t.Errorf("copies in the other pool: %q", made)
	}
	must(h.close())
	if _, err := os.Stat(media); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("made in its place: %v", err)
	}

	must(os.Rename(media+".aside", media))
	h, copies = pooled(t, data, second)
	must(copies.bring(ctx))
	if now, err := dailyCopies(second); err != nil || now[0] != made[0] || len(now) != copyKeep {
		t.Errorf("the newest copy was there: %q, now %q, %v", made, now, err)
	}
	must(errors.Join(h.store.Update(ctx, func(tx *store.Tx) error { return tx.RemoveSetting(ctx, store.SettingPool) }), h.close()))

	c := &console{ask: io.Discard, cfg: config.Config{Data: data, Media: media, JournalKeep: time.Hour}}
	must(os.Rename(media, media+".aside"))
	if _, err := c.openStopped(ctx, Build{}); err == nil || !strings.Contains(err.Error(), "mount its disk and start again") {
		t.Errorf("not known and not there: %v", err)
	}
	must(errors.Join(os.Rename(media+".aside", media), os.Remove(filepath.Join(media, recorder.PoolMarker))))
	h = stopped(t, data)
	taken := h.pools[0].ID
	if h.away != nil || taken.IsZero() || taken == first.ID {
		t.Errorf("not known: %v, %v", taken, h.away)
	}
	must(errors.Join(h.close(), os.Remove(filepath.Join(media, recorder.PoolMarker))))
	h = stopped(t, data)
	if h.away == nil || h.pools[0].ID != taken {
		t.Errorf("without its marker: %v, %v", h.pools[0].ID, h.away)
	}
	must(h.close())

	must(errors.Join(os.Rename(media, media+".lost"), os.Mkdir(media, 0o700)))
	var said strings.Builder
	must(repair(ctx, Build{}, []string{"--data", data, "--media", media, "--yes"}, &said, &said))
	h = stopped(t, data)
	if h.away != nil || h.pools[0].ID == taken {
		t.Errorf("after a repair: %v, %v\n%s", h.pools[0].ID, h.away, said.String())
	}
	must(h.close())
}

// TestOlderDatabaseWithoutKeys: a database that the journal's heads show to be older does not
// open without the keyring, which says what was taken since; nor does it later.
func TestOlderDatabaseWithoutKeys(t *testing.T) {
	data, ctx := t.TempDir(), t.Context()
	h := stopped(t, data)
	inhabit(t, h, "ann")
	copied, db := filepath.Join(t.TempDir(), "copy"), filepath.Join(data, "lares.db")
	if err := errors.Join(h.store.Copy(ctx, copied), h.journal.Put(ctx, journal.Entry{Kind: journal.Backup, Via: journal.ViaConsole}), h.close()); err != nil {
		t.Fatal(err)
	}
	h = stopped(t, data)
	if err := errors.Join(h.close(), os.Rename(filepath.Join(data, "media"), filepath.Join(data, "aside")), os.Rename(copied, db)); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(db + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	c := &console{ask: io.Discard, cfg: h.cfg}
	for range 2 {
		if h, err := c.openStopped(ctx, Build{}); err == nil || !strings.Contains(err.Error(), "the database is older than it was") {
			t.Errorf("%+v, %v", h, err)
		}
	}
	if err := os.Rename(filepath.Join(data, "aside"), filepath.Join(data, "media")); err != nil {
		t.Fatal(err)
	}
	h = stopped(t, data)
	defer h.close()
	if back, err := h.vault.RolledBack(ctx); err != nil || !back {
		t.Errorf("with the keys: rolled back %v, %v", back, err)
	}
}
