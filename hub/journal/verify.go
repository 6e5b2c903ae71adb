package journal

import (
	"context"
	"time"

	"lares/hub/store"
	"lares/hub/vault"
)

// Rows is where Verify reads; store.Store is one.
type Rows interface {
	Journal(ctx context.Context, after int64, limit int) ([]store.JournalRow, error)
	DueJournal(ctx context.Context) ([]store.DueRow, error)
	LastJournal(ctx context.Context) (store.JournalRow, error)
	Setting(ctx context.Context, name string) ([]byte, error)
}

// signingIn is how long a batch may be committed and not signed yet.
const signingIn = 2 * time.Second

// Verify compares the journal with its signed heads and names each row that
// was deleted, changed or put in, and says so of those that wait. It reads only, and works while the hub runs.
func Verify(ctx context.Context, rows Rows, path string, chain vault.Chain) (Report, error) {
	report, err := verifyFrom(ctx, rows, path, chain, place{})
	if err == nil {
		err = report.wait(ctx, rows, chain)
	}
	return report, err
}

// place is a row after which a walk begins, and its true hash; the zero place is
// the beginning. Who calls must know it from the hub itself.
type place struct {
	seq  int64
	hash [32]byte
}

// verifyFrom is Verify of the rows after a place. Where retention has removed
// rows beyond it, it begins there.
func verifyFrom(ctx context.Context, rows Rows, path string, chain vault.Chain, from place) (Report, error) {
	file := newHeadFile(path, chain, from.seq)
	for {
		w := walk{from: from, want: map[int64][32]byte{}, checker: newChecker(chain)}
		if err := w.along(ctx, rows, file.read); err != nil {
			return w.report, err
		}
		if err := w.lateHeads(ctx, file.read); err != nil {
			return w.report, err
		}
		if start, _ := w.heads.start(); start <= w.report.From {
			return w.report, nil
		}
		// Retention removed rows meanwhile: look again.
	}
}

// along goes along all rows. The heads are read before them: what they speak of
// must be there.
func (w *walk) along(ctx context.Context, rows Rows, read func() (signatures, error)) error {
	s, err := read()
	if err != nil {
		return err
	}
	w.learn(s)
	if w.report.From, w.sum = s.start(); w.from.seq > w.report.From {
		w.report.From, w.sum = w.from.seq, w.from.hash
	}
	w.at, w.stored = w.report.From, w.report.From
	for {
		// What was signed before these rows are read is among them.
		signed := w.newest
		page, err := rows.Journal(ctx, w.stored, maxBatch+lookahead)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			w.end(signed)
			return nil
		}
		if page[len(page)-1].Seq > w.newest { // committed since, and mostly signed by now
			if s, err = read(); err != nil {
				return err
			}
			w.learn(s)
		}
		if len(page) < maxBatch+lookahead { // the end, whatever is written meanwhile
			for i := range page {
				w.look(page, i)
			}
			w.end(signed)
			return nil
		}
		for i := range maxBatch {
			w.look(page, i)
		}
	}
}

// lateHeads gives a running hub the time to sign what is not signed yet, and
// names what remains.
func (w *walk) lateHeads(ctx context.Context, read func() (signatures, error)) error {
	if len(w.unsigned) == 0 {
		return nil
	}
	late := time.NewTimer(signingIn)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
	}
	s, err := read()
	if err != nil {
		return err
	}
	w.learn(s)
	for _, r := range w.unsigned {
		switch {
		case w.want[r.row.Seq] == r.row.Hash:
		case r.fits:
			w.report.fault(FaultUnsigned, r.row.Seq, r.row.Seq)
		default:
			w.report.fault(FaultInserted, r.row.Seq, r.row.Seq)
		}
		if w.want[r.row.Seq] != r.row.Hash {
			w.report.unproven.add(r.row.Seq)
		}
	}
	return nil
}

// lookahead is how many deleted rows that were closed up are recognised.
const lookahead = 64

// walk goes along the rows. What the heads say about a row, want, is the truth
// where there is any; before their time the chain alone is.
type walk struct {
	report Report
	from   place
	want   map[int64][32]byte // by true seq
	oldest int64              // of want
	newest int64              // signed
	at     int64              // true seq of the last row
	stored int64              // its seq as it stands there
	sum    [32]byte           // its true hash, unless blind
	blind  bool               // it is gone, and no head speaks of it

	heads    signatures
	unsigned []unsigned // no head speaks of them yet
	checker
}

type unsigned struct {
	row  store.JournalRow
	fits bool // the hub wrote it
}

func (w *walk) learn(s signatures) {
	w.heads, w.report.Heads, w.report.Late = s, s.damaged, nil
	for _, h := range s.heads {
		first := h.seq - int64(len(h.hashes)-1)
		if h.kind != checkpoint {
			for i, sum := range h.hashes {
				w.want[first+int64(i)] = sum
			}
			if w.oldest == 0 || first < w.oldest {
				w.oldest = first
			}
		}
		if h.kind == lateHead {
			w.report.late(first, h.seq)
		}
		if h.seq >= w.report.Signed {
			w.report.Signed, w.report.At, w.report.Head = h.seq, h.at, h.hash()
		}
	}
	w.newest = w.report.Signed
}

