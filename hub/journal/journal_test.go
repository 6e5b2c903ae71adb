package journal

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

var t0 = time.Date(2026, 3, 1, 18, 3, 12, 0, time.UTC)

// rig is a journal on real files, and what opens it again.
type rig struct {
	*Journal
	t     testing.TB
	dir   string
	clock *clock.Manual
	store *store.Store
	vault *vault.Vault
	db    *sql.DB // of hand, once it was used
}

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), clock: clock.NewManual(t0)}
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(r.dir, "lares.db")})
	r.must(err)
	t.Cleanup(func() { r.store.Close() })
	r.vault, err = vault.Open(t.Context(), vault.Config{Dir: r.dir, Pools: []string{filepath.Join(r.dir, "media")}, CheapPasswords: true, Store: r.store, Clock: r.clock, Log: discard()})
	r.must(err)
	t.Cleanup(func() { r.vault.Close() })
	r.open()
	t.Cleanup(func() { r.Close() })
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) path() string { return filepath.Join(r.dir, FileName) }

func (r *rig) open() {
	r.t.Helper()
	var err error
	r.Journal, err = Open(r.t.Context(), Config{Store: r.store, Vault: r.vault, Clock: r.clock, Log: discard(), Heads: r.path()})
	r.must(err)
}

// again ends the journal and opens it anew; meanwhile something happens.
func (r *rig) again(meanwhile func()) {
	r.t.Helper()
	r.must(r.Close())
	meanwhile()
	r.open()
	r.must(r.Flush(r.t.Context()))
}

// fill writes n rows in batches of at most size.
func (r *rig) fill(n, size int) {
	r.t.Helper()
	for done := 0; done < n; done += size {
		for i := range min(size, n-done) {
			r.Add(Entry{Kind: Thumbnails, Account: store.AccountID{1}, Session: [16]byte{2}, Count: int64(done + i), Detail: map[string]any{"n": i}})
		}
		r.must(r.Flush(r.t.Context()))
	}
}

func (r *rig) rows() []store.JournalRow {
	r.t.Helper()
	rows, err := r.store.Journal(r.t.Context(), 0, 1<<20)
	r.must(err)
	return rows
}

func (r *rig) verify() Report {
	r.t.Helper()
	report, err := Verify(r.t.Context(), r.store, r.path(), r.vault.Chain())
	r.must(err)
	return report
}

func TestRowsAreChainedAndSigned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: store.AccountID{7}, Session: [16]byte{8}, Place: "192.0.2.1"}))
	r.fill(5, 2)
	rows := r.rows()
	if len(rows) != 6 || rows[0].Kind != "sign-in" || rows[0].Via != "session" || rows[0].Account != (store.AccountID{7}) || rows[0].Place != "192.0.2.1" || !rows[0].At.Equal(t0) {
		t.Fatalf("%+v", rows)
	}
	var sum [32]byte
	for i, row := range rows {
		if sum = r.chain.Sum(0, chained(sum, row)); row.Seq != int64(i+1) || row.Hash != sum {
			t.Errorf("row %d is not chained: %+v", i, row)
		}
	}
	r.clock.Advance(time.Hour)
	if h, _, err := r.Head(t.Context(), store.AccountID{7}, nil); err != nil || h.Number != r.Number(store.AccountID{7}, 6) || h.Hash != sum {
		t.Errorf("head %+v %v", h, err)
	}
	if rep := r.verify(); !rep.OK() || rep.Rows != 6 || rep.Signed != 6 {
		t.Errorf("%+v", rep)
	}
}

// TestPutIsDurable: a row is in the database and signed when Put returns, and
// Add's come before it in their order.
func TestPutIsDurable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Add(Entry{Kind: Denied})
	r.must(r.Put(t.Context(), Entry{Kind: Password}))
	rows := r.rows()
	if len(rows) != 2 || rows[0].Kind != "denied" || rows[1].Kind != "password" {
		t.Fatalf("%+v", rows)
	}
	s, err := readHeads(r.path(), r.vault.Chain())
	if newest, ok := s.newest(); err != nil || !ok || newest.hash() != rows[1].Hash {
		t.Errorf("signed %+v %v", newest, err)
	}
}

