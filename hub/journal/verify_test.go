package journal

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"lares/hub/store"
)

// hand is somebody with the database file and a SQL shell.
func (r *rig) hand(statements ...string) {
	r.t.Helper()
	if r.db == nil {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "lares.db")+"?_pragma=busy_timeout(5000)")
		r.must(err)
		r.t.Cleanup(func() { db.Close() })
		r.db = db
	}
	for _, s := range statements {
		if _, err := r.db.Exec(s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
	}
}

// rehash makes a row's hash fit its fields and the row before, as a forger
// would who knows the format.
func (r *rig) rehash(seq int64) {
	r.t.Helper()
	before, err := r.store.JournalRow(r.t.Context(), seq-1)
	r.must(err)
	row, err := r.store.JournalRow(r.t.Context(), seq)
	r.must(err)
	sum := sha256.Sum256(chained(before.Hash, row))
	r.hand(fmt.Sprintf("UPDATE journal SET hash = x'%x' WHERE seq = %d", sum, seq))
}

const copyRow = "INSERT INTO journal SELECT %d, at_ms, kind, account, via, session, camera, owner, object, other, count + 1, bytes, span_ms, place, detail, hash FROM journal WHERE seq = %d"

// TestVerifyNamesTheRow: a row that somebody deletes, changes or puts in, in the
// database of a hub, is named, and no other, also where the forger moves rows
// together or makes the hash fit. Everything is put back in between. That it holds
// for each row of many: TestVerifyNamesAnyRow.
func TestVerifyNamesTheRow(t *testing.T) {
	t.Parallel()
	const n = 300
	r := newRig(t)
	r.fill(n, 10)
	r.hand("CREATE TABLE kept AS SELECT * FROM journal")
	if rep := r.verify(); !rep.OK() || rep.Rows != n || rep.Signed != n {
		t.Fatalf("%+v", rep)
	}
	moveUp := func(seq int64) []string {
		return []string{
			fmt.Sprintf("UPDATE journal SET seq = -seq - 1 WHERE seq >= %d", seq), "UPDATE journal SET seq = -seq WHERE seq < 0",
		}
	}
	moveDown := func(seq int64) []string {
		return []string{
			fmt.Sprintf("UPDATE journal SET seq = -(seq - 1) WHERE seq > %d", seq), "UPDATE journal SET seq = -seq WHERE seq < 0",
		}
	}
	columns := []string{
		"at_ms = at_ms + 1", "kind = 'live'", "account = zeroblob(16)", "account = NULL", "via = 'console'", "session = NULL",
		"camera = account", "owner = account", "object = account", "other = account", "count = count + 1", "bytes = 1",
		"span_ms = 1", "place = 'x'", "detail = '{}'", "hash = zeroblob(32)",
	}
	for _, seq := range []int64{1, 10, 11, 77, n} {
		tamper := map[string]func() Fault{
			"deleted": func() Fault {
				r.hand(fmt.Sprintf("DELETE FROM journal WHERE seq = %d", seq))
				return Fault{seq, FaultDeleted}
			},
			"deleted, the rest moved up": func() Fault {
				r.hand(append([]string{fmt.Sprintf("DELETE FROM journal WHERE seq = %d", seq)}, moveDown(seq)...)...)
				return Fault{seq, FaultDeleted}
			},
			"put in": func() Fault {
				r.hand(append(moveUp(seq), fmt.Sprintf(copyRow, seq, seq+1))...)
				return Fault{seq, FaultInserted}
			},
		}
		if seq > 1 {
			tamper["changed, with a hash that fits"] = func() Fault {
				r.hand(fmt.Sprintf("UPDATE journal SET count = count + 5 WHERE seq = %d", seq))
				r.rehash(seq)
				return Fault{seq, FaultChanged}
			}
			tamper["put in, with a hash that fits"] = func() Fault {
				r.hand(append(moveUp(seq), fmt.Sprintf(copyRow, seq, seq-1))...)
				r.rehash(seq)
				return Fault{seq, FaultInserted}
			}
		}
		for i, set := range columns {
			if int(seq)%len(columns) != i && seq != 77 {
				continue
			}
			tamper["changed: "+set] = func() Fault {
				r.hand(fmt.Sprintf("UPDATE journal SET %s WHERE seq = %d", set, seq))
				return Fault{seq, FaultChanged}
			}
		}
		for what, do := range tamper {
			want := do()
			if rep := r.verify(); !slices.Equal(rep.First, []Fault{want}) || rep.Faults != 1 || rep.OK() {
				t.Errorf("row %d %s: named %v of %d", seq, what, rep.First[:min(len(rep.First), 5)], rep.Faults)
			}
			if want.What == FaultChanged {
				r.hand(fmt.Sprintf("DELETE FROM journal WHERE seq = %d", seq), fmt.Sprintf("INSERT INTO journal SELECT * FROM kept WHERE seq = %d", seq))
			} else {
				r.hand("DELETE FROM journal", "INSERT INTO journal SELECT * FROM kept")
			}
		}
	}
	// At the end, where nothing follows.
	r.hand(fmt.Sprintf(copyRow, n+1, n))
	r.rehash(n + 1)
	if rep := r.verify(); !slices.Equal(rep.First, []Fault{{n + 1, FaultInserted}}) {
		t.Errorf("put in at the end: %+v", rep)
	}
	r.hand("DELETE FROM journal WHERE seq > 200")
	if rep := r.verify(); rep.Faults != 100 || rep.First[0] != (Fault{201, FaultDeleted}) {
		t.Errorf("the newest hundred deleted: %d, %+v", rep.Faults, rep.First[0])
	}
	// The journal goes on after it, and the gap stays to be seen.
	r.again(func() {})
	r.fill(10, 5)
	if rep := r.verify(); rep.Faults != 100 || rep.Signed != n+10 {
		t.Errorf("after going on: %+v", rep.Faults)
	}
}

