package journal

import (
	"context"
	"errors"
	"fmt"

	"lares/hub/store"
)

// noted is an entry that waits to be written.
type noted struct {
	row  store.JournalRow
	done chan struct{} // closed when it is durable
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
		if err := j.write(ctx, batch); err != nil {
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
	j.queue = append(batch, j.queue...)
}

// write commits a batch, then signs it outside the database. The caller holds
// commit.
func (j *Journal) write(ctx context.Context, batch []*noted) error {
	var hashes [][32]byte
	for {
		var err error
		if hashes, err = j.insert(ctx, batch); err == nil {
			break
		}
		// Whether a failed commit happened is for the database to say.
		again := context.WithoutCancel(ctx)
		row, look := j.cfg.Store.JournalRow(again, j.seq+int64(len(batch)))
		if len(hashes) == len(batch) && look == nil && row.Hash == hashes[len(hashes)-1] {
			break
		}
		strangers, look := j.step(again, len(batch))
		if look != nil || strangers == 0 || ctx.Err() != nil {
			return fmt.Errorf("journal: writing: %w", errors.Join(err, look))
		}
	}
	j.seq, j.hash = j.seq+int64(len(hashes)), hashes[len(hashes)-1]
	// The rows are durable: a head that fails is made up for by the next one.
	if err := j.heads.append(batchHead, j.cfg.Clock.Now(), j.seq, hashes); err != nil {
		j.cfg.Log.Error("journal: a head could not be written", "error", err)
	}
	return nil
}

// insert commits a batch and says how its rows are chained, also where it fails.
func (j *Journal) insert(ctx context.Context, batch []*noted) (hashes [][32]byte, err error) {
	seq, newest := j.seq, j.hash
	err = j.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		for _, n := range batch {
			seq++
			n.row.Seq = seq
			if n.row.Owner.IsZero() && !n.row.Camera.IsZero() {
				var err error
				if n.row.Owner, err = tx.CameraOwner(ctx, n.row.Camera); err != nil {
					return err
				}
			}
			newest = j.chain.Sum(0, chained(newest, n.row))
			n.row.Hash = newest
			hashes = append(hashes, newest)
			if err := tx.AddJournal(ctx, n.row); err != nil {
				return err
			}
			if n.row.Kind == string(Refused) {
				if err := tellOfCrossing(ctx, tx, n.row); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return hashes, err
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
