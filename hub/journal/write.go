package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lares/hub/store"
)

// noted is an entry that waits to be written, or the place of one that waits in the
// database.
type noted struct {
	row   store.JournalRow
	due   [32]byte // with waits, instead of a row: its sum
	waits bool
	gone  bool          // with waits: its transaction failed; guarded by Journal.mu
	done  chan struct{} // closed when it is durable
}

// flush commits everything that was queued when it began.
func (j *Journal) flush(ctx context.Context) error {
	j.commit.Lock()
	defer j.commit.Unlock()
	for {
		batch := j.take()
		if len(batch) == 0 {
			return nil
		}
		j.pace.begin()
		err := j.write(ctx, batch)
		if err == nil || ctx.Err() == nil { // else it was not given the time
			j.pace.end(err)
		}
		if err != nil {
			j.putBack(batch)
			return err
		}
		for _, n := range batch {
			close(n.done)
		}
	}
}

func (j *Journal) take() []*noted {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost > 0 {
		j.queue = append(j.queue, &noted{
			row:  Entry{At: j.cfg.Clock.Now(), Kind: Lost, Count: j.lost}.row(),
			done: make(chan struct{}),
		})
		j.lost = 0
	}
	n := min(len(j.queue), maxBatch)
	batch := append([]*noted(nil), j.queue[:n]...)
	j.queue = j.queue[n:]
	return batch
}

func (j *Journal) putBack(batch []*noted) {
	j.mu.Lock()
	defer j.mu.Unlock()
	batch = slices.DeleteFunc(batch, func(n *noted) bool { return n.gone })
	j.queue = append(batch, j.queue...)
}

// write commits a batch and what waits in the database, then signs it outside of it.
// The caller holds commit.
func (j *Journal) write(ctx context.Context, batch []*noted) error {
	var w written
	for {
		var err error
		if w, err = j.insert(ctx, batch); err == nil {
			break
		}
		// Whether a failed commit happened is for the database to say.
		again := context.WithoutCancel(ctx)
		var row store.JournalRow
		var look error
		if len(w.hashes) > 0 {
			row, look = j.cfg.Store.JournalRow(again, j.seq+int64(len(w.hashes)))
			if look == nil && row.Hash == w.hashes[len(w.hashes)-1] {
				break
			}
		}
		strangers, look := j.step(again, w.rows)
		if look != nil || strangers == 0 || ctx.Err() != nil {
			return fmt.Errorf("journal: writing: %w", errors.Join(err, look))
		}
	}
	if w.foreign > 0 {
		j.cfg.Log.Error("journal: somebody else put rows among those that wait to be written: they are left out", "rows", w.foreign)
		j.cfg.Vault.Refusals().Count("journal")
	}
	if w.removed > 0 {
		j.cfg.Log.Error("journal: somebody took rows out that waited to be written, or changed them", "rows", w.removed)
		j.cfg.Vault.Refusals().Count("journal")
	}
	if w.untold {
		j.cfg.Log.Warn("journal: nothing tells how many rows waited to be written, as after an update of the hub")
		j.add(Entry{Kind: Lost})
	}
	for hashes := range slices.Chunk(w.hashes, maxBatch) {
		j.seq, j.hash = j.seq+int64(len(hashes)), hashes[len(hashes)-1]
		j.own = place{j.seq, j.hash}
		// The rows are durable: a head that fails is made up for by the next one.
		if err := j.heads.append(batchHead, j.cfg.Clock.Now(), j.seq, hashes); err != nil {
			j.cfg.Log.Error("journal: a head could not be written", "error", err)
		}
	}
	return nil
}

// written is what a transaction wrote, or was about to.
type written struct {
	rows    int        // in all
	hashes  [][32]byte // of the first ones
	foreign int        // rows that waited, and that the hub did not write
	removed int64      // rows that waited and are gone, at least
	untold  bool       // nothing tells how many waited
}

// insert commits a batch with all that waits, and says how the rows are chained, also
// where it fails.
func (j *Journal) insert(ctx context.Context, batch []*noted) (w written, err error) {
	seq, newest := j.seq, j.hash
	err = j.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		w = written{}
		due, err := j.due(ctx, tx, &w)
		if err != nil {
			return err
		}
		rows := inOrder(batch, due)
		w.rows = len(rows)
		if err := own(ctx, tx, rows); err != nil {
			return err
		}
		for i := range rows {
			seq++
			row := &rows[i]
			row.Seq = seq
			newest = j.chain.Sum(0, chained(newest, *row))
			row.Hash = newest
			w.hashes = append(w.hashes, newest)
		}
		if err := tx.AddJournal(ctx, rows...); err != nil {
			return err
		}
		for _, row := range rows {
			if row.Kind == string(Refused) {
				if err := tellOfCrossing(ctx, tx, row); err != nil {
					return err
				}
			}
		}
		none := waits{after: j.own}
		if len(rows) > 0 {
			none.after = place{seq, newest}
		}
		return tx.PutSetting(ctx, store.SettingWaits, none.bytes(j.chain))
	})
	return w, err
}

// step goes past rows that stand where the next n have to and that this hub did
// not write: they keep their numbers, nothing is chained to them, and verify
// names them. The caller holds commit.
func (j *Journal) step(ctx context.Context, n int) (strangers int, err error) {
	from := j.seq
	for more := true; more; {
		rows, err := j.cfg.Store.Journal(ctx, j.seq, maxBatch)
		if err != nil {
			return strangers, err
		}
		more = len(rows) == maxBatch
		for _, r := range rows {
			if r.Seq > j.seq+int64(n) {
				more = false
				break
			}
			j.seq = r.Seq
			strangers++
		}
	}
	if strangers > 0 {
		j.cfg.Log.Error("journal: somebody else put rows into it: run `lares verify journal`", "from", from+1, "to", j.seq)
		j.cfg.Vault.Refusals().Count("journal")
	}
	return strangers, nil
}