// look looks at row i, and keeps in mind whether it is proven to be the hub's.
func (w *walk) look(all []store.JournalRow, i int) {
	if !w.row(all, i) {
		w.report.unproven.add(all[i].Seq)
	}
}

// row compares row i; those after it help to tell what was done to it. It reports
// whether the row's hash shows that the hub wrote all of it.
func (w *walk) row(all []store.JournalRow, i int) (proven bool) {
	r := all[i]
	w.report.Rows++
	seq := w.at + 1
	if gap := r.Seq - w.stored - 1; gap > 0 {
		seq += gap
		w.missing(min(seq-1, w.newest)) // what was never signed is not missing
	}
	w.stored, w.report.To = r.Seq, r.Seq
	want, known := w.want[seq]
	if !known {
		return w.unknown(all, i, seq)
	}
	fits := !w.blind && w.content(r, seq)
	switch {
	case r.Hash == want && (w.blind || fits):
		proven = fits
	case w.moved(all, i, seq, want):
		w.report.fault(FaultInserted, r.Seq, r.Seq)
		return false
	case r.Hash == want:
		w.report.fault(FaultChanged, seq, seq)
	default:
		if n := w.closedUp(r.Hash, seq); n > 0 {
			w.report.fault(FaultDeleted, seq, seq+n-1)
			w.at, w.sum = seq+n-1, w.want[seq+n-1]
			if proven = w.content(r, seq+n); !proven {
				w.report.fault(FaultChanged, seq+n, seq+n)
			}
			w.at, w.sum, w.blind = seq+n, r.Hash, false
			return proven
		}
		w.report.fault(FaultChanged, seq, seq)
	}
	w.at, w.sum, w.blind = seq, want, false
	return proven
}

// content reports whether a row's fields give its hash at its true place.
func (w *walk) content(r store.JournalRow, seq int64) bool {
	r.Seq = seq
	return w.fits(w.sum, r)
}

// moved says whether the row that belongs here stands after this one.
func (w *walk) moved(all []store.JournalRow, i int, seq int64, want [32]byte) bool {
	return i+1 < len(all) && all[i+1].Hash == want && (all[i].Hash != want || w.content(all[i+1], seq))
}

// closedUp says how many rows before a hash are gone, with later ones moved up.
func (w *walk) closedUp(sum [32]byte, seq int64) int64 {
	for n := int64(1); n <= lookahead; n++ {
		if want, ok := w.want[seq+n]; ok && want == sum {
			return n
		}
	}
	return 0
}

// missing notes that the rows up to one are gone. A number among the signed ones
// that no head speaks of was a stranger's.
func (w *walk) missing(to int64) {
	for seq := w.at + 1; seq <= to; seq++ {
		want, known := w.want[seq]
		switch {
		case known:
			w.sum, w.blind = want, false
		case w.among(seq):
			w.at = seq
			continue
		default:
			w.blind = true
		}
		w.report.fault(FaultDeleted, seq, seq)
		w.at = seq
	}
}

// among reports whether the heads would speak of a row if the hub had written
// it.
func (w *walk) among(seq int64) bool {
	return w.oldest > 0 && w.oldest <= seq && seq <= w.newest && w.heads.damaged == 0
}

// unknown looks at a row of which no head speaks: older than they reach, newer,
// or a stranger's. It reports whether the row is proven.
func (w *walk) unknown(all []store.JournalRow, i int, seq int64) (fits bool) {
	r := all[i]
	fits = w.content(r, seq)
	switch {
	case seq > w.newest && w.newest > 0:
		w.unsigned = append(w.unsigned, unsigned{r, fits})
		if !fits {
			w.at = max(w.at, seq)
			return false
		}
	case fits, w.blind && !w.among(seq):
	case i+1 < len(all) && w.content(all[i+1], seq): // without this row the chain holds
		w.report.fault(FaultInserted, r.Seq, r.Seq)
		return false
	case w.among(seq), w.passed(all[i+1:], seq+1): // the hub went on after it
		w.report.fault(FaultInserted, r.Seq, r.Seq)
		w.at = seq
		return false
	default:
		w.report.fault(FaultChanged, seq, seq)
	}
	w.at, w.sum, w.blind = seq, r.Hash, false
	return fits
}

// passed reports whether a later row, with its own number, follows the last one
// that was right.
func (w *walk) passed(later []store.JournalRow, seq int64) bool {
	for i := range min(len(later), lookahead) {
		if w.content(later[i], seq+int64(i)) {
			return true
		}
	}
	return false
}

// end names what is missing at the end, of what was signed.
func (w *walk) end(signed int64) {
	w.missing(signed)
	w.report.Lacks = w.newest == 0 && w.report.Rows > 0
}
