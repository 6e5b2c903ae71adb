package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

// dueLabel begins what the sum of a row that waits is made of.
const dueLabel = "lares journal due v1"

// Due enters an entry in the transaction of what it tells of: after the commit both
// are there, and else neither. The row waits until the journal chains it, a moment
// after the commit; a hub that is killed before does so at its next start.
func (j *Journal) Due(ctx context.Context, tx *store.Tx, e Entry) error {
	if j == nil {
		return nil
	}
	if e.At.IsZero() {
		e.At = j.cfg.Clock.Now()
	}
	rows := []store.JournalRow{e.row()}
	j.crowd.add(rows[0])
	if err := own(ctx, tx, rows); err != nil {
		return err
	}
	row := rows[0]
	last, err := tx.LastJournal(ctx)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return err
	}
	if row.Seq, err = j.oneMore(ctx, tx); err != nil {
		return err
	}
	row.Hash = j.chain.Sum(0, waiting(place{last.Seq, last.Hash}, row))
	if err := tx.AddDueJournal(ctx, row); err != nil {
		return fmt.Errorf("journal: noting %s: %w", e.Kind, err)
	}
	if n := j.expect(row.Hash); n != nil {
		tx.Undone(func(maybe bool) { j.unexpect(n, maybe) })
	}
	return nil
}

// own completes the owners of the rows' cameras.
func own(ctx context.Context, tx *store.Tx, rows []store.JournalRow) error {
	var open []media.CameraID
	for _, r := range rows {
		if r.Owner.IsZero() && !r.Camera.IsZero() {
			open = append(open, r.Camera)
		}
	}
	if len(open) == 0 {
		return nil
	}
	owners, err := tx.CameraOwners(ctx, open...)
	if err != nil {
		return err
	}
	for i := range rows {
		if r := &rows[i]; r.Owner.IsZero() {
			r.Owner = owners[r.Camera]
		}
	}
	return nil
}

// expect gives a row that waits its place among what is queued, if there is one: else
// it returns nil, and the row follows the next batch.
func (j *Journal) expect(sum [32]byte) *noted {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.queue) >= maxWaiting {
		return nil
	}
	n := &noted{due: sum, waits: true, done: make(chan struct{})}
	j.queue = append(j.queue, n)
	return n
}

// unexpect takes back the place of a row whose transaction failed: else those that fail
// while the database takes nothing would fill the queue. Where it may have been
// committed after all, the last place stays, for what has none follows another.
func (j *Journal) unexpect(n *noted, maybe bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if maybe && !slices.ContainsFunc(j.queue, func(o *noted) bool { return o != n && o.waits }) {
		return
	}
	n.gone = true
	j.queue = slices.DeleteFunc(j.queue, func(o *noted) bool { return o == n })
}

// waiting is what the sum of a row that waits is made of. The newest row of the
// journal is part of it: whatever is written next takes all that waits with it, so a
// row that waited once, and is put back, fits nothing any more.
func waiting(last place, r store.JournalRow) []byte {
	return seal.Bind(dueLabel, seal.U64(uint64(last.seq)), chained(last.hash, r))
}

// wroteDue reports whether the hub, or one that it was before, wrote a row that
// waits, after one of some places.
func wroteDue(chain vault.Chain, r store.JournalRow, after ...place) bool {
	for _, last := range after {
		b := waiting(last, r)
		for age := range chain.Ages() {
			if chain.Sum(age, b) == r.Hash {
				return true
			}
		}
	}
	return false
}

// wait counts the rows that wait, those among them that the hub did not write, and
// those that are gone.
func (r *Report) wait(ctx context.Context, rows Rows, chain vault.Chain) error {
	s, err := settle(ctx, rows)
	if err != nil {
		return err
	}
	for _, d := range s.due {
		if r.Waiting++; !wroteDue(chain, d.JournalRow, place{d.LastSeq, d.LastHash}) {
			r.Foreign++
		}
	}
	r.Removed, r.Untold = missed(chain, s.note, int(r.Waiting-r.Foreign), s.last, place{r.Signed, r.Head})
	return nil
}

// due lists the rows that wait and that the hub wrote, and says in w what else is
// there or gone. The caller holds commit.
func (j *Journal) due(ctx context.Context, tx *store.Tx, w *written) (rows []store.JournalRow, err error) {
	list, err := tx.DueJournal(ctx)
	if err != nil {
		return nil, err
	}
	last, err := tx.LastJournal(ctx)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return nil, err
	}
	b, err := note(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		// A stranger's row may have come between: then the hub's own last one counts.
		if !wroteDue(j.chain, r.JournalRow, place{r.LastSeq, r.LastHash}, j.own) {
			w.foreign++
			continue
		}
		rows = append(rows, r.JournalRow)
	}
	w.removed, w.untold = missed(j.chain, b, len(rows), place{last.Seq, last.Hash}, j.own)
	if len(list) == 0 {
		return nil, nil
	}
	return rows, tx.RemoveDueJournal(ctx)
}

// inOrder puts rows that wait to their places in a batch; those without one, which
// were committed since or before the hub was killed, follow it.
func inOrder(batch []*noted, due []store.JournalRow) (rows []store.JournalRow) {
	at := map[[32]byte]int{}
	for i, r := range due {
		at[r.Hash] = i + 1
	}
	put := 0
	for _, n := range batch {
		if !n.waits {
			rows = append(rows, n.row)
			continue
		}
		for ; put < at[n.due]; put++ {
			rows = append(rows, due[put])
		}
	}
	return append(rows, due[put:]...)
}

// drain chains what a hub that was killed left waiting.
func (j *Journal) drain(ctx context.Context) error {
	j.expect([32]byte{})
	return j.flush(ctx)
}