// TestVerifyBeforeTheHeads: of rows older than the signed hashes reach, the
// chain alone tells.
func TestVerifyBeforeTheHeads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(300, 10)
	r.must(r.Close())
	// Only the newest ten records stay.
	s, err := readHeads(r.path(), r.vault.Chain())
	r.must(err)
	var b []byte
	for _, h := range s.heads[20:] {
		b = append(b, h.bytes()...)
	}
	r.must(os.WriteFile(r.path(), b, 0o600))
	r.hand("CREATE TABLE kept AS SELECT * FROM journal")
	for what, c := range map[string]struct {
		do   string
		want Fault
	}{
		"changed": {"UPDATE journal SET bytes = 7 WHERE seq = 50", Fault{50, FaultChanged}},
		"deleted": {"DELETE FROM journal WHERE seq = 50", Fault{50, FaultDeleted}},
		"first":   {"DELETE FROM journal WHERE seq = 1", Fault{1, FaultDeleted}},
		"young":   {"UPDATE journal SET bytes = 7 WHERE seq = 250", Fault{250, FaultChanged}},
	} {
		r.hand(c.do)
		if rep := r.verify(); !slices.Equal(rep.First, []Fault{c.want}) {
			t.Errorf("%s: %+v", what, rep)
		}
		r.hand("DELETE FROM journal", "INSERT INTO journal SELECT * FROM kept")
	}
	r.open()
}

// TestForgedHeads: heads that this hub did not sign are said to be damaged, and
// prove nothing.
func TestForgedHeads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(20, 5)
	whole, err := os.ReadFile(r.path())
	r.must(err)
	for at := 3; at < len(whole); at += 97 {
		b := slices.Clone(whole)
		b[at] ^= 1
		r.must(os.WriteFile(r.path(), b, 0o600))
		if rep := r.verify(); rep.OK() {
			t.Errorf("byte %d changed: not seen", at)
		}
	}
	// Cut at every length: never a crash, never more than was there.
	for n := range len(whole) {
		s, err := readHeadsOf(t, whole[:n], r)
		if err != nil || len(s.heads) > 4 || s.damaged > 0 {
			t.Fatalf("cut at %d: %+v %v", n, s, err)
		}
	}
	r.must(os.WriteFile(r.path(), whole, 0o600))
}

func readHeadsOf(t *testing.T, b []byte, r *rig) (signatures, error) {
	t.Helper()
	path := filepath.Join(r.dir, "cut")
	r.must(os.WriteFile(path, b, 0o600))
	return readHeads(path, r.vault.Chain())
}

// TestCrashAtEveryStep: a power cut at any byte of the heads, before or after
// the commit, ends in a journal that goes on and is whole, or says what is gone.
func TestCrashAtEveryStep(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(6, 2)
	r.must(r.Close())
	info, err := os.Stat(r.path())
	r.must(err)
	size := info.Size()
	for cut := int64(0); cut < size; cut += 29 {
		r.must(os.Truncate(r.path(), cut))
		r.open()
		r.must(r.Put(t.Context(), Entry{Kind: SignIn}))
		r.must(r.Close())
		if rep := r.verify(); !rep.OK() {
			t.Fatalf("cut at %d: %+v", cut, rep)
		}
		if info, err = os.Stat(r.path()); err != nil {
			t.Fatal(err)
		}
		size = min(size, info.Size())
	}
	r.open()
}

