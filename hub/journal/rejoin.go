package journal

import (
	"context"
	"errors"

	"lares/hub/store"
)

// rejoin brings rows and heads together at the start.
//
// Rows newer than the newest head are what a crash between commit and head
// leaves: they are signed if they chain to it. Rows missing below the newest
// head stay missing: the journal goes on with the next number after it, so that
// the gap is there for good.
func (j *Journal) rejoin(ctx context.Context) error {
	newest := j.heads.newest
	j.seq = newest.seq
	if newest.seq > 0 {
		j.hash = newest.hash()
	}
	last, err := j.cfg.Store.LastJournal(ctx)
	switch {
	case errors.Is(err, store.ErrNoRow):
		if start, _ := j.heads.found.start(); newest.seq > start {
			j.cfg.Log.Error("journal: all rows are gone, though they were signed", "newest", newest.seq)
		}
		return nil
	case err != nil:
		return err
	case last.Seq < newest.seq:
		j.cfg.Log.Error("journal: the newest rows are gone, though they were signed: run `lares verify journal`", "newest", last.Seq, "signed", newest.seq)
		return nil
	case last.Seq == newest.seq && last.Hash != j.hash:
		j.cfg.Log.Error("journal: the newest row is not the one that was signed: run `lares verify journal`", "seq", last.Seq)
		return nil
	case last.Seq == newest.seq:
		return nil
	}
	return j.resign(ctx, last)
}

// resign signs the rows that no head covers, and says so in a row of its own.
func (j *Journal) resign(ctx context.Context, last store.JournalRow) error {
	from, ok, count := j.seq, true, int64(0)
	for ok && j.seq < last.Seq {
		rows, err := j.cfg.Store.Journal(ctx, j.seq, maxBatch)
		if err != nil {
			return err
		}
		var hashes [][32]byte
		seq, sum := j.seq, j.hash
		for _, r := range rows {
			if ok = r.Seq == seq+1 && hash(sum, r) == r.Hash; !ok {
				break
			}
			seq, sum = r.Seq, r.Hash
			hashes = append(hashes, sum)
		}
		if len(hashes) > 0 {
			if err := j.heads.append(j.cfg.Clock.Now(), seq, hashes); err != nil {
				return err
			}
			j.seq, j.hash, count = seq, sum, count+int64(len(hashes))
		}
		ok = ok && len(rows) > 0
	}
	if !ok {
		j.cfg.Log.Error("journal: rows that nobody signed do not belong to it: run `lares verify journal`", "after", j.seq)
		j.seq, j.hash = last.Seq, last.Hash
	}
	j.add(Entry{Kind: Resigned, Count: count, Detail: map[string]any{"after": from, "chained": ok}})
	return nil
}
