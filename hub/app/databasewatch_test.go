package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/hub/store"
	"lares/recorder"
)

// TestDatabaseIsTold: of a database that takes nothing who runs the hub is told all the same, out
// of memory, and in it once it takes something again, or that it does. Nobody else is.
func TestDatabaseIsTold(t *testing.T) {
	disk := t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("mounting takes root")
	}
	if err := unix.Mount("test", disk, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("mounting a tmpfs: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(disk, unix.MNT_DETACH) })
	ctx := t.Context()
	h := stopped(t, filepath.Join(disk, "hub"))
	defer h.close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	inhabit(t, h, "ann")
	inhabit(t, h, "bob")
	ann, err := h.store.AccountByName(ctx, "ann")
	must(err)
	bob, err := h.store.AccountByName(ctx, "bob")
	must(err)
	must(h.store.Update(ctx, func(tx *store.Tx) error { return tx.SetOperator(ctx, ann.ID, true) }))

	// told is what somebody has not read yet.
	told := func(who store.AccountID) string {
		t.Helper()
		list, err := h.journal.Notices(ctx, who)
		must(err)
		unread, kinds := 0, []string(nil)
		for _, n := range list {
			if n.Read {
				continue
			}
			unread++
			kinds = append(kinds, fmt.Sprint(n.Kind, " ", n.Detail["state"], "; "))
			if span, ok := n.Detail["span_ms"].(float64); ok && span < 3000 {
				t.Errorf("%s: after %v ms", n.Kind, span)
			}
		}
		if n, err := h.journal.Unread(ctx, who); err != nil || n != unread {
			t.Errorf("%d of %d are unread, %v", unread, n, err)
		}
		slices.Sort(kinds)
		return strings.Join(kinds, "")
	}
	// is has the database be so for a while, and looks at what is told of it.
	is := func(trouble recorder.PoolTrouble, lasts time.Duration, held bool, want string) {
		t.Helper()
		err := h.tellDatabase(ctx, trouble)
		h.database.is.Since, h.database.next = h.database.is.Since.Add(-lasts), h.database.next.Add(-lasts)
		if again := h.tellDatabase(ctx, trouble); again != nil {
			err = again
		}
		if got := told(ann.ID); got != want || held != (err != nil) || held != (h.database.held.State != "") {
			t.Errorf("%q for %v: told %q, want %q; held %+v, %v", trouble, lasts, got, want, h.database.held, err)
		}
	}
	const full, back = "database-trouble full; ", "database-back <nil>; "
	is("", time.Hour, false, "")
	is(recorder.PoolFull, time.Second, false, "")
	is(recorder.PoolFull, diskAfter, false, full)
	is(recorder.PoolFull, time.Minute, false, full)
	is("", time.Second, false, full)
	is("", diskBack, false, back+full)
	must(h.journal.ReadNotices(ctx, ann.ID))

	rest, err := os.Create(filepath.Join(disk, "rest"))
	must(err)
	defer rest.Close()
	// empties has the database's log emptied, for what it has of a disk is written over for as long as
	// that is enough.
	log := filepath.Join(disk, "hub", "lares.db-wal")
	empties := func() {
		t.Helper()
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		h.store.Scrub()
		go func() { done <- h.store.Run(ctx, slog.New(slog.DiscardHandler)) }()
		deadline := time.After(10 * time.Second)
		for info, err := os.Stat(log); err != nil || info.Size() > 0; info, err = os.Stat(log) {
			select {
			case <-deadline:
				t.Fatalf("the log is not emptied: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		cancel()
		must(<-done)
	}
	fill := func() {
		t.Helper()
		empties()
		for err := error(nil); err == nil; {
			_, err = rest.Write(make([]byte, 4096))
		}
		for h.store.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(ctx, store.SettingDisk, []byte("{}")) }) == nil {
		}
		if got := h.store.Trouble(); got != recorder.PoolFull {
			t.Fatalf("a full disk is %q", got)
		}
	}
	fill()
	is(recorder.PoolFull, diskAfter, true, full)
	if now := h.database.now(); now.State != recorder.PoolFull || now.Since.IsZero() {
		t.Errorf("%+v", now)
	}
	is(recorder.PoolFull, databaseAgain, true, full)
	must(rest.Truncate(0))
	is(recorder.PoolFull, databaseAgain, false, full)
	if got := h.store.Trouble(); got != "" {
		t.Errorf("with room it is %q", got)
	}
	is("", diskBack, false, back+full)
	must(h.journal.ReadNotices(ctx, ann.ID))

	fill()
	is(recorder.PoolFull, diskAfter, true, full)
	must(rest.Truncate(0))
	is("", diskBack, false, back) // and of what it was before
	if got := told(bob.ID); got != "" {
		t.Errorf("who does not run the hub is told %q", got)
	}
	if now := h.database.now(); now != (diskTold{}) {
		t.Errorf("%+v", now)
	}
}