// TestNothingIsLost: a database that takes nothing keeps entries waiting; what
// finds no place any more is counted in a row.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Put(ended, Entry{Kind: Password}); !errors.Is(err, context.Canceled) {
		t.Fatalf("with an ended context: %v", err)
	}
	for range maxWaiting + 4 {
		r.add(Entry{Kind: Thumbnails})
	}
	r.must(r.Flush(t.Context()))
	rows := r.rows()
	if len(rows) != maxWaiting+1 || rows[0].Kind != "password" || rows[maxWaiting].Kind != "lost" || rows[maxWaiting].Count != 5 {
		t.Errorf("%d rows, the last %+v", len(rows), rows[len(rows)-1])
	}
	if rep := r.verify(); !rep.OK() {
		t.Errorf("%+v", rep)
	}
}

func TestRunWrites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	r.Add(Entry{Kind: SignIn})
	for deadline := time.Now().Add(10 * time.Second); len(r.rows()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was written")
		}
	}
	d := r.Begin(View{Kind: Live, Session: [16]byte{1}})
	d.Bytes(10)
	cancel()
	r.must(<-ran)
	rows := r.rows()
	if last := rows[len(rows)-1]; len(rows) != 3 || last.Kind != "live-end" || last.Bytes != 10 {
		t.Errorf("an open view does not end with the journal: %+v", rows)
	}
}

func TestOwnerIsFilledIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner, camera := store.NewAccountID(), media.NewCameraID()
	r.household(owner, camera)
	r.must(r.Put(t.Context(), Entry{Kind: Granted, Account: owner, Camera: camera, Other: store.AccountID{9}}))
	if rows := r.rows(); rows[0].Owner != owner {
		t.Errorf("%+v", rows[0])
	}
}

// household enters an account and its cameras.
func (r *rig) household(owner store.AccountID, cameras ...media.CameraID) {
	r.t.Helper()
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		a := store.Account{ID: owner, Name: owner.String()[:8], NameKey: owner.String()[:8], Version: 1, Created: t0}
		p := store.Principal{ID: owner, Version: 1, Kind: store.KindAccount, Hub: r.vault.Hub(), KEMPublic: make([]byte, 1216), SignPublic: make([]byte, 32), Signature: make([]byte, 64)}
		if err := tx.AddAccount(r.t.Context(), a, p); err != nil {
			return err
		}
		for _, c := range cameras {
			if err := tx.AddCamera(r.t.Context(), store.Camera{ID: c, Owner: owner, Name: "door", Access: []byte{1}, Added: t0}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// TestTornHead: a power cut in a head leaves rows that are newer than the
// newest whole one; the next start signs them and says so.
func TestTornHead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(4, 2)
	r.again(func() {
		info, err := os.Stat(r.path())
		r.must(err)
		r.must(os.Truncate(r.path(), info.Size()-5))
		if rep := r.verify(); rep.OK() || len(rep.First) != 2 || rep.First[0] != (Fault{3, FaultUnsigned}) {
			t.Errorf("before the start: %+v", rep)
		}
	})
	rows := r.rows()
	if last := rows[len(rows)-1]; len(rows) != 5 || last.Kind != "resigned" || last.Count != 2 {
		t.Errorf("%+v", rows)
	}
	if rep := r.verify(); !rep.OK() || rep.Signed != 5 {
		t.Errorf("%+v", rep)
	}
}

// TestNoHeads: without the file the whole chain is looked at and signed anew.
func TestNoHeads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(10, 5)
	r.again(func() {
		r.must(os.Remove(r.path()))
		if rep := r.verify(); rep.OK() || !rep.Lacks {
			t.Errorf("without heads: %+v", rep)
		}
	})
	if rep := r.verify(); !rep.OK() || rep.Signed != 11 {
		t.Errorf("%+v", rep)
	}
}

func TestNilJournal(t *testing.T) {
	t.Parallel()
	var j *Journal
	j.Add(Entry{Kind: SignIn})
	j.Seen(View{Kind: Thumbnails}, 1)
	j.Denied(View{})
	d := j.Begin(View{Kind: Live})
	d.Bytes(1)
	d.End()
	if err := j.Put(t.Context(), Entry{}); err != nil || j.Watching(store.AccountID{1}, [16]byte{}) != nil {
		t.Error(err)
	}
}
