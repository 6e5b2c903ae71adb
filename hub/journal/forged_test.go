package journal

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lares/hub/store"
)

// forge puts rows behind the newest one, with hashes as good as somebody with
// the database can make them, and says which.
func (r *rig) forge(n int) (put []Fault) {
	r.t.Helper()
	last, err := r.store.LastJournal(r.t.Context())
	r.must(err)
	for i := range int64(n) {
		seq := last.Seq + 1 + i
		r.hand(fmt.Sprintf(copyRow, seq, seq-1), fmt.Sprintf("UPDATE journal SET kind = 'granted' WHERE seq = %d", seq))
		r.rehash(seq)
		put = append(put, Fault{seq, FaultInserted})
	}
	return put
}

// TestPutInWhileItRuns: rows behind the newest one of a running hub are never
// its own: it writes on after them, raises a crossing, and they are named.
func TestPutInWhileItRuns(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 4} {
		r := newRig(t)
		r.vault.Refusals().Hear(r.Crossed)
		r.fill(10, 5)
		put := r.forge(3)
		if rep := r.verify(); !slices.Equal(rep.First, put) {
			t.Errorf("before the next write: %+v", rep.First)
		}
		r.fill(8, batch)
		put = append(put, r.forge(1)...)
		r.fill(3, 3)
		if rep := r.verify(); !slices.Equal(rep.First, put) || rep.Faults != 4 {
			t.Errorf("batches of %d: %+v", batch, rep)
		}
		if r.vault.Refusals().Snapshot()["journal"] != 2 {
			t.Error("no crossing was raised")
		}
		r.again(func() {})
		r.fill(3, 3)
		if rep := r.verify(); !slices.Equal(rep.First, put) {
			t.Errorf("after a start: %+v", rep)
		}
		// Taken out again, nothing of the hub's is missing.
		for _, f := range put {
			r.hand(fmt.Sprintf("DELETE FROM journal WHERE seq = %d", f.Seq))
		}
		if rep := r.verify(); !rep.OK() {
			t.Errorf("taken out: %+v", rep)
		}
	}
}

// TestPutInWhileItStands: no start signs rows that were put in, nor does one
// that signs what a power cut left.
func TestPutInWhileItStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(10, 5)
	r.must(r.Close())
	put := r.forge(3)
	for range 2 {
		r.open()
		r.fill(2, 1)
		if rep := r.verify(); !slices.Equal(rep.First, put) || len(rep.Late) != 0 {
			t.Fatalf("%+v", rep)
		}
		r.must(r.Close())
	}
	r.open()

	cut := newRig(t)
	cut.fill(10, 5)
	whole, err := os.ReadFile(cut.path())
	cut.must(err)
	cut.fill(4, 2)
	cut.must(cut.Close())
	cut.must(os.WriteFile(cut.path(), whole, 0o600))
	put = cut.forge(1)
	cut.open()
	cut.fill(2, 2)
	rep := cut.verify()
	if !slices.Equal(rep.First, put) || !slices.Equal(rep.Late, []Range{{11, 14}}) {
		t.Errorf("%+v", rep)
	}
	if text := strings.Join(rep.Remarks(), "\n"); !strings.Contains(text, "rows 11 to 14: signed after the fact") {
		t.Errorf("said %s", text)
	}
}

// TestCutTogether: newest rows and heads that are removed together, with the note
// that goes with them, leave no trace here; a head that was kept elsewhere shows it, also when the hub wrote
// on.
func TestCutTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(10, 5)
	whole, err := os.ReadFile(r.path())
	r.must(err)
	r.hand("CREATE TABLE kept AS SELECT value FROM setting WHERE name = 'journal-waits'")
	r.fill(4, 2)
	rep := r.verify()
	kept, err := ParseKept(fmt.Sprintf("%d:%x", rep.Signed, rep.Head[:8]))
	r.must(err)
	told, err := ParseKept(Head{Number: r.Number(store.AccountID{3}, rep.Signed), Hash: rep.Head}.String())
	r.must(err)
	compare := func() Report {
		t.Helper()
		rep := r.verify()
		if !strings.Contains(strings.Join(rep.Remarks(), "\n"), "removed together with their heads") {
			t.Error("what cannot be seen is not said")
		}
		also := rep
		r.must(kept.Compare(t.Context(), r.store, &rep))
		r.must(told.Compare(t.Context(), r.store, &also))
		if also.OK() != rep.OK() || (also.Kept == "") != (rep.Kept == "") {
			t.Errorf("as an account was told it: %+v", also)
		}
		return rep
	}
	if rep := compare(); !rep.OK() || rep.Kept == "" {
		t.Errorf("whole: %+v", rep)
	}
	r.must(r.Close())
	r.must(os.WriteFile(r.path(), whole, 0o600))
	r.hand("DELETE FROM journal WHERE seq > 10")
	if rep := r.verify(); rep.OK() || rep.Removed == 0 {
		t.Errorf("cut, but for the note: %+v", rep)
	}
	r.hand("UPDATE setting SET value = (SELECT value FROM kept) WHERE name = 'journal-waits'")
	if rep := compare(); rep.OK() || rep.Faults > 0 || len(rep.Lines()) != 1 {
		t.Errorf("cut: %+v", rep)
	}
	r.open()
	r.must(r.Put(t.Context(), Entry{Kind: Password, Account: store.AccountID{3}}))
	r.fill(6, 3)
	if rep := compare(); rep.OK() || rep.Faults > 0 {
		t.Errorf("cut and written on: %+v", rep)
	}
	for _, s := range []string{"x", "3", "3:", "0:9f86d081884c7d65", "3:9f86", "-1:9f86d081884c7d65", "3:zz86d081884c7d65"} {
		if k, err := ParseKept(s); err == nil {
			t.Errorf("%q is %+v", s, k)
		}
	}
}

// TestSignedRowsGone: a database without the newest rows that were signed was put
// back, or somebody was at it: nothing stored opens until the operator confirms.
func TestSignedRowsGone(t *testing.T) {
	for name, hand := range map[string]string{
		"as they were":          "UPDATE journal SET kind = kind",
		"the newest are gone":   "DELETE FROM journal WHERE seq > 3",
		"all are gone":          "DELETE FROM journal",
		"the newest is another": "UPDATE journal SET hash = zeroblob(32) WHERE seq = (SELECT max(seq) FROM journal)",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fill(5, 1)
			r.must(r.Close())
			r.hand(hand)
			r.open()
			if back, err := r.vault.RolledBack(t.Context()); err != nil || back != (name != "as they were") {
				t.Errorf("rolled back: %v, %v", back, err)
			}
		})
	}
}
