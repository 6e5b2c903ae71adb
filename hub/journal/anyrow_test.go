package journal

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"lares/hub/store"
)

// held are rows as a database would give them.
type held []store.JournalRow

// Journal lists those after a seq.
func (h held) Journal(_ context.Context, after int64, limit int) ([]store.JournalRow, error) {
	i, _ := slices.BinarySearchFunc(h, after+1, func(r store.JournalRow, seq int64) int { return int(r.Seq - seq) })
	return h[i:min(i+limit, len(h))], nil
}

// Setting is the note of what waits: none.
func (held) Setting(context.Context, string) ([]byte, error) { return nil, store.ErrNoRow }

// LastJournal is none.
func (held) LastJournal(context.Context) (store.JournalRow, error) {
	return store.JournalRow{}, store.ErrNoRow
}

// DueJournal lists what waits: nothing.
func (held) DueJournal(context.Context) ([]store.DueRow, error) { return nil, nil }

// apart is how far from each other rows are that are tampered with at once: so each
// of many is in one of so few journals, and a report names them all.
const apart = 10_000 / maxFaults

// tampering is something done to a row: it appends what stands there then, with the
// numbers that the rows before leave, and says what verify has to call it.
type tampering struct {
	name string
	do   func(to held, r store.JournalRow) held
	what string
	seq  func(true_seq, stored int64) int64 // that is named
}

func tamperings() []tampering {
	trueSeq := func(true_seq, _ int64) int64 { return true_seq }
	next := func(to held) int64 {
		if len(to) == 0 {
			return 1
		}
		return to[len(to)-1].Seq + 1
	}
	// fit makes a hash as good as somebody with the database alone can.
	fit := func(to held, r store.JournalRow) store.JournalRow {
		var before [32]byte
		if len(to) > 0 {
			before = to[len(to)-1].Hash
		}
		r.Hash = sha256.Sum256(chained(before, r))
		return r
	}
	return []tampering{
		{"deleted", func(to held, _ store.JournalRow) held { return to }, FaultDeleted, trueSeq},
		{"deleted, the rest moved up", nil, FaultDeleted, trueSeq},
		{"changed", func(to held, r store.JournalRow) held { r.Count++; return append(to, r) }, FaultChanged, trueSeq},
		{"changed, with a hash that fits", func(to held, r store.JournalRow) held {
			r.Place = "x"
			return append(to, fit(to, r))
		}, FaultChanged, trueSeq},
		{"put in before it", func(to held, r store.JournalRow) held {
			put := r
			put.Seq, put.Count = next(to), put.Count+1
			to = append(to, put)
			r.Seq = next(to)
			return append(to, r)
		}, FaultInserted, func(_, stored int64) int64 { return stored }},
		{"put in, with a hash that fits", func(to held, r store.JournalRow) held {
			put := r
			put.Seq, put.Kind = next(to), "granted"
			to = append(to, fit(to, put))
			r.Seq = next(to)
			return append(to, r)
		}, FaultInserted, func(_, stored int64) int64 { return stored }},
	}
}

// tampered does something to every apart-th row from the first one on, and says to
// which, and what verify has to find.
func tampered(rows held, first int64, c tampering) (out held, touched []int64, want []Fault) {
	moves := c.do == nil || c.what == FaultInserted // the numbers of the rows after it change
	for _, r := range rows {
		seq := r.Seq
		if moves {
			r.Seq = int64(len(out)) + 1
		}
		if seq%apart != first {
			out = append(out, r)
			continue
		}
		touched = append(touched, seq)
		want = append(want, Fault{c.seq(seq, r.Seq), c.what})
		if c.do != nil {
			out = c.do(out, r)
		}
	}
	return out, touched, want
}

// TestVerifyNamesAnyRow: of 10,000 rows each one, the first and the last too, is
// named when it is deleted, changed or has another put in before it, and no other
// is. The rows are those of a hub, and go through the same Verify; each journal has
// one tampered row in every apart.
func TestVerifyNamesAnyRow(t *testing.T) {
	t.Parallel()
	const n = 10_000
	r := newRig(t)
	r.fill(n, 100)
	rows := held(r.rows())
	verify := func(rows held) Report {
		t.Helper()
		rep, err := Verify(t.Context(), rows, r.path(), r.vault.Chain())
		r.must(err)
		return rep
	}
	if rep := verify(rows); !rep.OK() || rep.Rows != n || rep.Signed != n {
		t.Fatalf("%+v", rep)
	}
	for _, c := range tamperings() {
		seen := map[int64]bool{}
		for first := range int64(apart) {
			out, touched, want := tampered(rows, first, c)
			rep := verify(out)
			if !slices.Equal(rep.First, want) || rep.Faults != int64(len(want)) {
				t.Errorf("%s, from %d: %s", c.name, first, differ(rep.First, want))
			}
			for _, seq := range touched {
				seen[seq] = true
			}
		}
		if len(seen) != n {
			t.Errorf("%s: %d of %d rows were tried", c.name, len(seen), n)
		}
	}
	for what, c := range map[string]struct {
		rows held
		want Fault
	}{
		"the last alone deleted": {rows[:n-1], Fault{n, FaultDeleted}},
		"the first alone":        {rows[1:], Fault{1, FaultDeleted}},
	} {
		if rep := verify(c.rows); !slices.Equal(rep.First, []Fault{c.want}) {
			t.Errorf("%s: %+v", what, rep.First)
		}
	}
}

// differ says where two lists of faults begin to.
func differ(got, want []Fault) string {
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return fmt.Sprintf("fault %d of %d is %v, not %v", i, len(got), got[min(i, len(got)):min(i+2, len(got))], want[i])
		}
	}
	return fmt.Sprintf("%d faults, not %d", len(got), len(want))
}