// TestStartSignsNoForgery: a row that somebody puts at the end of a stopped hub
// is not signed at the next start unless it is chained, and stays to be seen.
func TestStartSignsNoForgery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(4, 2)
	r.again(func() { r.hand(fmt.Sprintf(copyRow, 5, 4), fmt.Sprintf(copyRow, 6, 4)) })
	r.fill(4, 2)
	rep := r.verify()
	if want := []Fault{{5, FaultInserted}, {6, FaultInserted}}; !slices.Equal(rep.First, want) {
		t.Errorf("%+v", rep)
	}
	if row := r.rows()[6]; row.Kind != "resigned" || row.Count != 0 || row.Detail != `{"after":4,"strangers":2}` {
		t.Errorf("%+v", row)
	}
}

// TestCompaction: the file of the heads does not grow for ever, and verify is
// as exact afterwards.
func TestCompaction(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(30, 3)
	r.must(r.heads.put(r.heads.signed(checkpoint, t0, 0, [][32]byte{{}})))
	r.must(r.heads.compact())
	r.fill(3, 3)
	if rep := r.verify(); !rep.OK() || rep.Signed != 33 {
		t.Errorf("%+v", rep)
	}
	r.again(func() {})
	if rep := r.verify(); !rep.OK() || rep.Rows != 33 {
		t.Errorf("%+v", rep)
	}
}

// TestRetention: old rows go and leave a signed checkpoint; what remains is
// whole, a row says how many went, and a crash in between is made up for.
func TestRetention(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(3000, 500)
	r.clock.Advance(DefaultKeep)
	old, _, err := r.Head(t.Context(), store.AccountID{1}, nil)
	r.must(err)
	r.fill(10, 5)
	now := r.clock.Advance(time.Hour)
	// The cut: the checkpoint is signed, the rows are still there.
	point, err := r.point(t.Context(), now)
	if err != nil || point != 3000 {
		t.Fatalf("point %d, %v", point, err)
	}
	if rep := r.verify(); !rep.OK() || rep.From != 3000 || rep.Rows != 10 {
		t.Errorf("between: %+v", rep)
	}
	r.again(func() {})
	r.must(r.tidy(t.Context(), now))
	r.must(r.Flush(t.Context()))
	rows := r.rows()
	if rows[0].Seq != 3001 || len(rows) != 11 || rows[10].Kind != "pruned" || rows[10].Count != 3000 {
		t.Errorf("%d rows from %d: %+v", len(rows), rows[0].Seq, rows[len(rows)-1])
	}
	if rep := r.verify(); !rep.OK() || rep.From != 3000 {
		t.Errorf("%+v", rep)
	}
	if _, of, err := r.Head(t.Context(), store.AccountID{1}, &old); err != nil || of != RememberedNone {
		t.Errorf("a head that is as old: %s, %v", of, err)
	}
	r.hand("DELETE FROM journal WHERE seq = 3001")
	if rep := r.verify(); !slices.Equal(rep.First, []Fault{{3001, FaultDeleted}}) {
		t.Errorf("the oldest deleted: %+v", rep)
	}
	// The newest row stays, however old it is: the next one is chained to it.
	late := newRig(t)
	late.fill(5, 5)
	late.must(late.tidy(t.Context(), t0.Add(2*DefaultKeep)))
	if rows := late.rows(); len(rows) == 0 || rows[0].Seq != 5 {
		t.Errorf("all old: %+v", rows)
	}
	// By number, too.
	r.cfg.Rows = 5
	r.must(r.tidy(t.Context(), now))
	if n, oldest, err := r.store.CountJournal(t.Context()); err != nil || n != 5 || oldest != 3007 {
		t.Errorf("%d rows from %d, %v", n, oldest, err)
	}
}

// TestVerifyWhileItRuns: rows that are committed and signed meanwhile are no
// fault.
func TestVerifyWhileItRuns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	// A first head: rows without any are what somebody leaves who took them all.
	r.must(r.Put(t.Context(), Entry{Kind: SignIn, Account: store.AccountID{1}}))
	r.must(r.Flush(t.Context()))
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				r.Put(t.Context(), Entry{Kind: SignIn, Account: store.AccountID{1}})
			}
		}
	}()
	for range 20 {
		if rep := r.verify(); !rep.OK() {
			t.Errorf("%+v", rep)
		}
	}
	close(stop)
	<-done
}
